#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::base {

/// The known name that takes the fewest edits to become this one, upper and lower case being the same; the
/// first of them if there are several, nothing if none is known.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace hourglass::base
