#include "cluster/reading/hour_read.hpp"

#include <algorithm>

namespace hourglass::cluster {

void HourRead::require(const std::vector<Offset>& barrier) {
  for (std::size_t index = 0; index < std::min(barrier.size(), parts_.size()); ++index)
    parts_[index].barrier = barrier[index];
}

void HourRead::offer_hot(Partition partition, const HotHour& totals) {
  Part& part = parts_[partition.value()];
  part.hot_has_it = totals.has_value();
  if (totals)
    offer(part, totals->totals, totals->next, false);
}

/// The totals may hold more than the progress says, and the progress vouches for more than the hour's own
/// totals, where nothing came for the hour.
void HourRead::offer_cold(Partition partition, Offset progress, const PartialTotals& totals) {
  offer(parts_[partition.value()], totals.totals, std::max(progress, totals.next), true);
}

void HourRead::offer(Part& part, const core::Totals& totals, Offset next, bool from_cold) {
  if (part.is_new_enough || (part.taken && part.taken->next > next))
    return;
  part.taken = {totals, next};
  part.is_from_cold = from_cold;
  part.is_new_enough = next >= part.barrier;
}

void HourRead::ask_again() {
  for (Part& part : parts_)
    part.hot_has_it.reset();
}

bool HourRead::is_done() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.is_new_enough; });
}

bool HourRead::has_answer() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.taken.has_value(); });
}

bool HourRead::needs_cold() const {
  return std::any_of(parts_.begin(), parts_.end(), needs_cold_now);
}

HourRead::Answer HourRead::answer() const {
  Answer answer;
  for (const Part& part : parts_) {
    answer.totals.add(part.taken->totals);
    answer.next.push_back(part.taken->next);
    answer.is_from_cold |= part.is_from_cold;
  }
  return answer;
}

}  // namespace hourglass::cluster
