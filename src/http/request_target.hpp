#pragma once

#include <optional>
#include <string_view>

namespace hourglass::http {

/// The two parts of a request target that the server looks at; views into it.
struct TargetParts {
  std::string_view path;
  std::string_view query;
};

/// Takes a target of the origin form ("/a?b"), of the absolute form ("http://host/a?b") or "*" apart.
/// Nothing: it is none of these. Whether its bytes may stand in a target is not looked at.
std::optional<TargetParts> split_target(std::string_view target);

}  // namespace hourglass::http
