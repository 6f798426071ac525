#include "cluster/log/record.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "core/json/event_line_text.hpp"

namespace hourglass::cluster {
namespace {

constexpr std::string_view kMarkerValue = R"({"hourglass":"marker"})";

constexpr std::size_t kWordBytes = 8;
constexpr std::size_t kIdentityBytes = 2 * kWordBytes;

void append_big_endian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, kWordBytes))
    number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

/// The value of a header that occurs once; nothing if it does not occur, or more than once.
std::optional<std::string_view> only_value(const std::vector<RecordHeader>& headers, std::string_view name) {
  const auto is_named = [&](const RecordHeader& header) { return header.name == name; };
  const auto found = std::find_if(headers.begin(), headers.end(), is_named);
  if (found == headers.end() || std::any_of(found + 1, headers.end(), is_named))
    return std::nullopt;
  return found->value;
}

bool has(const std::vector<RecordHeader>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const RecordHeader& header) { return header.name == name; });
}

/// As the API writes it: the sequence from 1 and a boot id that is not 0.
std::optional<EventIdentity> decode_identity(const std::vector<RecordHeader>& headers) {
  const auto bytes = only_value(headers, kIdentityHeader);
  if (!bytes || bytes->size() != kIdentityBytes)
    return std::nullopt;
  const EventIdentity identity{BootId{big_endian(*bytes)}, big_endian(bytes->substr(kWordBytes))};
  const bool is_drawn = identity.boot.value() != 0 && identity.sequence != 0;
  return is_drawn && identity.sequence <= kMaxSequence ? std::optional(identity) : std::nullopt;
}

}  // namespace

RecordBytes marker_record() {
  return {.key = "", .value = std::string(kMarkerValue), .identity = "", .key_digest = ""};
}

bool is_marker(std::string_view value) {
  return value == kMarkerValue;
}

KeyDigest key_digest(std::string_view user, std::string_view key) {
  std::string text(user);
  text += '\0';
  text += key;
  std::array<unsigned char, EVP_MAX_MD_SIZE> whole{};
  EVP_Digest(text.data(), text.size(), whole.data(), nullptr, EVP_sha256(), nullptr);
  KeyDigest digest{};
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

RecordBytes encode_record(const core::Event& event, EventIdentity identity) {
  RecordBytes record;
  record.key = event.user.bytes();
  core::append_event_line(record.value,
                          {event.timestamp, event.user.bytes(), event.kind,
                           event.key ? std::string_view(event.key->text()) : std::string_view()});
  record.value.pop_back();
  append_big_endian(record.identity, identity.boot.value());
  append_big_endian(record.identity, identity.sequence);
  if (event.key) {
    const KeyDigest digest = key_digest(event.user.bytes(), event.key->text());
    record.key_digest.assign(digest.begin(), digest.end());
  }
  return record;
}

std::optional<CountedEvent> RecordDecoder::decode(std::string_view key, std::string_view value,
                                                  const std::vector<RecordHeader>& headers) {
  const auto identity = decode_identity(headers);
  if (!identity)
    return std::nullopt;
  // The API has applied its limits of age; what is in the log counts on every replica alike.
  const auto event = parser_.parse(value, {}, core::Timestamp{});
  if (!event || event->user.bytes() != key)
    return std::nullopt;
  const core::Hour hour = core::hour_of(event->timestamp);
  if (hour > kLastHour)
    return std::nullopt;
  CountedEvent counted{*identity, std::nullopt, hour, event->kind,
                       user_id(cluster_key_, event->user.bytes())};
  if (has(headers, kKeyHeader)) {
    const auto digest = only_value(headers, kKeyHeader);
    if (!digest || digest->size() != KeyDigest{}.size())
      return std::nullopt;
    std::copy(digest->begin(), digest->end(), counted.key.emplace().begin());
  }
  return counted;
}

}  // namespace hourglass::cluster
