#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "core/window_clock.hpp"
#include "engine/commit_record.hpp"
#include "engine/engine_counters.hpp"
#include "engine/events/event_archive.hpp"
#include "engine/hours/hour_store.hpp"
#include "engine/hours/totals_board.hpp"
#include "engine/keys/key_window.hpp"
#include "engine/moment.hpp"
#include "engine/queued_submission.hpp"
#include "engine/segment_log.hpp"
#include "engine/store_identity.hpp"
#include "engine/upkeep/disk_forecast.hpp"
#include "engine/upkeep/scrub.hpp"
#include "ports/clock.hpp"
#include "ports/log.hpp"

namespace hourglass::engine {

struct StoreSettings {
  std::filesystem::path directory;
  LogLimits log;
  KeyWindowSettings keys;
  HourStoreSettings hours;
  EventRetention retention;
  std::optional<std::chrono::milliseconds> users_age;  // after which hours are frozen; nothing: never

  /// How much the log grows before keys and hours move to disk, and with them the place from which a restart
  /// reads it. Bounds the time that a restart takes.
  std::uint64_t spill_bytes = 128 << 20;
};

/// The names in a data directory: docs/formats/README.md.
inline constexpr const char* kIdentityName = "store";
inline constexpr const char* kClosedName = "closed";
inline constexpr const char* kLogName = "log";
inline constexpr const char* kKeysName = "keys";
inline constexpr const char* kHoursName = "hours";
inline constexpr const char* kEventsName = "events";

/// What the store works with. All of it outlives the store.
struct StoreServices {
  FileSystem& files;
  const ports::Clock& clock;
  ports::Log& log;
  Executors executors;  // for work beside the commits
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

  /// What has to be done once in a while when there is nothing to commit.
  void tick();

  /// Marks the end of the log as whole. The store is not used after this.
  void close();

  [[nodiscard]] const StoreIdentity& identity() const { return identity_; }
  [[nodiscard]] const HourStore& hours() const { return *hours_; }

 private:
  struct HashOfKey {
    using is_avalanching = void;
    std::size_t operator()(const core::Hash128& hash) const noexcept { return hash.high; }
  };
  using KeySet = boost::unordered_flat_set<core::Hash128, HashOfKey>;

  struct HourUser {
    core::Hour hour;
    std::uint64_t user_hash;
    friend bool operator==(const HourUser&, const HourUser&) = default;
  };
  struct HashOfHourUser {
    using is_avalanching = void;
    std::size_t operator()(const HourUser& user) const noexcept {
      return user.user_hash ^ (user.hour.value() * 0x9E3779B97F4A7C15ULL);
    }
  };

  /// An event that this commit counts, in the form the counts need.
  struct Counted {
    core::Hour hour;
    core::Kind kind;
    std::uint64_t user_hash;
    bool is_new_user;
  };

  /// What the disk says of an event before it is planned.
  struct Known {
    bool repeats_key = false;
    bool is_new_user = false;
  };

  /// What a commit gathers before anything is written; it takes effect only when the log has confirmed it.
  struct Plan {
    CommitEncoder encoder;
    Moment now;
    std::vector<Counted> counted;
    KeySet keys;
    boost::unordered_flat_set<HourUser, HashOfHourUser> new_users;
    std::uint64_t duplicates = 0;
  };

  Store(StoreSettings settings, StoreServices services)
      : settings_(std::move(settings)),
        services_(std::move(services)),
        scrub_(services_.executors.slow),
        archiving_(services_.executors.slow) {}

  StoreResult<void> open_identity();
  StoreResult<void> create_files();
  StoreResult<void> open_folders();
  StoreResult<void> open_log(const std::function<bool()>& cancelled);
  StoreResult<void> check_log_reaches_back() const;
  StoreResult<void> take_close_mark();
  StoreResult<void> replay(const LogRecord& record);
  StoreResult<void> replay_commit(const Commit& commit, const LogRecord& record);

  Moment read_clock();
  [[nodiscard]] std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(services_.clock.elapsed());
  }
  base::Result<std::vector<Known>> look_up(const Plan& plan, const QueuedSubmission& queued);
  base::Result<void> plan_submission(Plan& plan, const QueuedSubmission& queued);
  Health write(Plan& plan, std::vector<QueuedSubmission>& submissions);
  void take_effect(const Plan& plan);
  void publish();

  [[nodiscard]] LogPosition position() const { return {last_record_, next_sequence_, clock_.log_time()}; }
  void look_after(const Moment& now);
  StoreResult<void> advance(const Moment& now);
  void freeze_hours(const Moment& now);
  StoreResult<void> cut_log(const Moment& now);
  StoreResult<void> expire_events(const Moment& now);
  void scrub(const Moment& now);
  [[nodiscard]] std::deque<ScrubStep> scrub_steps() const;
  StoreResult<void> forecast(const Moment& now);
  [[nodiscard]] std::uint64_t bytes_on_disk() const;
  void begin_archiving(const ClosedSegment& segment);
  void report(const StoreFailure& failure, std::chrono::milliseconds elapsed);

  const StoreSettings settings_;
  const StoreServices services_;
  StoreIdentity identity_;
  std::unique_ptr<KeyWindow> keys_;
  std::unique_ptr<HourStore> hours_;
  std::unique_ptr<EventArchive> archive_;
  std::unique_ptr<SegmentLog> log_;
  core::WindowClock clock_{core::Timestamp{0}};
  Sequence next_sequence_{1};
  RecordNumber last_record_;
  std::uint64_t bytes_since_spill_ = 0;
  bool published_ = false;
  core::Hour first_open_hour_;  // as readers are told; what is submitted a minute later is held to it
  std::chrono::milliseconds freeze_at_{0};
  std::chrono::milliseconds archive_next_at_{0};
  std::chrono::milliseconds expire_next_at_{0};
  std::chrono::milliseconds report_next_at_{0};  // troubles that last are logged once in a while
  std::chrono::milliseconds forecast_next_at_{0};
  DiskForecast forecast_;
  Scrub scrub_;                                                 // last, with the next one: their ends
  BackgroundWork<std::shared_ptr<const EventFile>> archiving_;  // wait for work that uses the others
};

}  // namespace hourglass::engine
