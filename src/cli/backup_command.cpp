#include "cli/backup_command.hpp"

#include "engine/backup/backup.hpp"
#include "engine/files/posix_file_system.hpp"

namespace hourglass::cli {

int back_up(const std::filesystem::path& data, const std::filesystem::path& target, const Output& output) {
  if (target.empty())
    return output.fail(kExitUsage, "the directory of the backup is missing");
  const auto path = engine::backup_path(data, target);
  if (!path)
    return output.fail(kExitUsage, path.error().message);
  engine::PosixFileSystem files;
  const auto figures = engine::back_up(files, data, *path);
  if (!figures)
    return output.fail(kExitFailed, figures.error().message);
  output.results << figures->bytes_copied << " bytes copied, " << figures->bytes_reused
                 << " bytes reused, events up to sequence " << figures->next_sequence.value() - 1 << "\n";
  return output.end(kExitDone);
}

}  // namespace hourglass::cli
