#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/input/log_position.hpp"
#include "cli/input/occurrence.hpp"
#include "engine/files/file_system.hpp"

namespace hourglass::cli {

/// Where the position in a log is kept: a small file that is replaced at once, so that it is whole whenever
/// the process or the machine ends. The counts that a generation began with are too many to be written with
/// every position; they stand in files of their own beside it, `NAME.counts-HASH`, of which the position
/// names one. All with mode 0600. Failures are sentences that name the file and say what to do. One thread.
class PositionFile {
 public:
  /// `path` is absolute. The file system outlives this.
  PositionFile(engine::FileSystem& files, std::filesystem::path path);

  /// The position of a log; nothing where there is no file. A failure where the file is damaged, or of
  /// another log.
  base::Expected<std::optional<LogPosition>, std::string> read(const std::filesystem::path& log);

  base::Expected<void, std::string> write(const LogPosition& position);

  /// Keeps counts; gives what LogPosition names them by.
  base::Expected<std::uint64_t, std::string> write_counts(std::span<const Occurrence> counts);

  base::Expected<std::vector<Occurrence>, std::string> read_counts(std::uint64_t counts);

  /// Removes all files of counts but these. What cannot be removed stays, and does no harm.
  void keep_counts(const std::set<std::uint64_t>& kept);

  /// Whether a name in the directory of the position is the file's or of one that it writes.
  [[nodiscard]] bool owns(const std::filesystem::path& path) const;

 private:
  [[nodiscard]] std::filesystem::path counts_path(std::uint64_t counts) const;
  [[nodiscard]] std::string advice() const;

  engine::FileSystem* files_;
  std::filesystem::path path_;
};

}  // namespace hourglass::cli
