#pragma once

#include <cstdio>
#include <cstdlib>

namespace hourglass::fuzz {

/// Ends the run with a finding when something that must hold does not.
inline void check(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace hourglass::fuzz
