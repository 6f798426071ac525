#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/files/file_system.hpp"
#include "engine/store_failure.hpp"

namespace hourglass::engine {

/// A run as it lies on disk: a header, pages, and an index behind them.
struct RunFile {
  std::unique_ptr<File> file;
  std::string header;
  std::uint64_t size = 0;
};

/// Opens a run and reads its header, which begins with the eight bytes of `magic` and a version that is not
/// above `version`; everything else in it is still to be checked.
StoreResult<RunFile> open_run_file(FileSystem& files, const std::filesystem::path& path,
                                   std::string_view magic, std::uint32_t version, std::size_t header_size);

/// Creates the file of a run that is to appear as `path`, under a name that says that it is unfinished.
StoreResult<std::unique_ptr<File>> create_run_file(FileSystem& files, const std::filesystem::path& path);

/// Writes what stands around the pages; the run appears under its name, durable.
StoreResult<void> finish_run_file(FileSystem& files, File& file, const std::filesystem::path& path,
                                  std::string_view header, std::uint64_t index_offset,
                                  std::string_view index);

}  // namespace hourglass::engine
