#pragma once

#include <filesystem>

#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// Gives a file a second name in another folder. False where the file system cannot do that.
IoResult<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts a directory in the place of another, which gets the name of the first. One step, where the file
/// system can; else `second` has the suffix `.previous` for a moment, and no directory its name.
IoResult<void> swap_directories(const std::filesystem::path& first, const std::filesystem::path& second);

/// The same in more steps than one.
IoResult<void> swap_in_steps(const std::filesystem::path& first, const std::filesystem::path& second);

/// The name that swap_directories() may leave behind when the process ends within it.
std::filesystem::path previous_path(const std::filesystem::path& directory);

/// Whether another file system begins with this directory, so that nothing can take its place.
IoResult<bool> is_mount_point(const std::filesystem::path& directory);

/// Removes a directory and all that is in it.
IoResult<void> remove_directory(const std::filesystem::path& directory);

}  // namespace hourglass::engine
