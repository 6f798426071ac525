#pragma once

#include <filesystem>

#include "cli/output.hpp"

namespace hourglass::cli {

/// `hourglass verify [DIR]`: checks the store in `directory` and changes nothing. Returns the exit code.
int verify(const std::filesystem::path& directory, const Output& output);

}  // namespace hourglass::cli
