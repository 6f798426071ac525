#pragma once

#include <string_view>
#include <vector>

#include "cli/access_log/word_search.hpp"

namespace hourglass::cli {

/// Words in the user agents of crawlers, monitors and libraries, in lower case: what `robots` means.
const std::vector<std::string_view>& robot_words();

/// Words that end like one of them but name something that people use.
const std::vector<std::string_view>& robot_exceptions();

/// Whether the path ends like a file that belongs to a page, upper and lower case being the same: what
/// `assets` means.
bool is_asset(std::string_view path);

/// The endings of such files, without their dot.
const std::vector<std::string_view>& asset_endings();

}  // namespace hourglass::cli
