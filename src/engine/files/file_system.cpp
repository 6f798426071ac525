#include "engine/files/file_system.hpp"

#include <cstring>

namespace hourglass::engine {

std::string IoError::message() const {
  return "cannot " + operation + " " + path.string() + ": " + std::strerror(error_number);
}

IoResult<std::string> read_whole(FileSystem& files, const std::filesystem::path& path) {
  const auto file = files.open(path);
  if (!file)
    return base::unexpected(file.error());
  const auto size = (*file)->size();
  if (!size)
    return base::unexpected(size.error());
  std::string content(*size, '\0');
  const auto read = (*file)->read_at(0, content);
  if (!read)
    return base::unexpected(read.error());
  content.resize(*read);
  return content;
}

IoResult<std::unique_ptr<File>> create_afresh(FileSystem& files, const std::filesystem::path& path) {
  const auto left_over = files.exists(path);
  if (!left_over)
    return base::unexpected(left_over.error());
  if (*left_over) {
    if (auto removed = files.remove(path); !removed)
      return base::unexpected(removed.error());
  }
  return files.create(path);
}

IoResult<void> appear_durably(FileSystem& files, const std::filesystem::path& unfinished,
                              const std::filesystem::path& path) {
  if (auto renamed = files.rename(unfinished, path); !renamed)
    return renamed;
  return files.sync_directory(path.parent_path());
}

IoResult<void> remove_durably(FileSystem& files, const std::filesystem::path& path) {
  const auto exists = files.exists(path);  // not, if an earlier attempt failed to sync
  if (!exists)
    return base::unexpected(exists.error());
  if (*exists) {
    if (auto removed = files.remove(path); !removed)
      return removed;
  }
  return files.sync_directory(path.parent_path());
}

IoResult<void> write_durably(FileSystem& files, const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path unfinished = path.string() + std::string(kUnfinishedSuffix);
  const auto file = create_afresh(files, unfinished);
  if (!file)
    return base::unexpected(file.error());
  if (auto written = (*file)->write_at(0, content); !written)
    return written;
  if (auto synced = (*file)->sync(); !synced)
    return synced;
  return appear_durably(files, unfinished, path);
}

}  // namespace hourglass::engine
