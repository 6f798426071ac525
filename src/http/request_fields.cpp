#include "http/request_fields.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "http/authority.hpp"

namespace hourglass::http {
namespace {

/// Calls `take` with each member of a comma-separated list that is not empty.
template <typename Take>
void for_each_member(std::string_view list, Take take) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view member = without_outer_space(list.substr(0, comma));
    if (!member.empty())
      take(member);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

std::string_view without_outer_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), same);
}

std::string_view RequestFields::add(std::string_view name, std::string_view value) {
  is_from_elsewhere = is_from_elsewhere || tells_of_elsewhere(name);
  switch (name.size()) {
    case 4: return equals_ignoring_case(name, "host") ? add_host(value) : std::string_view{};
    case 6:
      if (equals_ignoring_case(name, "expect") && equals_ignoring_case(value, "100-continue"))
        expects_continue = true;
      return {};
    case 10:
      if (equals_ignoring_case(name, "connection"))
        add_connection(value);
      return {};
    case 14: return equals_ignoring_case(name, "content-length") ? add_length(value) : std::string_view{};
    case 15:
      if (equals_ignoring_case(name, "idempotency-key"))
        ++key_count;
      return {};
    case 16:
      if (equals_ignoring_case(name, "content-encoding"))
        add_coding(value);
      return {};
    case 17:
      return equals_ignoring_case(name, "transfer-encoding") ? add_transfer_encoding(value)
                                                             : std::string_view{};
    default: return {};
  }
}

/// What proxies add, and what browsers add to the requests of pages.
bool RequestFields::tells_of_elsewhere(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames{
      "via", "origin", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"};
  constexpr std::array<std::string_view, 3> kBeginnings{"x-forwarded-", "x-envoy-", "sec-fetch-"};
  constexpr std::string_view kFirstLetters = "vofxtcsVOFXTCS";
  if (name.empty() || kFirstLetters.find(name.front()) == std::string_view::npos)
    return false;  // most names, quickly
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return equals_ignoring_case(name, known); }) ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view beginning) {
           return name.size() > beginning.size() &&
                  equals_ignoring_case(name.substr(0, beginning.size()), beginning);
         });
}

std::string_view RequestFields::add_length(std::string_view value) {
  if (++length_count > 1)
    return "more than one Content-Length";
  if (value.empty())
    return "Content-Length is not a number";
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (const char byte : value) {
    if (byte < '0' || byte > '9')
      return "Content-Length is not a number";
    const auto digit = static_cast<std::uint64_t>(byte - '0');
    content_length = content_length > (kMax - digit) / 10 ? kMax : content_length * 10 + digit;
  }
  return {};
}

std::string_view RequestFields::add_transfer_encoding(std::string_view value) {
  if (++transfer_encoding_count > 1)
    return "more than one Transfer-Encoding";
  return equals_ignoring_case(value, "chunked") ? std::string_view{} : "Transfer-Encoding is not chunked";
}

std::string_view RequestFields::add_host(std::string_view value) {
  if (++host_count > 1)
    return "more than one Host";
  // Empty where the target has no authority, RFC 9112 section 3.2.
  return value.empty() || is_valid_authority(value) ? std::string_view{} : "Host is not one host";
}

void RequestFields::add_connection(std::string_view value) {
  for_each_member(value, [this](std::string_view option) {
    connection_close = connection_close || equals_ignoring_case(option, "close");
    connection_keep_alive = connection_keep_alive || equals_ignoring_case(option, "keep-alive");
  });
}

void RequestFields::add_coding(std::string_view value) {
  for_each_member(value, [this](std::string_view name) {
    ++coding_count;
    if (coding_count > 1)
      coding = ContentCoding::unsupported;
    else if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip"))
      coding = ContentCoding::gzip;
    else if (!equals_ignoring_case(name, "identity"))
      coding = ContentCoding::unsupported;
  });
}

std::string_view RequestFields::fault(bool is_http_1_0) const {
  if (transfer_encoding_count > 0 && length_count > 0)
    return "both Content-Length and Transfer-Encoding";
  if (transfer_encoding_count > 0 && is_http_1_0)
    return "Transfer-Encoding in HTTP/1.0";
  if (host_count == 0 && !is_http_1_0)
    return "Host is missing";
  return {};
}

}  // namespace hourglass::http
