#include "cluster/testing/simulation/simulated_log.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster::simulation {
namespace {

constexpr std::uint64_t kMostFetched = 7;
constexpr std::uint64_t kFaults = 1;  // of a hundred calls

tl::unexpected<StoreFault> broker_fault() {
  return store_fault(Remedy::retry, "the broker does not answer");
}

tl::unexpected<StoreFault> out_of_range() {
  return store_fault(Remedy::retry, "the offset is out of range");
}

}  // namespace

bool SimulatedLog::fails() {
  reach(world_);
  return !world_.is_calm && world_.random.percent(kFaults);
}

Offset SimulatedLog::first() const {
  return world_.is(Weakness::skipping) ? Offset{0} : history_.first();
}

std::optional<Record> SimulatedLog::read(Offset offset) const {
  std::optional<Record> record = history_.at(offset);
  if (!record || !record->event)
    return record;
  if (world_.is(Weakness::no_keys))
    record->event->key.reset();
  if (world_.is(Weakness::no_identities))
    record->event->identity.sequence = static_cast<std::uint64_t>(offset.value()) + 1;
  return record;
}

StoreResult<void> SimulatedLog::seek(Offset offset) {
  position_.reset();
  if (offset < first() || offset > history_.end())
    return out_of_range();
  position_ = offset;
  return {};
}

StoreResult<Fetched> SimulatedLog::fetch(std::size_t most, std::chrono::milliseconds /*wait*/) {
  std::optional<Offset> from = std::exchange(position_, std::nullopt);
  if (fails())
    return broker_fault();
  if (!from)
    return store_fault(Remedy::retry, "no place was sought");
  if (world_.is(Weakness::skipping))
    from = std::max(*from, history_.first());
  if (*from < first())
    return out_of_range();
  const std::uint64_t few = world_.is_calm ? 1'000 : 1 + world_.random.below(kMostFetched);
  const auto end = std::min(history_.end(), Offset{from->value() + static_cast<std::int64_t>(few)});
  Fetched fetched{{}, *from, history_.end()};
  while (fetched.next < end && fetched.records.size() < most) {
    if (const auto record = read(fetched.next))
      fetched.records.push_back(*record);
    fetched.next = Offset{fetched.next.value() + 1};
  }
  position_ = fetched.next;
  return fetched;
}

StoreResult<LogRange> SimulatedLog::range() {
  if (fails())
    return broker_fault();
  return LogRange{first(), history_.end()};
}

StoreResult<std::optional<Record>> SimulatedLog::record_at(Offset offset) {
  if (fails())
    return broker_fault();
  if (offset < first() || offset >= history_.end())
    return std::nullopt;
  return read(offset);
}

void SimulatedLog::commit(Offset /*next*/) {}

}  // namespace hourglass::cluster::simulation
