#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/totals.hpp"

namespace hourglass::ports {

class SubmissionOrigin;
class ReadOrigin;

/// Places in a log of many partitions: the first offset behind what is meant, by partition; no entries, or 0,
/// where nothing is. A store of one machine has no partitions and leaves it empty.
struct LogMark {
  std::vector<std::int64_t> next;

  /// Raises each partition's place to the other's, where that is higher.
  void raise(const LogMark& other) {
    if (next.size() < other.next.size())
      next.resize(other.next.size(), 0);
    for (std::size_t partition = 0; partition < other.next.size(); ++partition)
      next[partition] = std::max(next[partition], other.next[partition]);
  }
};

/// Events that are recorded together: all of them become durable, or none, or nobody knows (outcome_unknown).
/// Owned by whoever works on it at the moment: the submitter, then the store, then the submitter again.
struct Submission {
  explicit Submission(SubmissionOrigin& submitted_by) : origin(&submitted_by) {}
  virtual ~Submission() = default;
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  std::vector<core::Event> events;
  SubmissionOrigin* origin;  // gets it back; outlives it
  std::optional<base::Error>
      failure;      // set by the store; none: every event is durable and counted exactly once
  LogMark written;  // set by the store: where the events stand
};

/// Who submits, and hears how it ended. One origin stands for one submitting thread.
class SubmissionOrigin {
 public:
  virtual ~SubmissionOrigin() = default;

  /// Called once a commit with all finished submissions of this origin, in the order in which they were
  /// submitted, from a thread of the store. Must not block.
  virtual void finished(std::vector<std::unique_ptr<Submission>> submissions) = 0;
};

enum class StoreCondition { recovering, ready, unavailable, closed };

/// Something that a store depends on, as it stands at the moment.
struct DependencyState {
  std::string name;   // one word
  std::string state;  // for people: what it does or why it cannot be used; may be empty
  bool ok = false;    // it can be used
};

struct StoreState {
  StoreCondition condition = StoreCondition::recovering;
  std::string detail;                           // for people: what it waits for or why it failed
  std::vector<DependencyState> dependencies{};  // none: it depends on this machine alone
};

/// Whether an hour was answered from memory or from its sealed form; in a cluster, from the hot store alone
/// or with the cold one's help.
enum class Source { hot, cold };

enum class Uniques { exact, approximate };

struct HourReading {
  core::Totals totals;
  Source source = Source::hot;
  Uniques uniques = Uniques::exact;
  std::optional<std::chrono::milliseconds>
      lag{};  // every event acknowledged longer ago is in it; none: every
};

/// Strong answers contain every event acknowledged before the read began; fast ones may lag behind.
enum class Consistency { fast, strong };

/// A read that the store answers later. Owned by whoever works on it at the moment, like a Submission.
struct PendingRead {
  PendingRead(ReadOrigin& asked_by, core::Hour asked_hour, Consistency asked_consistency)
      : origin(&asked_by), hour(asked_hour), consistency(asked_consistency) {}
  virtual ~PendingRead() = default;
  PendingRead(const PendingRead&) = delete;
  PendingRead& operator=(const PendingRead&) = delete;

  ReadOrigin* origin;  // gets it back; outlives it
  core::Hour hour;
  Consistency consistency;
  LogMark contains;  // what a fast answer contains too, if that is to be had soon; a strong one does anyway
  std::optional<base::Result<HourReading>> answer;  // set by the store
};

/// Who reads, and gets the answers. One origin stands for one reading thread.
class ReadOrigin {
 public:
  virtual ~ReadOrigin() = default;

  /// Called with answered reads of this origin, in any order, from a thread of the store or within
  /// begin_read(). Must not block.
  virtual void answered(std::vector<std::unique_ptr<PendingRead>> reads) = 0;
};

/// Records events durably and exactly once, and answers for any hour. Callable from every thread.
class EventStore {
 public:
  virtual ~EventStore() = default;

  /// Takes the submission, whose origin will get it back exactly once, or refuses at once, leaving it where
  /// it was: overloaded, store_unavailable or shutting_down. Events of one origin are recorded in the order
  /// of their submission. A key that repeats within the window is not counted again and is no failure.
  virtual base::Result<void> submit(std::unique_ptr<Submission>& submission) = 0;

  /// The totals of an hour from one state that contains every event acknowledged before the call; zeros for
  /// an hour without events. Fails with store_unavailable while the store recovers for the first time, with
  /// hour_damaged where what is stored of the hour is not what was written. Nothing from a store that has to
  /// ask others first: begin_read() is for those.
  [[nodiscard]] virtual std::optional<base::Result<HourReading>> read_now(core::Hour hour) const = 0;

  /// Takes a read, whose origin will get it back exactly once, answered: within a bounded time, and at the
  /// latest when the store is closed. Fails as read_now() does, and with deadline_exceeded where what the
  /// answer has to contain is not to be had in time.
  virtual void begin_read(std::unique_ptr<PendingRead> read) = 0;

  /// Hours before this one are frozen: their totals stay, but nothing can be added to them any more. Events
  /// for them are to be refused before they are submitted; the store refuses what slips through.
  [[nodiscard]] virtual core::Hour first_open_hour() const = 0;

  [[nodiscard]] virtual StoreState state() const = 0;
};

}  // namespace hourglass::ports
