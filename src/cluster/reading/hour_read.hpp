#pragma once

#include <optional>
#include <vector>

#include "cluster/reading/hour_sources.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster {

/// One read of one hour, as a state machine without input or output: it takes what the stores say of each
/// partition until it has of every one what is new enough, and adds that up. A partition is answered by the
/// hot store if that has the hour, else by the cold one; sources may differ between partitions, since a user
/// is in one of them. One thread at a time.
class HourRead {
 public:
  HourRead(core::Hour hour, std::size_t partitions) : hour_(hour), parts_(partitions) {}

  [[nodiscard]] core::Hour hour() const { return hour_; }

  /// By partition, below which every record has to be in the answer. Before anything is offered.
  void require(const std::vector<Offset>& barrier);

  /// What the hot store of a partition said, all of one call: nothing where it has not the hour, or did not
  /// answer.
  void offer_hot(Partition partition, const HotHour& totals);

  /// What the cold store said: its progress, asked first, then its totals.
  void offer_cold(Partition partition, Offset progress, const PartialTotals& totals);

  /// The cold store was asked as well: what is not new enough is asked for again, first in the hot store.
  void ask_again();

  /// Whether every partition is answered with what is new enough.
  [[nodiscard]] bool is_done() const;

  /// Whether every partition is answered, if not with what is new enough.
  [[nodiscard]] bool has_answer() const;

  /// Whether a partition is to be asked for in the cold store.
  [[nodiscard]] bool needs_cold() const;
  [[nodiscard]] bool needs_cold(Partition partition) const { return needs_cold_now(part(partition)); }

  struct Answer {
    core::Totals totals;
    std::vector<Offset> next;   // by partition: it holds every record below it
    bool is_from_cold = false;  // any part of it
  };

  /// Once there is one.
  [[nodiscard]] Answer answer() const;

 private:
  struct Part {
    Offset barrier{0};
    std::optional<PartialTotals> taken;
    bool is_new_enough = false;
    bool is_from_cold = false;
    std::optional<bool> hot_has_it;
  };

  static bool needs_cold_now(const Part& part) { return !part.is_new_enough && part.hot_has_it == false; }
  [[nodiscard]] const Part& part(Partition partition) const { return parts_[partition.value()]; }
  static void offer(Part& part, const core::Totals& totals, Offset next, bool from_cold);

  core::Hour hour_;
  std::vector<Part> parts_;
};

}  // namespace hourglass::cluster
