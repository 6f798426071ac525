#include "cluster/testing/simulation/clients.hpp"

#include <algorithm>
#include <cstring>

namespace hourglass::cluster::simulation {
namespace {

constexpr std::size_t kReplicas = 2;
constexpr std::uint64_t kUsers = 9;
constexpr std::uint64_t kMostSentAtOnce = 3;

KeyDigest digest_of(std::size_t key) {
  KeyDigest digest{};
  const std::uint64_t bits = Random(key).bits();
  std::memcpy(digest.data(), &bits, sizeof(bits));
  return digest;
}

}  // namespace

Clients::Clients(World& world, std::vector<PartitionHistory>& logs)
    : world_(world), logs_(logs), clock_errors_(world.partitions) {
  for (std::size_t count = 0; count < kReplicas; ++count)
    replicas_.push_back(make_replica());
}

Clients::Replica Clients::make_replica() {
  return {BootId{world_.random.bits() | 1U},
          std::vector<std::uint64_t>(world_.partitions),
          {},
          std::vector<std::vector<Queued>>(world_.partitions)};
}

void Clients::send() {
  const std::int64_t now = world_.clock.milliseconds();
  const auto due =
      std::find_if(retries_.begin(), retries_.end(), [&](const Retry& retry) { return retry.due <= now; });
  if (due == retries_.end())
    return submit(new_request());
  const Request request = due->request;
  retries_.erase(due);
  Key& key = keys_[request.key];
  --key.open;
  // Behind its window a key would be taken for a new one, which no client may expect.
  if (key.landed < 0 || now - key.landed < world_.window.count() * 4 / 10)
    submit(request);
}

Clients::Request Clients::new_request() {
  Random& random = world_.random;
  Request request;
  request.intention = ++last_intention_;
  request.user = random.below(kUsers);
  const auto now = static_cast<std::int64_t>(world_.clock.hour().value());
  const std::uint64_t when = random.below(100);
  const std::int64_t hour = when < 70   ? now
                            : when < 90 ? now - random.between(1, 7)
                                        : now + random.between(1, 3);
  request.hour = core::Hour{static_cast<std::uint64_t>(hour)};
  request.kind = random.percent(50) ? core::Kind::click : core::Kind::impression;
  if (random.percent(40)) {
    request.key = choose_key(request.user);
    request.tries_left = static_cast<unsigned>(random.below(4));
  }
  return request;
}

/// A new key, or one whose window has passed: then it stands for a new intention.
std::size_t Clients::choose_key(std::uint64_t& user) {
  if (!keys_.empty() && world_.random.percent(30)) {
    const std::size_t index = world_.random.below(keys_.size());
    const Key& key = keys_[index];
    const bool is_in_copies =
        std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) { return copy.key == index; });
    const std::int64_t forgotten = key.landed + world_.window.count() + 2 * kDisorder + kPatience;
    if (key.landed >= 0 && world_.clock.milliseconds() > forgotten && key.open == 0 && !is_in_copies) {
      user = key.user;
      return index;
    }
  }
  keys_.push_back({user});
  return keys_.size() - 1;
}

void Clients::submit(const Request& request) {
  Replica& replica = world_.random.pick(replicas_);
  const Partition partition{static_cast<std::uint32_t>(request.user % world_.partitions)};
  CountedEvent event{{replica.boot, ++replica.sequences[partition.value()]},
                     std::nullopt,
                     request.hour,
                     request.kind,
                     UserId{request.user}};
  if (request.key != kNoKey) {
    event.key = digest_of(request.key);
    ++keys_[request.key].open;
  }
  replica.numbered.push_back({world_.clock.milliseconds(), partition, event, request});
  if (world_.is(Weakness::ack_early))
    acknowledge(replica.numbered.back());
}

void Clients::acknowledge(const Queued& queued) {
  acknowledged_.push_back({queued.partition, queued.request.intention});
}

/// Clients try again after errors, and where the answer was lost on its way.
void Clients::answer(const Queued& queued, bool is_persisted) {
  if (is_persisted && !world_.is(Weakness::ack_early))
    acknowledge(queued);
  const Request& request = queued.request;
  if (request.key == kNoKey)
    return;
  --keys_[request.key].open;
  if (world_.is_calm || request.tries_left == 0 || (is_persisted && !world_.random.percent(30)))
    return;
  Retry retry{world_.clock.milliseconds() + world_.random.between(0, world_.window.count() * 35 / 100),
              request};
  retry.request.tries_left -= 1;
  if (world_.random.percent(30))
    retry.request.hour = core::Hour{request.hour.value() + world_.random.below(3)};
  ++keys_[request.key].open;
  retries_.push_back(retry);
}

