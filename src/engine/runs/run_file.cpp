#include "engine/runs/run_file.hpp"

#include "engine/bytes.hpp"

namespace hourglass::engine {
namespace {

constexpr std::size_t kVersionOffset = 8;

std::filesystem::path unfinished_path(const std::filesystem::path& path) {
  return path.string() + std::string(kUnfinishedSuffix);
}

}  // namespace

StoreResult<RunFile> open_run_file(FileSystem& files, const std::filesystem::path& path,
                                   std::string_view magic, std::uint32_t version, std::size_t header_size) {
  auto file = files.open(path);
  if (!file)
    return io_failure(file.error());
  RunFile run{std::move(*file), std::string(header_size, '\0'), 0};
  if (const auto read = run.file->read_at(0, run.header); !read)
    return io_failure(read.error());
  if (!run.header.starts_with(magic))
    return damage(path, "it does not begin like a run");
  if (const auto found = read_fixed<std::uint32_t>(run.header, kVersionOffset); found > version)
    return newer_format(path, found);
  const auto size = run.file->size();
  if (!size)
    return io_failure(size.error());
  run.size = *size;
  return run;
}

StoreResult<std::unique_ptr<File>> create_run_file(FileSystem& files, const std::filesystem::path& path) {
  auto file = create_afresh(files, unfinished_path(path));
  if (!file)
    return io_failure(file.error());
  return std::move(*file);
}

StoreResult<void> finish_run_file(FileSystem& files, File& file, const std::filesystem::path& path,
                                  std::string_view header, std::uint64_t index_offset,
                                  std::string_view index) {
  if (const auto written = file.write_at(index_offset, index); !written)
    return io_failure(written.error());
  if (const auto written = file.write_at(0, header); !written)
    return io_failure(written.error());
  if (const auto synced = file.sync(); !synced)
    return io_failure(synced.error());
  if (const auto appeared = appear_durably(files, unfinished_path(path), path); !appeared)
    return io_failure(appeared.error());
  return {};
}

}  // namespace hourglass::engine
