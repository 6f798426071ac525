#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::cli {

/// The fields of a line of an access log in the format `common` or `combined`, as they stand between spaces,
/// brackets and quotes: `-` is not replaced and escapes are not undone.
struct CombinedLine {
  std::string_view remote_addr;
  std::string_view remote_user;
  std::string_view time;
  std::string_view request;
  std::string_view status;
  std::string_view bytes;
  std::optional<std::string_view> referer;     // none: the line ends before, as `common` does
  std::optional<std::string_view> user_agent;  // none: the line ends before
};

/// Takes a line apart. Further fields at its end are passed over. Fails with what is wrong, among others
/// where the line begins with a virtual host.
base::Expected<CombinedLine, const char*> split_combined_line(std::string_view line);

}  // namespace hourglass::cli
