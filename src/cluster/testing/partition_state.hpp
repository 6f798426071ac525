#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>

#include "cluster/fold/duplicates.hpp"
#include "cluster/log/record.hpp"
#include "cluster/stores/partition_store.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster {

/// What the log of a partition gives, in plain containers: the definition that every store is compared with.
/// A value.
class PartitionState {
 public:
  struct Hour {
    core::Totals totals;
    std::set<UserId> users;
    Offset next{0};                      // it holds the records below it already
    std::optional<Offset> last_counted;  // the last record that was counted in it
  };

  explicit PartitionState(std::chrono::milliseconds window) : duplicates_(window) {}

  /// Counts the records in [next(), to), of which these are all; hours below the floor are not counted.
  void apply(Offset to, std::span<const Record> records) {
    for (const Record& record : records)
      apply(record);
    duplicates_.prune();
    position_.next = to;
    position_.time = duplicates_.time();
  }

  [[nodiscard]] const StorePosition& position() const { return position_; }
  [[nodiscard]] const Duplicates& duplicates() const { return duplicates_; }
  [[nodiscard]] const std::map<core::Hour, Hour>& hours() const { return hours_; }
  [[nodiscard]] core::Hour floor() const { return floor_; }

  /// Totals of an hour; zeros where there is nothing of it.
  [[nodiscard]] core::Totals totals(core::Hour hour) const {
    const auto found = hours_.find(hour);
    return found == hours_.end() ? core::Totals{} : found->second.totals;
  }

  /// Forgets the hours below.
  void raise_floor(core::Hour floor) {
    floor_ = std::max(floor_, floor);
    hours_.erase(hours_.begin(), hours_.lower_bound(floor_));
  }

  /// A state that comes from elsewhere.
  PartitionState(StorePosition position, Duplicates duplicates, std::map<core::Hour, Hour> hours,
                 core::Hour floor)
      : position_(position), duplicates_(std::move(duplicates)), hours_(std::move(hours)), floor_(floor) {}

 private:
  void apply(const Record& record) {
    if (!record.event)
      return;
    duplicates_.advance(record.time);
    position_.last = LastRecord{record.offset, record.event->identity};
    if (!duplicates_.mark(*record.event) || record.event->hour < floor_)
      return;
    Hour& hour = hours_[record.event->hour];
    if (record.offset < hour.next)
      return;
    (record.event->kind == core::Kind::click ? hour.totals.clicks : hour.totals.impressions) += 1;
    if (hour.users.insert(record.event->user).second)
      hour.totals.unique_users += 1;
    hour.last_counted = record.offset;
  }

  StorePosition position_{};
  Duplicates duplicates_;
  std::map<core::Hour, Hour> hours_;
  core::Hour floor_{};
};

}  // namespace hourglass::cluster
