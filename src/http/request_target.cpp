#include "http/request_target.hpp"

#include <algorithm>

#include "http/authority.hpp"
#include "http/request_fields.hpp"

namespace hourglass::http {
namespace {

TargetParts split_path(std::string_view text) {
  const std::size_t question_mark = std::min(text.find('?'), text.size());
  return {text.substr(0, question_mark), text.substr(std::min(question_mark + 1, text.size()))};
}

/// The text behind "http://" or "https://"; nothing: the target begins with neither.
std::optional<std::string_view> behind_scheme(std::string_view target) {
  for (const std::string_view scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme))
      return target.substr(scheme.size());
  }
  return std::nullopt;
}

}  // namespace

std::optional<TargetParts> split_target(std::string_view target) {
  if (target == "*")
    return TargetParts{target, {}};
  if (!target.empty() && target.front() == '/')
    return split_path(target);
  const auto rest = behind_scheme(target);
  if (!rest)
    return std::nullopt;
  const std::string_view authority = rest->substr(0, rest->find_first_of("/?"));
  if (!is_valid_authority(authority))
    return std::nullopt;
  TargetParts parts = split_path(rest->substr(authority.size()));
  if (parts.path.empty())
    parts.path = target.substr(target.find('/'), 1);  // an empty path means "/", RFC 9110 section 4.2.3
  return parts;
}

}  // namespace hourglass::http
