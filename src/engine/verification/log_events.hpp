#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hourglass::engine {

/// An event of the log, as far as the counts of its hour need it.
struct LogEvent {
  std::uint32_t hour : 27 = 0;
  bool is_impression : 1 = false;
  bool is_gain : 1 = false;      // no run counts it
  bool is_archived : 1 = false;  // an event file holds it too
  bool says_if_new : 1 = false;  // format version 1 does not
  bool is_new_user : 1 = false;  // what the log says
  std::uint64_t user_hash = 0;
};
static_assert(sizeof(LogEvent) == 16);

/// The events of a log by hour, 16 bytes each. Belongs to one verification.
class LogEvents {
 public:
  void add(const LogEvent& event) { events_.push_back(event); }

  /// Brings them into the order of their hours, and within an hour leaves them as they were added.
  void sort();

  /// The events of the first hour that has not been taken yet; none at the end.
  [[nodiscard]] std::span<const LogEvent> front() const;
  void take_front() { next_ += front().size(); }

 private:
  std::vector<LogEvent> events_;
  std::size_t next_ = 0;
};

}  // namespace hourglass::engine
