#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/event.hpp"
#include "engine/files/file_system.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// An event as a data directory holds it.
struct EventOnDisk {
  core::Timestamp timestamp;
  core::Kind kind = core::Kind::click;
  std::string user;

  friend bool operator==(const EventOnDisk&, const EventOnDisk&) = default;
};

/// Every event of the event files and of the log, by its sequence. Fails with `damaged` where two places hold
/// different events of one sequence.
StoreResult<std::map<std::uint64_t, EventOnDisk>> read_kept_events(FileSystem& files,
                                                                   const std::filesystem::path& directory,
                                                                   const StoreIdentity& identity);

}  // namespace hourglass::engine
