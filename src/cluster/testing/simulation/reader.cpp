#include "cluster/testing/simulation/reader.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster::simulation {
namespace {

constexpr std::uint64_t kStrongPatience = 700;  // steps
constexpr std::uint64_t kFastPatience = 500;
constexpr std::size_t kMostRemembered = 6;

}  // namespace

void Told::add(core::Hour hour, const Answer& answer) {
  auto& answers = answers_[hour];
  answers.push_back(answer);
  if (answers.size() > kMostRemembered)
    answers.erase(answers.begin());
}

Reader::Reader(World& world, Servers& servers, const Clients& clients, Told& told)
    : world_(world),
      servers_(servers),
      clients_(clients),
      told_(told),
      hot_(world, servers.hot),
      cold_(world, servers.cold),
      answered_(world.partitions),
      last_ends_(world.partitions) {}

void Reader::step() {
  if (!fiber_ || fiber_->has_ended()) {
    const bool is_strong = world_.random.percent(50);
    const core::Hour hour = choose_hour();
    const bool is_day = world_.random.percent(10);
    fiber_ = std::make_unique<Fiber>(world_.fibers, [this, hour, is_strong, is_day] {
      is_day ? read_day(day_period(hour), is_strong) : read_hour(hour, is_strong);
    });
  }
  fiber_->resume();
}

core::Hour Reader::choose_hour() {
  const auto now = static_cast<std::int64_t>(world_.clock.hour().value());
  const std::int64_t back = world_.random.percent(50) ? 0 : world_.random.between(-2, 5);
  return core::Hour{static_cast<std::uint64_t>(now - back)};
}

void Reader::restart() {
  fiber_.reset();
  answered_.assign(world_.partitions, Offset{0});
  last_ends_.assign(world_.partitions, Offset{0});
  seen_.clear();
}

core::Totals Reader::read_now(core::Hour hour) {
  restart();
  read_hour(hour, false);
  return last_answer_;
}

std::vector<Offset> Reader::ask_ends() {
  std::vector<Offset> ends;
  for (const PartitionHistory& log : servers_.logs) {
    reach(world_);
    ends.push_back(log.end());
  }
  return ends;
}

void Reader::read_hour(core::Hour hour, bool is_strong) {
  const std::size_t acknowledged = clients_.acknowledged().size();
  const std::uint64_t began = world_.steps;
  const std::uint64_t epoch = world_.hot_epoch;
  (void)hot_.take_failure();
  const std::vector<Offset> barrier = barrier_of(is_strong);
  HourRead read(hour, world_.partitions);
  if (!world_.is(is_strong ? Weakness::barrier_ignored : Weakness::no_mark))
    read.require(barrier);
  const Outcome outcome = ask(read, is_strong);
  if (outcome == Outcome::refused || world_.broken) {
    ++world_.counts.strong_refusals;
    return;
  }
  const HourRead::Answer answer = read.answer();
  if (answer.totals != truth(hour_period(hour), answer.next))
    world_.fail("an answer differs from the log: " + text_of(answer.totals));
  if (is_strong)
    check_strong(hour_period(hour), barrier, acknowledged, answer.totals, answer.next);
  // A server that does not answer makes others answer, which may be further or less far.
  const bool is_comparable = !hot_.take_failure();
  if (outcome == Outcome::answered)
    check_order(hour, answer.totals, is_comparable ? began : 0, epoch);
  seen_[hour] = answer.totals;
  if (is_comparable)
    told_.add(hour, {world_.steps, epoch, answer.totals});
  last_answer_ = answer.totals;
  for (std::size_t index = 0; index < world_.partitions; ++index)
    answered_[index] = std::max(answered_[index], answer.next[index]);
  ++(is_strong ? world_.counts.strong_answers : world_.counts.fast_answers);
  world_.counts.late_answers += outcome == Outcome::late ? 1 : 0;
}

std::vector<Offset> Reader::barrier_of(bool is_strong) {
  if (!is_strong)
    return answered_;
  std::vector<Offset> ends = ask_ends();
  return world_.is(Weakness::barrier_of_before) ? std::exchange(last_ends_, ends) : ends;
}

/// As the service of reads does it: the hot store, then the cold one for what that has not, and again.
Reader::Outcome Reader::ask(HourRead& read, bool is_strong) {
  const std::uint64_t deadline = world_.steps + (is_strong ? kStrongPatience : kFastPatience);
  while (!world_.broken) {
    const bool asks_cold = read.needs_cold();
    asks_cold ? ask_cold(read) : ask_hot(read);
    if (read.is_done())
      return Outcome::answered;
    if (!world_.is_calm && world_.steps >= deadline && is_strong)
      return Outcome::refused;
    if (!world_.is_calm && world_.steps >= deadline && read.has_answer())
      return Outcome::late;
  }
  return Outcome::refused;
}

