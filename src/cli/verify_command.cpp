#include "cli/verify_command.hpp"

#include "engine/files/directory_lock.hpp"
#include "engine/files/posix_file_system.hpp"
#include "engine/verification/verification.hpp"

namespace hourglass::cli {

int verify(const std::filesystem::path& directory, const Output& output) {
  const auto lock = engine::DirectoryLock::acquire_existing(directory);
  if (!lock)
    return output.fail(kExitFailed, lock.error().message + "; stop it, or verify a backup");
  engine::PosixFileSystem files(engine::PosixFileSystem::Access::read_only);
  const auto figures = engine::verify_store(files, directory, [&](const std::string& problem) {
    output.results << problem << "\n" << std::flush;
  });
  output.results << "verified: " << figures.hours << " hours, " << figures.users << " users, "
                 << figures.events << " events, " << figures.bytes << " bytes; " << figures.problems
                 << (figures.problems == 1 ? " problem\n" : " problems\n");
  return output.end(figures.problems == 0 ? kExitDone : kExitFailed);
}

}  // namespace hourglass::cli
