#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/input/file_identity.hpp"
#include "cli/input/log_beginning.hpp"

namespace hourglass::cli {

/// When a file was last written, in nanoseconds since 1970, as its file system has it.
using WriteTime = std::int64_t;

/// A file that holds a generation of a log: the log itself, or one that it was renamed or copied to.
struct LogGeneration {
  std::filesystem::path path;
  std::uint64_t device = 0;
  FileIdentity file;
  WriteTime written = 0;
  std::uint64_t size = 0;        // on the disk
  std::string beginning;         // of the text, kBeginningBytes at most
  bool is_log = false;           // the log itself
  bool is_plain = true;          // not compressed
  bool has_rotated_name = true;  // a name that a rotation gives
  std::string failure;           // why it cannot be read; empty when it can
};

/// The generations of a log that lie in its directory, as they are at this moment: the log, and what is not
/// empty of the files whose names begin with its name. The oldest first, the log last. Of several that begin
/// alike there is one: the log itself, else what has the name of a rotation, else what is not compressed,
/// else the oldest. `is_other` names files that are no generations.
base::Expected<std::vector<LogGeneration>, std::string> find_generations(
    const std::filesystem::path& log, const std::function<bool(const std::filesystem::path&)>& is_other);

/// Whether a rotation gives such a name: behind the name of the log stands a number or a date, as in `.1`,
/// `.2.gz` and `-20240131`, or `.old`. `access.log-admin` is another log.
bool is_rotated_name(std::string_view name, std::string_view log_name);

}  // namespace hourglass::cli
