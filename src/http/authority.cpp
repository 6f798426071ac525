#include "http/authority.hpp"

#include <algorithm>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/hexadecimal.hpp"
#include "http/request_bytes.hpp"
#include "http/request_fields.hpp"

namespace hourglass::http {
namespace {

constexpr std::size_t kEscapeSize = 3;  // "%41"
constexpr unsigned kMaxPort = 65'535;

bool is_hex_digit(char byte) {
  return base::hex_digit(byte) >= 0;
}

bool is_port(std::string_view digits) {
  unsigned port = 0;
  for (const char byte : digits) {
    if (byte < '0' || byte > '9')
      return false;
    port = port * 10 + static_cast<unsigned>(byte - '0');
    if (port > kMaxPort)
      return false;
  }
  return true;
}

/// What stands between the brackets of an address that is not IPv4.
bool is_literal(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view version = text.substr(1, std::max<std::size_t>(dot, 1) - 1);
    const std::string_view address = text.substr(std::min(dot + 1, text.size()));
    const auto may_stand = [](char byte) { return byte == ':' || is_of(byte, host_byte); };
    return !version.empty() && std::all_of(version.begin(), version.end(), is_hex_digit) &&
           !address.empty() && std::all_of(address.begin(), address.end(), may_stand);
  }
  in6_addr unused{};
  return text.find('\0') == std::string_view::npos &&
         ::inet_pton(AF_INET6, std::string(text).c_str(), &unused) == 1;
}

/// Where the name at the beginning of the text ends.
std::size_t end_of_name(std::string_view text) {
  std::size_t at = skip(text, 0, host_byte);
  while (text.size() - at >= kEscapeSize && text[at] == '%' && is_hex_digit(text[at + 1]) &&
         is_hex_digit(text[at + 2]))
    at = skip(text, at + kEscapeSize, host_byte);
  return at;
}

}  // namespace

bool is_valid_authority(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos || !is_literal(text.substr(1, bracket - 1)))
      return false;
    end = bracket + 1;
  } else {
    end = end_of_name(text);
  }
  if (end == 0)
    return false;
  return end == text.size() || (text[end] == ':' && is_port(text.substr(end + 1)));
}

bool is_loopback_authority(std::string_view text) {
  if (text.starts_with('[')) {
    in6_addr address{};
    const std::string literal(text.substr(1, text.find(']') - 1));
    return ::inet_pton(AF_INET6, literal.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
  }
  std::string_view name = text.substr(0, text.rfind(':'));
  if (name.ends_with('.'))
    name.remove_suffix(1);
  constexpr std::string_view kName = "localhost";
  constexpr std::uint32_t kLoopbackNet = 127;
  if (name.size() >= kName.size() && equals_ignoring_case(name.substr(name.size() - kName.size()), kName))
    return name.size() == kName.size() || name[name.size() - kName.size() - 1] == '.';
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(name).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == kLoopbackNet;
}

}  // namespace hourglass::http
