#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cluster/log/partition_log.hpp"
#include "cluster/stores/partition_store.hpp"
#include "cluster/worker/log_comparison.hpp"

namespace hourglass::cluster {

/// Which store a worker serves. The hot one can be had again from the cold one; the cold one is the
/// authority.
enum class Role : std::uint8_t { hot, cold };

/// Moves a store along the log of its partition: a state machine without input or output. It says what is to
/// be done next, and is told what came of it. Whatever was interrupted, delayed or done by somebody else
/// meanwhile, it goes on from where the store says that it stands. It never skips a record: where it cannot
/// go on it raises an alarm, and tries again now and then. Owned by its loop, used by one thread.
class Worker {
 public:
  enum class Step : std::uint8_t {
    load,     // ask the store where it stands; then loaded()
    compare,  // position() with the log; then compared()
    revive,   // bring the cold store's state into the hot one, which stands at seen(); then revived()
    seek,     // in the log, to position().next; then sought()
    fetch,    // records from there on; then fetched()
    apply,    // batch() to the store; then applied()
    recheck,  // ask the store where it stands now; then rechecked()
    pause,    // for pause_time(); then paused()
  };

  explicit Worker(Role role) : role_(role) {}

  [[nodiscard]] Step step() const { return step_; }

  [[nodiscard]] const StorePosition& position() const { return position_; }

  /// Whether the store was found to stand there. Not before it was, nor once it was seen to hold nothing
  /// that can be gone on with.
  [[nodiscard]] bool has_position() const { return has_position_; }

  [[nodiscard]] std::optional<Offset> seen() const { return seen_; }
  [[nodiscard]] const Fetched& batch() const { return batch_; }

  /// To be shortened at random, so that workers do not all come back at once.
  [[nodiscard]] std::chrono::milliseconds pause_time() const;

  void loaded(const StoreResult<std::optional<StorePosition>>& result);
  void compared(const StoreResult<LogMatch>& result);
  void revived(const StoreResult<bool>& result);
  void sought(const StoreResult<void>& result);
  void fetched(StoreResult<Fetched> result);
  void applied(const ApplyResult& result);
  void rechecked(const StoreResult<std::optional<Offset>>& result);
  void paused();

  /// Why it does not go on, if somebody has to mend something; until it goes on again.
  [[nodiscard]] const std::string& alarm() const { return alarm_; }

  /// Why it tries again at the moment; empty while all goes well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  /// Whether the store has been found in the log and goes on from there.
  [[nodiscard]] bool is_running() const {
    return step_ == Step::fetch || step_ == Step::apply || step_ == Step::recheck;
  }

 private:
  void revive_from(std::optional<Offset> seen);
  void lost_in_log(LogMatch match);
  void fail(const StoreFault& fault);
  void raise_alarm(std::string message);
  void succeeded();

  const Role role_;
  Step step_ = Step::load;
  StorePosition position_{};
  bool has_position_ = false;
  bool is_empty_ = false;         // the store held nothing when it was loaded
  std::optional<Offset> behind_;  // where the store stood when the log was found to begin behind it
  std::optional<Offset> seen_;
  Fetched batch_{};
  unsigned failures_ = 0;  // in a row
  std::string trouble_;
  std::string alarm_;
};

}  // namespace hourglass::cluster
