#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/totals.hpp"
#include "core/window_clock.hpp"

namespace hourglass::engine {

/// An event as simulations make it: users and keys are numbers.
struct PlainEvent {
  std::uint64_t timestamp = 0;
  std::uint32_t user = 0;
  core::Kind kind = core::Kind::click;
  std::optional<std::uint32_t> key;

  [[nodiscard]] core::Hour hour() const { return core::hour_of(core::Timestamp{timestamp}); }
};

using PlainSubmission = std::vector<PlainEvent>;

/// The name of a user: short for most, long for some.
std::string name_of_user(std::uint32_t user);

core::Event to_event(const PlainEvent& event);

/// A second implementation of what a store promises, with nothing in it but maps and sets. Of times on the
/// clock of the windows it knows the earliest and the latest that they can be: where that clock stood when a
/// store was opened is between its last commit and its last reading.
class PlainStore {
 public:
  struct Span {
    core::Timestamp earliest;
    core::Timestamp latest;
  };

  using Key = std::pair<std::uint32_t, std::uint32_t>;  // of a user, the key itself

  /// What a commit adds.
  struct Commit {
    Span log_time;
    std::vector<PlainEvent> counted;
    std::set<Key> keys;  // seen, for the first time or again
  };

  struct Accepted {
    PlainEvent event;
    Span log_time;
  };

  explicit PlainStore(std::chrono::milliseconds window) : window_(window) {}

  /// The store has read its clocks.
  Span read_clocks(const core::WindowClock::Reading& reading);

  /// The store was opened again.
  void reopen();

  /// Whether nobody can say if the event's key is inside its window.
  [[nodiscard]] bool is_uncertain(const PlainEvent& event, const Span& now) const;

  [[nodiscard]] Commit plan(const std::vector<PlainSubmission>& submissions, const Span& now) const;

  void apply(const Commit& commit);

  /// A commit of which nothing can be seen may have happened or not: its keys were seen then, or earlier.
  void apply_perhaps(const Commit& commit);

  [[nodiscard]] core::Totals totals(core::Hour hour) const;
  [[nodiscard]] core::Totals totals_after(core::Hour hour, const Commit& commit) const;

  /// The hours of which there are events.
  [[nodiscard]] std::vector<core::Hour> hours() const;

  /// When an event of the hour was last counted, at the latest.
  [[nodiscard]] core::Timestamp touched(core::Hour hour) const { return hours_.at(hour).touched; }

  /// In the order of acceptance.
  [[nodiscard]] const std::vector<Accepted>& accepted() const { return accepted_; }

  [[nodiscard]] const Span& now() const { return now_; }

 private:
  struct CountedHour {
    std::uint64_t clicks = 0;
    std::uint64_t impressions = 0;
    std::set<std::uint32_t> users;
    core::Timestamp touched;
  };

  static void count(CountedHour& hour, const PlainEvent& event);
  [[nodiscard]] static core::Totals totals_of(const CountedHour& hour);
  [[nodiscard]] bool surely_inside(const Key& key, const Span& now) const;
  [[nodiscard]] bool surely_outside(const Key& key, const Span& now) const;

  const std::chrono::milliseconds window_;
  core::WindowClock earliest_clock_{core::Timestamp{0}};
  core::WindowClock latest_clock_{core::Timestamp{0}};
  Span now_;
  core::Timestamp last_commit_;  // at the earliest
  std::map<core::Hour, CountedHour> hours_;
  std::map<Key, Span> keys_;
  std::vector<Accepted> accepted_;
};

}  // namespace hourglass::engine
