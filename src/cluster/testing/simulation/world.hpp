#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cluster/log/record.hpp"
#include "cluster/stores/store_fault.hpp"
#include "cluster/testing/simulation/fiber.hpp"
#include "cluster/testing/simulation/random.hpp"
#include "cluster/testing/simulation/weakness.hpp"
#include "ports/clock.hpp"

namespace hourglass::cluster::simulation {

/// Time goes in ticks, so that hours pass within some hundred steps.
inline constexpr std::int64_t kTick = 180'000;  // ms
inline constexpr std::int64_t kTicksPerHour = core::kMillisecondsPerHour / kTick;
inline constexpr std::int64_t kSkew = 2 * kTick;                  // bound on the error of a broker's clock
inline constexpr std::int64_t kWindow = 40 * kTick;               // of keys, in histories
inline constexpr std::int64_t kPatience = 8 * kTick;              // after it a producer gives up
inline constexpr std::int64_t kDisorder = 2 * kSkew + 2 * kTick;  // log time runs back by less

/// Time that passes when the scheduler says so.
class SimulatedClock final : public ports::Clock {
 public:
  explicit SimulatedClock(std::int64_t now) : now_(now) {}

  [[nodiscard]] core::Timestamp now() const override {
    return core::Timestamp{static_cast<std::uint64_t>(now_)};
  }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override {
    return std::chrono::milliseconds{elapsed_};
  }

  [[nodiscard]] std::int64_t milliseconds() const { return now_; }
  [[nodiscard]] core::Hour hour() const { return core::hour_of(now()); }

  void pass(std::int64_t ticks) { now_ += ticks * kTick; }

  /// A step was done, which counts as a millisecond of work.
  void stepped() { ++elapsed_; }

 private:
  std::int64_t now_;
  std::int64_t elapsed_ = 0;
};

/// What happened in histories, to see that they are worth their time.
struct Counts {
  std::uint64_t events = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t duplicates = 0;  // records
  std::uint64_t faults = 0;
  std::uint64_t crashes = 0;
  std::uint64_t hot_lost = 0;
  std::uint64_t hot_rolled_back = 0;
  std::uint64_t revived = 0;
  std::uint64_t dropped = 0;
  std::uint64_t moved = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t strong_answers = 0;
  std::uint64_t strong_refusals = 0;
  std::uint64_t fast_answers = 0;
  std::uint64_t late_answers = 0;  // fast ones that were behind what the replica had told
  std::uint64_t hot_answers = 0;   // by partition
  std::uint64_t cold_answers = 0;
  std::uint64_t day_answers = 0;
  std::uint64_t sets_loaded = 0;  // of users, from the cold store
  std::uint64_t look_ups = 0;     // of single users there, of a batch and a period

  friend bool operator==(const Counts&, const Counts&) = default;

  void add(const Counts& other) {
    events += other.events;
    acknowledged += other.acknowledged;
    duplicates += other.duplicates;
    faults += other.faults;
    crashes += other.crashes;
    hot_lost += other.hot_lost;
    hot_rolled_back += other.hot_rolled_back;
    revived += other.revived;
    dropped += other.dropped;
    moved += other.moved;
    corrupt += other.corrupt;
    strong_answers += other.strong_answers;
    strong_refusals += other.strong_refusals;
    fast_answers += other.fast_answers;
    late_answers += other.late_answers;
    hot_answers += other.hot_answers;
    cold_answers += other.cold_answers;
    day_answers += other.day_answers;
    sets_loaded += other.sets_loaded;
    look_ups += other.look_ups;
  }
};

/// How large a cluster is, and for how long it remembers keys. Histories have these.
struct WorldShape {
  std::uint32_t partitions = 2;
  std::chrono::milliseconds window{kWindow};
};

/// What all parts of a simulated cluster share. One thread; what goes on at once are fibers.
struct World {
  World(std::uint64_t seed, Weakness what, WorldShape shape = {})
      : partitions(shape.partitions), window(shape.window), random(seed), clock(0), weakness(what) {
    // Some hours before the end of a day.
    const auto hour = static_cast<std::int64_t>(480'000 + 20 + random.below(5));
    clock = SimulatedClock((hour * kTicksPerHour + random.between(0, kTicksPerHour - 1)) * kTick);
  }

  [[nodiscard]] bool is(Weakness one) const { return weakness == one; }

  /// Notes that a promise was broken; the first one counts.
  void fail(std::string what) {
    if (!broken)
      broken = std::move(what);
  }

  const std::uint32_t partitions;
  const std::chrono::milliseconds window;  // of keys
  Random random;
  Fibers fibers;
  SimulatedClock clock;
  Weakness weakness;
  Counts counts;
  bool is_calm = false;         // no more faults: everything comes to its end
  std::uint64_t hot_epoch = 0;  // grows when the hot store loses data or gets other data
  std::uint64_t steps = 0;
  std::optional<std::string> broken;
};

/// Lets others go on before a call to a store has its effect, which is one step for all others.
inline void reach(World& world) {
  world.fibers.pause();
}

}  // namespace hourglass::cluster::simulation
