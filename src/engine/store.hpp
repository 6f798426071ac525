#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "core/window_clock.hpp"
#include "engine/commit_record.hpp"
#include "engine/engine_counters.hpp"
#include "engine/hour_table.hpp"
#include "engine/keys/key_window.hpp"
#include "engine/queued_submission.hpp"
#include "engine/segment_log.hpp"
#include "engine/store_identity.hpp"
#include "engine/totals_board.hpp"
#include "ports/clock.hpp"
#include "ports/log.hpp"

namespace hourglass::engine {

struct StoreSettings {
  std::filesystem::path directory;
  LogLimits log;
  KeyWindowSettings keys;
};

/// What the store works with. All of it outlives the store.
struct StoreServices {
  FileSystem& files;
  const ports::Clock& clock;
  ports::Log& log;
  Executor executor;  // for work beside the commits
  TotalsBoard& board;
  EngineCounters& counters;
};

/// A data directory that is open: the log, the counts that follow from it, and the keys of the window. It has
/// no threads of its own; the commit thread owns it. After a commit whose outcome is unknown it is to be
/// thrown away and opened again, since the disk is the truth: there is no code that takes counts back.
class Store {
 public:
  /// Makes a new store in an empty directory, or reads an old one and publishes its totals. `cancelled` is
  /// asked once a record; when it says so, opening ends with the reason `cancelled`.
  static StoreResult<std::unique_ptr<Store>> open(StoreSettings settings, StoreServices services,
                                                  const std::function<bool()>& cancelled);

  enum class Health { good, broken };

  /// Commits the submissions together and sets the failure of those that could not be: what has none is
  /// durable and visible when this returns. `broken`: the store must be opened again.
  [[nodiscard]] Health commit(std::vector<QueuedSubmission>& submissions);

  /// Marks the end of the log as whole. The store is not used after this.
  void close();

  [[nodiscard]] const StoreIdentity& identity() const { return identity_; }

 private:
  struct HashOfKey {
    using is_avalanching = void;
    std::size_t operator()(const core::Hash128& hash) const noexcept { return hash.high; }
  };
  using KeySet = boost::unordered_flat_set<core::Hash128, HashOfKey>;

  /// An event that this commit counts, in the form the counts need.
  struct Counted {
    core::Hour hour;
    core::Kind kind;
    std::uint64_t user_hash;
  };

  /// What a commit gathers before anything is written; it takes effect only when the log has confirmed it.
  struct Plan {
    CommitEncoder encoder;
    core::Timestamp log_time;
    std::vector<Counted> counted;
    KeySet keys;
    std::uint64_t duplicates = 0;
  };

  Store(StoreSettings settings, StoreServices services)
      : settings_(std::move(settings)), services_(std::move(services)) {}

  StoreResult<void> open_identity();
  StoreResult<void> create_files();
  StoreResult<void> open_keys();
  StoreResult<void> open_log(const std::function<bool()>& cancelled);
  StoreResult<void> replay(const LogRecord& record);

  core::Timestamp read_clock();
  bool advance_keys(core::Timestamp log_time);
  StoreResult<void> plan_submission(Plan& plan, const QueuedSubmission& queued);
  StoreResult<std::vector<bool>> find_repeated(const Plan& plan, const QueuedSubmission& queued) const;
  Health write(Plan& plan, std::vector<QueuedSubmission>& submissions);
  void take_effect(const Plan& plan);
  void publish();

  const StoreSettings settings_;
  const StoreServices services_;
  StoreIdentity identity_;
  std::unique_ptr<KeyWindow> keys_;
  std::unique_ptr<SegmentLog> log_;
  core::WindowClock clock_{core::Timestamp{0}};
  HourTable hours_;
  Sequence next_sequence_{1};
  RecordNumber last_record_;
  bool key_trouble_logged_ = false;
};

}  // namespace hourglass::engine
