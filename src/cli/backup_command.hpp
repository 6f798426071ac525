#pragma once

#include <filesystem>

#include "cli/output.hpp"

namespace hourglass::cli {

/// `hourglass backup DIR`: makes `target` a copy of the store in `data`. Returns the exit code.
int back_up(const std::filesystem::path& data, const std::filesystem::path& target, const Output& output);

}  // namespace hourglass::cli
