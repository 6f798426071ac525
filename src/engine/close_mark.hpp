#pragma once

#include <filesystem>
#include <optional>

#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// The file `closed`: says, while no process has the store open, with which record its log was closed in
/// order. A log that ends before that has lost something: docs/formats/store.md.
StoreResult<void> write_close_mark(FileSystem& files, const std::filesystem::path& path,
                                   const StoreIdentity& identity, RecordNumber last);

/// Nothing if there is no mark: the last process was killed.
StoreResult<std::optional<RecordNumber>> read_close_mark(FileSystem& files, const std::filesystem::path& path,
                                                         const StoreIdentity& identity);

}  // namespace hourglass::engine
