#pragma once

#include <functional>

#include "engine/store_failure.hpp"

namespace hourglass::engine {

/// Reads the files of a store at which a server may be at work: tries again when it fails, since the server
/// may have removed or appended files meanwhile; not for ever, and not when the same failure comes again and
/// again or `give_up` says that it is of another kind. The last failure is handed on.
StoreResult<void> try_while_files_change(const std::function<StoreResult<void>()>& attempt,
                                         const std::function<bool()>& give_up);

}  // namespace hourglass::engine
