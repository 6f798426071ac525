#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/log/record.hpp"
#include "cluster/stores/period.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster::simulation {

/// What a client wants to be counted once, however often it or a machine between sends it.
using Intention = std::uint64_t;

/// The log of a partition, and what follows from the intentions in it, found without identities, keys or
/// windows: the truth that every answer is compared with.
class PartitionHistory {
 public:
  void append(LogTime time, const CountedEvent& event, Intention intention);
  /// What takes an offset: a foreign record that consumers get, or a marker that they do not.
  void append_foreign(LogTime time);
  void append_marker(LogTime time);

  /// Forgets records from the beginning that are older, but not beyond `limit`.
  void forget(LogTime older_than, Offset limit);

  [[nodiscard]] Offset first() const { return Offset{first_}; }
  [[nodiscard]] Offset end() const { return Offset{static_cast<std::int64_t>(entries_.size())}; }
  /// The record at an offset, forgotten or not; none: a marker.
  [[nodiscard]] const std::optional<Record>& at(Offset offset) const {
    return entries_[static_cast<std::size_t>(offset.value())].record;
  }

  /// The numbers of a period from the records below `next`.
  [[nodiscard]] core::Totals totals(Period period, Offset next) const;
  [[nodiscard]] std::vector<Period> periods() const;

  /// Where an intention occurred first.
  [[nodiscard]] std::optional<Offset> first_of(Intention intention) const;
  [[nodiscard]] std::size_t intentions() const { return intentions_.size(); }
  [[nodiscard]] std::uint64_t repetitions() const { return repetitions_; }

 private:
  struct Entry {
    std::optional<Record> record;
    LogTime time;
  };
  struct Step {
    Offset next;
    core::Totals totals;
  };
  struct PeriodHistory {
    std::vector<Step> steps;  // ascending
    std::vector<UserId> users;
  };

  void count(Period period, const CountedEvent& event, Offset offset);

  std::vector<Entry> entries_;
  std::int64_t first_ = 0;
  std::unordered_map<Intention, Offset> intentions_;
  std::uint64_t repetitions_ = 0;
  std::map<Period, PeriodHistory> periods_;
};

/// "3 users, 4 clicks, 5 impressions"
std::string text_of(const core::Totals& totals);

/// Whether any number of the one is above the other's.
bool exceeds(const core::Totals& one, const core::Totals& other);

}  // namespace hourglass::cluster::simulation
