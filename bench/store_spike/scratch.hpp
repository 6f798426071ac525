#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::store_spike {

/// A folder of its own below `parent`, gone with this object.
class ScratchDirectory {
 public:
  ScratchDirectory(const std::filesystem::path& parent, const std::string& name);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Bytes that this process has caused to be sent to the disk so far: write_bytes of /proc/self/io.
std::uint64_t bytes_sent_to_disk();

/// The sizes of all files below a folder, added.
std::uint64_t size_of_files(const std::filesystem::path& directory);

/// Makes the next read of these files come from the disk. What is not yet written stays cached.
void drop_from_page_cache(const std::filesystem::path& directory);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);

double median(std::vector<double> values);

}  // namespace hourglass::store_spike
