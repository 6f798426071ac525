#include "engine/verification/changing_files.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace hourglass::engine {
namespace {

/// What says the same so many times in a row is no coincidence.
constexpr int kAttempts = 20;
constexpr int kSameFailures = 3;
constexpr std::chrono::milliseconds kPause{100};

}  // namespace

StoreResult<void> try_while_files_change(const std::function<StoreResult<void>()>& attempt,
                                         const std::function<bool()>& give_up) {
  StoreResult<void> done;
  std::string previous;
  int same = 0;
  for (int number = 0; number < kAttempts && same < kSameFailures; ++number) {
    if (number > 0)
      std::this_thread::sleep_for(kPause);
    done = attempt();
    if (done || give_up())
      return done;
    same = done.error().message == previous ? same + 1 : 1;
    previous = done.error().message;
  }
  return done;
}

}  // namespace hourglass::engine
