#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "core/hour.hpp"
#include "engine/runs/background_work.hpp"
#include "engine/runs/run_folder.hpp"
#include "engine/segment_log.hpp"

namespace hourglass::engine {

/// Reads a part of one file that never changes; true while there is more of it. Fails where the bytes are not
/// what was written.
using ScrubStep = std::function<StoreResult<bool>()>;

/// Reads everything on disk once a day, at a bounded rate, so that damage is known before the bytes are
/// needed and while there still is a backup to take them from. Owned by the writer, which asks it to go on;
/// the reading is done on an executor.
class Scrub {
 public:
  /// What a piece of reading has come to.
  struct Report {
    std::uint64_t bytes = 0;              // read, about
    std::optional<StoreFailure> failure;  // damage, named by file and hour; io only means that it was missed
  };

  explicit Scrub(Executor executor) : work_(std::move(executor)) {}

  /// Goes on if it is time to; `elapsed` never goes back. `list` gives the steps of a new round.
  std::optional<Report> advance(std::chrono::milliseconds elapsed,
                                const std::function<std::deque<ScrubStep>()>& list);

  /// What a step reads, about, in bytes.
  static constexpr std::uint64_t kStepBytes = 1 << 20;

 private:
  std::deque<ScrubStep> steps_;
  std::optional<std::chrono::milliseconds> next_at_;  // nothing before the first call
  BackgroundWork<bool> work_;
};

/// The step of a run, a page after the other.
template <typename Run>
ScrubStep scrub_step(std::shared_ptr<const Run> run, std::uint64_t page_size) {
  return [run = std::move(run), page_size, page = std::size_t{0}]() mutable -> StoreResult<bool> {
    for (std::uint64_t read = 0; read < Scrub::kStepBytes && page < run->page_count(); read += page_size) {
      if (const auto content = run->read_page(page++); !content)
        return base::unexpected(content.error());
    }
    return page < run->page_count();
  };
}

}  // namespace hourglass::engine