void Clients::give_up(std::vector<Queued>& waiting) {
  const std::int64_t limit = world_.clock.milliseconds() - kPatience;
  const auto kept = std::stable_partition(waiting.begin(), waiting.end(),
                                          [&](const Queued& queued) { return queued.since >= limit; });
  const std::vector<Queued> stuck(kept, waiting.end());
  waiting.erase(kept, waiting.end());
  for (const Queued& queued : stuck)
    answer(queued, false);
}

void Clients::produce() {
  Random& random = world_.random;
  Replica& replica = random.pick(replicas_);
  give_up(replica.numbered);
  if (!replica.numbered.empty()) {
    const std::size_t index = random.percent(30) ? random.below(replica.numbered.size()) : 0;
    const auto chosen = replica.numbered.begin() + static_cast<std::ptrdiff_t>(index);
    replica.queues[chosen->partition.value()].push_back(*chosen);
    replica.numbered.erase(chosen);
  }
  std::vector<Queued>& queue = random.pick(replica.queues);
  give_up(queue);
  if (!queue.empty())
    deliver(queue);
}

void Clients::deliver(std::vector<Queued>& queue) {
  Random& random = world_.random;
  const auto count =
      static_cast<std::ptrdiff_t>(1 + random.below(std::min<std::size_t>(kMostSentAtOnce, queue.size())));
  const std::vector<Queued> sent(queue.begin(), queue.begin() + count);
  const std::uint64_t outcome = random.below(100);
  const bool is_answered = outcome < 70;
  const bool is_appended = outcome < 80;  // without an answer it stays queued, and is sent again
  const bool is_delayed = !is_appended && outcome < 84;
  if (is_answered)
    queue.erase(queue.begin(), queue.begin() + count);
  for (const Queued& queued : sent) {
    if (is_appended)
      append(queued.partition, queued.event, queued.request.intention, queued.request.key);
    if (is_answered)
      answer(queued, true);
    if (is_delayed)
      copies_.push_back({world_.clock.milliseconds() + random.between(0, kPatience - 1), queued.partition,
                         queued.event, queued.request.intention, queued.request.key});
  }
}

void Clients::append(Partition partition, const CountedEvent& event, Intention intention, std::size_t key) {
  const LogTime time = log_time(partition);
  logs_[partition.value()].append(time, event, intention);
  if (key != kNoKey)
    keys_[key].landed = std::max(keys_[key].landed, time.value());
}

void Clients::arrive() {
  const std::int64_t now = world_.clock.milliseconds();
  for (std::size_t index = 0; index < copies_.size();) {
    if (copies_[index].due > now) {
      ++index;
      continue;
    }
    const Copy copy = copies_[index];
    copies_.erase(copies_.begin() + static_cast<std::ptrdiff_t>(index));
    append(copy.partition, copy.event, copy.intention, copy.key);
  }
}

void Clients::lose_replica() {
  Replica& replica = world_.random.pick(replicas_);
  const Replica lost = std::exchange(replica, make_replica());
  for (const Queued& queued : lost.numbered)
    answer(queued, false);
  for (const auto& queue : lost.queues) {
    for (const Queued& queued : queue)
      answer(queued, false);
  }
}

void Clients::change_leader(Partition partition) {
  clock_errors_[partition.value()] = world_.random.between(-kSkew, kSkew);
}

LogTime Clients::log_time(Partition partition) const {
  return LogTime{world_.clock.milliseconds() + clock_errors_[partition.value()]};
}

void Clients::finish() {
  retries_.clear();
  const auto is_under_way = [&] {
    return !copies_.empty() || std::any_of(replicas_.begin(), replicas_.end(), [](const Replica& replica) {
      const bool has_queued = std::any_of(replica.queues.begin(), replica.queues.end(),
                                          [](const auto& queue) { return !queue.empty(); });
      return has_queued || !replica.numbered.empty();
    });
  };
  constexpr int kProducedInATick = 6;
  while (is_under_way()) {
    world_.clock.pass(1);
    arrive();
    for (int count = 0; count < kProducedInATick; ++count)
      produce();
  }
}

}  // namespace hourglass::cluster::simulation