void Reader::ask_hot(HourRead& read) {
  const std::vector<core::Hour> hours{read.hour()};
  const auto answers = hot_.read(hours);
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    const Partition partition{index};
    const HotHour totals = answers[index] ? answers[index]->front() : std::nullopt;
    read.offer_hot(partition, totals);
    if (totals)
      check_part("hot", hour_period(read.hour()), partition, *totals);
    ++(totals ? world_.counts.hot_answers : world_.counts.cold_answers);
  }
}

void Reader::ask_cold(HourRead& read) {
  const Period period = hour_period(read.hour());
  cold_.expect(period);
  if (const auto progress = cold_.progress()) {
    if (const auto totals = cold_.totals(period)) {
      for (std::uint32_t index = 0; index < world_.partitions; ++index) {
        const Partition partition{index};
        check_part("cold", period, partition, (*totals)[index]);
        if (read.needs_cold(partition))
          read.offer_cold(partition, (*progress)[index], (*totals)[index]);
      }
    }
  }
  read.ask_again();
}

/// Days are in the cold store only.
void Reader::read_day(Period day, bool is_strong) {
  const std::size_t acknowledged = clients_.acknowledged().size();
  const std::vector<Offset> barrier = is_strong ? ask_ends() : std::vector<Offset>(world_.partitions);
  const std::uint64_t deadline = world_.steps + kStrongPatience;
  cold_.expect(day);
  while (world_.steps < deadline && !world_.broken) {
    const auto progress = cold_.progress();
    if (!progress || !std::equal(barrier.begin(), barrier.end(), progress->begin(), std::less_equal<>()))
      continue;
    const auto totals = cold_.totals(day);
    if (!totals)
      continue;
    core::Totals sum;
    std::vector<Offset> next;
    for (std::uint32_t index = 0; index < world_.partitions; ++index) {
      check_part("cold", day, Partition{index}, (*totals)[index]);
      sum.add((*totals)[index].totals);
      next.push_back(std::max((*progress)[index], (*totals)[index].next));
    }
    if (sum != truth(day, next))
      world_.fail("the answer of a day differs from the log: " + text_of(sum));
    if (is_strong)
      check_strong(day, barrier, acknowledged, sum, next);
    ++world_.counts.day_answers;
    return;
  }
}

core::Totals Reader::truth(Period period, const std::vector<Offset>& next) const {
  core::Totals sum;
  for (std::size_t index = 0; index < world_.partitions; ++index)
    sum.add(servers_.logs[index].totals(period, next[index]));
  return sum;
}

void Reader::check_part(const char* source, Period period, Partition partition, const PartialTotals& totals) {
  const core::Totals expected = servers_.logs[partition.value()].totals(period, totals.next);
  if (totals.totals == expected)
    return;
  world_.fail(std::string(source) + " store, partition " + std::to_string(partition.value()) + ", " +
              (period.unit == Period::Unit::hour ? "hour " : "day ") + std::to_string(period.index) +
              ", next " + std::to_string(totals.next.value()) + ": " + text_of(totals.totals) +
              " instead of " + text_of(expected));
}

void Reader::check_strong(Period period, const std::vector<Offset>& ends, std::size_t acknowledged,
                          const core::Totals& totals, const std::vector<Offset>& next) {
  if (exceeds(truth(period, ends), totals))
    world_.fail("a strong read misses what was in the log before: " + text_of(totals));
  for (std::size_t index = 0; index < acknowledged; ++index) {
    const auto& [partition, intention] = clients_.acknowledged()[index];
    const auto first = servers_.logs[partition.value()].first_of(intention);
    if (!first || *first >= next[partition.value()])
      world_.fail("a strong read misses an event that was acknowledged before");
  }
}

/// `began`: 0 where the answer is not to be compared with those of other replicas.
void Reader::check_order(core::Hour hour, const core::Totals& totals, std::uint64_t began,
                         std::uint64_t epoch) {
  if (const auto before = seen_.find(hour); before != seen_.end() && exceeds(before->second, totals))
    world_.fail("numbers went back: " + text_of(before->second) + ", then " + text_of(totals));
  if (epoch != world_.hot_epoch)
    return;
  for (const Told::Answer& other : told_.of(hour)) {
    if (other.step < began && other.epoch == epoch && exceeds(other.totals, totals))
      world_.fail("another replica had told more: " + text_of(other.totals) + ", then " + text_of(totals));
  }
}

}  // namespace hourglass::cluster::simulation
