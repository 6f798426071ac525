#pragma once

namespace hourglass::cli {

/// How every command of the program ends: docs/operating/signals-and-exit-codes.md.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;  // at run time
inline constexpr int kExitUsage = 2;   // usage or configuration

}  // namespace hourglass::cli
