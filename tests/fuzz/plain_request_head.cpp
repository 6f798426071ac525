#include "plain_request_head.hpp"

#include <algorithm>
#include <regex>
#include <vector>

#include <boost/asio/ip/address_v6.hpp>

namespace hourglass::fuzz {
namespace {

using std::string_view;

std::vector<std::string> split(string_view text, string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t end = text.find(separator); end != string_view::npos; end = text.find(separator)) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

bool consists_of(string_view text, bool (*may_stand)(unsigned char)) {
  return std::all_of(text.begin(), text.end(),
                     [&](char byte) { return may_stand(static_cast<unsigned char>(byte)); });
}

bool is_alphanumeric(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool is_token(string_view text) {
  return !text.empty() && consists_of(text, [](unsigned char byte) {
    return is_alphanumeric(byte) ||
           string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(byte)) != string_view::npos;
  });
}

std::string lower(string_view text) {
  std::string result(text);
  for (char& byte : result)
    byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
  return result;
}

std::string trim(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.pop_back();
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.erase(0, 1);
  return text;
}

std::vector<std::string> members_of(const std::string& list) {
  std::vector<std::string> members;
  for (const std::string& member : split(list, ",")) {
    if (!trim(member).empty())
      members.push_back(lower(trim(member)));
  }
  return members;
}

bool is_host(const std::string& host) {
  if (host.starts_with("[v") || host.starts_with("[V")) {
    static const std::regex future("\\[[vV][0-9A-Fa-f]+\\.[-._~!$&'()*+,;=:0-9A-Za-z]+\\]");
    return std::regex_match(host, future);
  }
  if (host.starts_with("[")) {
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(host.substr(1, host.size() - 2), error);
    return !error && host.find('%') == std::string::npos && host.back() == ']';
  }
  static const std::regex name("([-._~!$&'()*+,;=0-9A-Za-z]|%[0-9A-Fa-f][0-9A-Fa-f])+");
  return std::regex_match(host, name);
}

bool is_authority(const std::string& text) {
  const std::size_t port = text.find_last_not_of("0123456789");
  if (port == std::string::npos || text[port] != ':')
    return is_host(text);
  std::string digits = text.substr(port + 1);
  while (digits.starts_with('0'))
    digits.erase(0, 1);
  const bool fits = digits.size() < 5 || (digits.size() == 5 && digits <= "65535");
  return fits && is_host(text.substr(0, port));
}

bool read_target(PlainHead& head, const std::string& target) {
  const bool bytes_are_good =
      consists_of(target, [](unsigned char byte) { return byte > 0x20 && byte < 0x7f && byte != '#'; });
  if (target.empty() || !bytes_are_good)
    return false;
  std::string rest = target;
  if (target == "*" && head.method != "OPTIONS")
    return false;
  if (target != "*" && target[0] != '/') {
    const std::size_t scheme = lower(target).starts_with("http://")    ? 7
                               : lower(target).starts_with("https://") ? 8
                                                                       : 0;
    const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
    const std::string authority = target.substr(scheme, end - scheme);
    if (scheme == 0 || !is_authority(authority))
      return false;
    rest = target.substr(end);
    if (!rest.starts_with('/'))
      rest.insert(0, "/");
  }
  const std::size_t question_mark = std::min(rest.find('?'), rest.size());
  head.path = rest.substr(0, question_mark);
  head.query = question_mark < rest.size() ? rest.substr(question_mark + 1) : "";
  return true;
}

bool read_request_line(PlainHead& head, const std::string& line, std::size_t max_bytes) {
  const std::vector<std::string> parts = split(line, " ");
  if (parts.size() != 3 || !is_token(parts[0]) || parts[0].size() > max_bytes || parts[1].size() > max_bytes)
    return false;
  head.method = parts[0];
  head.is_http_1_0 = parts[2] == "HTTP/1.0";
  return (head.is_http_1_0 || parts[2] == "HTTP/1.1") && read_target(head, parts[1]);
}

bool read_length(PlainHead& head, const std::string& value) {
  if (value.empty() || !consists_of(value, [](unsigned char byte) { return byte >= '0' && byte <= '9'; }))
    return false;
  std::string digits = value;
  while (digits.size() > 1 && digits[0] == '0')
    digits.erase(0, 1);
  const std::string largest = "18446744073709551615";
  const bool fits = digits.size() < largest.size() || (digits.size() == largest.size() && digits <= largest);
  head.content_length = std::stoull(fits ? digits : largest);
  return true;
}

bool read_field(PlainHead& head, const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || !is_token(line.substr(0, colon)))
    return false;
  const std::string name = lower(line.substr(0, colon));
  const std::string whole_value = line.substr(colon + 1);
  if (!consists_of(whole_value,
                   [](unsigned char byte) { return byte == '\t' || (byte >= 0x20 && byte != 0x7f); }))
    return false;
  const std::string value = trim(whole_value);
  if (name == "content-length")
    return ++head.length_count == 1 && read_length(head, value);
  if (name == "transfer-encoding")
    return ++head.chunked_count == 1 && lower(value) == "chunked";
  if (name == "host")
    return ++head.host_count == 1 && (value.empty() || is_authority(value));
  if (name == "idempotency-key" && ++head.key_count == 1)
    head.key = value;
  if (name == "expect" && lower(value) == "100-continue")
    head.expects_continue = true;
  for (const std::string& member : members_of(value)) {
    head.says_close |= name == "connection" && member == "close";
    head.says_keep_alive |= name == "connection" && member == "keep-alive";
    if (name == "content-encoding") {
      ++head.coding_count;
      head.coding = member;
    }
  }
  return true;
}

}  // namespace

std::optional<PlainHead> read_head_plainly(string_view text, const http::HeadLimits& limits) {
  const std::size_t begin = text.starts_with("\r\n") ? 2 : 0;  // one empty line is passed over
  const std::size_t end = text.find("\r\n\r\n", begin);
  if (end == string_view::npos)
    return std::nullopt;
  const std::vector<std::string> lines = split(text.substr(begin, end - begin), "\r\n");
  PlainHead head;
  head.size = end + 4;
  const std::size_t fields_begin = begin + lines[0].size() + 2;
  if (!read_request_line(head, lines[0], limits.max_target_bytes) ||
      head.size - fields_begin > limits.max_header_bytes)
    return std::nullopt;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (!read_field(head, lines[i]))
      return std::nullopt;
  }
  const bool framing_is_good = head.chunked_count == 0 || (head.length_count == 0 && !head.is_http_1_0);
  if (!framing_is_good || (head.host_count == 0 && !head.is_http_1_0))
    return std::nullopt;
  return head;
}

}  // namespace hourglass::fuzz
