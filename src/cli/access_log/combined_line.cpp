#include "cli/access_log/combined_line.hpp"

#include <algorithm>

namespace hourglass::cli {
namespace {

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool is_number_or_dash(std::string_view text) {
  return text == "-" || (!text.empty() && std::all_of(text.begin(), text.end(), is_digit));
}

/// `example.com:443`: a colon, only one, and digits behind it. No address looks like that.
bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon + 1 < text.size() &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1, text.end(), is_digit);
}

/// Where the identity of the client stands, which hardly anybody asks for: an address there belongs one place
/// before.
bool is_address(std::string_view text) {
  const auto is_part = [](char byte) {
    return is_digit(byte) || byte == '.' || byte == ':' || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
  };
  return (std::count(text.begin(), text.end(), '.') == 3 || std::count(text.begin(), text.end(), ':') >= 2) &&
         std::all_of(text.begin(), text.end(), is_part);
}

/// Takes a text in quotes from the front of `rest`, which begins with the opening one; none if it does not
/// end.
std::optional<std::string_view> take_quoted(std::string_view& rest) {
  std::size_t end = 1;
  for (;; ++end) {
    end = rest.find('"', end);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::size_t backslashes = 0;
    while (rest[end - 1 - backslashes] == '\\')
      ++backslashes;
    if (backslashes % 2 == 0)
      break;
  }
  const std::string_view text = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return text;
}

/// Takes what stands before the next space, and the space.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

/// Address, identity, user and time. What stands in `head` ends with the time, without its bracket.
base::Expected<void, const char*> split_head(std::string_view head, CombinedLine& fields) {
  const std::size_t bracket = head.rfind('[');
  if (bracket == std::string_view::npos || bracket == 0 || head[bracket - 1] != ' ')
    return base::unexpected("the line has no time in brackets");
  fields.time = head.substr(bracket + 1);
  head = head.substr(0, bracket - 1);
  fields.remote_addr = take_word(head);
  const std::string_view identity = take_word(head);
  fields.remote_user = head;
  if (fields.remote_addr.empty() || identity.empty() || fields.remote_user.empty())
    return base::unexpected("the line does not begin with address, identity and user");
  // Whose user begins with a dash and a space has a field more than it should, in front.
  if (is_host_and_port(fields.remote_addr) || fields.remote_addr.ends_with(',') || is_address(identity) ||
      fields.remote_user.starts_with("- "))
    return base::unexpected(
        "the line does not begin with the address of one client (a format with virtual hosts?)");
  return {};
}

}  // namespace

base::Expected<CombinedLine, const char*> split_combined_line(std::string_view line) {
  CombinedLine fields;
  // Servers escape quotes, so that this is where the request begins, whatever the user is called.
  const std::size_t end = line.find("] \"");
  if (end == std::string_view::npos)
    return base::unexpected("the line has no time in brackets before its request in quotes");
  if (const auto head = split_head(line.substr(0, end), fields); !head)
    return base::unexpected(head.error());
  std::string_view rest = line.substr(end + 2);
  const auto request = take_quoted(rest);
  if (!request || !rest.starts_with(' '))
    return base::unexpected("the request does not end");
  fields.request = *request;
  rest.remove_prefix(1);
  fields.status = take_word(rest);
  fields.bytes = take_word(rest);
  if (!is_number_or_dash(fields.status) || !is_number_or_dash(fields.bytes))
    return base::unexpected("status and bytes are not numbers");
  for (auto* field : {&fields.referer, &fields.user_agent}) {
    if (!rest.starts_with('"'))
      break;
    *field = take_quoted(rest);
    if (!*field || (!rest.empty() && !rest.starts_with(' ')))
      return base::unexpected("a text in quotes does not end");
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
  }
  return fields;
}

}  // namespace hourglass::cli
