#include "engine/testing/simulation.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>
#include <utility>
#include <vector>

namespace hourglass::engine {
namespace {

using Lane = DeferredWork::Lane;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class History {
 public:
  History(std::uint64_t seed, const Machine& machine)
      : random_(seed), store_(draw_settings(), machine, random_()) {
    users_ = 1 + below(chance(50) ? 12 : 300);
    keys_ = 4 + below(200);
    steps_ = 30 + below(60);
    troubles_ = chance(20) ? 0 : 1 + below(20);
    store_.work().set_deferred(Lane::quick, chance(40));
    store_.work().set_deferred(Lane::slow, chance(60));
  }

  void run() {
    open();
    for (std::uint64_t step = 0; step < steps_; ++step) {
      if (!store_.is_open())
        reopen();
      else if (below(100) < troubles_)
        make_trouble();
      else
        go_on();
      look_around();
    }
    if (!store_.is_open())
      open();
    store_.settle();
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  StoreSettings draw_settings() {
    StoreSettings settings;
    settings.log = {1024 + below(6000), 1024};
    settings.spill_bytes = 500 + below(6000);
    settings.keys.keys_in_memory = 3 + below(60);
    if (chance(50))
      settings.keys.window = hours{1 + below(48)};
    settings.hours.unsaved_bytes = 800 + below(10'000);
    settings.hours.memory_bytes = 1000 + below(40'000);
    settings.hours.rest = minutes{below(20)};
    settings.hours.merged_bytes = kHourPageSize * (2 + below(chance(50) ? 6 : 60));
    if (chance(25))
      settings.retention.age = hours{1 + below(100)};
    if (chance(15))
      settings.retention.bytes = 2000 + below(10'000);
    return settings;
  }

  /// Near the present mostly, within some hours of the past otherwise, or anywhere.
  std::uint64_t draw_timestamp() {
    const std::uint64_t now = store_.clock().now().value();
    const std::uint64_t hour = core::kMillisecondsPerHour;
    switch (below(10)) {
      case 0: return now - below(20) * hour;
      case 1: return now - below(1000) * hour;
      case 2: return now + below(5) * hour;
      case 3: return kFirstLateHour * hour + below(3 * hour);
      default: return now - below(hour / 4);
    }
  }

  PlainEvent draw_event() {
    PlainEvent event;
    event.timestamp = draw_timestamp();
    event.user = static_cast<std::uint32_t>(below(users_));
    event.kind = chance(60) ? core::Kind::click : core::Kind::impression;
    if (chance(50))
      event.key = static_cast<std::uint32_t>(below(keys_));
    return event;
  }

  std::vector<PlainSubmission> draw_submissions() {
    std::vector<PlainSubmission> submissions(chance(60) ? 1 : 1 + below(6));
    const std::uint64_t most = chance(10) ? 60 : 6;
    for (PlainSubmission& submission : submissions) {
      submission.resize(1 + below(most));
      for (PlainEvent& event : submission)
        event = sent_.empty() || !chance(10) ? draw_event() : sent_[below(sent_.size())];
      if (sent_.size() < 500)
        sent_.insert(sent_.end(), submission.begin(), submission.end());
    }
    return submissions;
  }

  void go_on() {
    switch (below(16)) {
      case 0: store_.clock().pass(minutes{below(200)}); break;
      case 1: store_.clock().pass(hours{below(40)}); break;
      case 2:
      case 3: store_.clock().pass(seconds{below(120)}); break;
      case 4: jump(); break;
      case 5:
      case 6: store_.tick(); break;
      case 7: store_.run_background(chance(50) ? Lane::quick : Lane::slow); break;
      case 8: store_.run_background(); break;
      case 9:
        if (chance(20))
          store_.settle();
        break;
      default: store_.commit(draw_submissions()); break;
    }
    store_.clock().pass(milliseconds{below(5000)});
  }

  void jump() {
    const std::uint64_t now = store_.clock().now().value();
    const std::uint64_t distance = below(60) * core::kMillisecondsPerHour;
    store_.clock().jump_to(chance(50) ? now + distance : now - distance / 4);
  }

  /// Something that changes files.
  void do_something() {
    switch (below(6)) {
      case 0: store_.tick(); break;
      case 1: store_.run_background(); break;
      default: store_.commit(draw_submissions()); break;
    }
  }

  void make_trouble() {
    switch (below(8)) {
      case 0: store_.close(); break;
      case 1: store_.kill(); break;
      case 2: store_.cut_power(); break;
      case 3:
        store_.fail_read(1 + below(6));
        do_something();
        break;
      case 4:
        store_.set_disk(chance(50) ? CheckedStore::Disk::full : CheckedStore::Disk::below_reserve);
        disk_lasts_ = 1 + below(10);
        break;
      case 5: break_off(); break;
      default:
        store_.fail_call(1 + below(chance(50) ? 4 : 40), chance(50) ? EIO : ENOSPC);
        do_something();
        break;
    }
  }

  /// The end comes in the middle of something.
  void break_off() {
    store_.fail_from(1 + below(chance(50) ? 4 : 40));
    if (!store_.work().empty(Lane::slow) && chance(60))
      store_.run_background(Lane::slow);
    else
      do_something();
    if (store_.is_open() && chance(25))
      store_.kill();
    else
      store_.cut_power();
  }

  void open() {
    while (!store_.open()) {
    }
  }

  /// Opening fails and ends in the middle like everything else.
  void reopen() {
    while (!store_.is_open()) {
      if (below(100) < troubles_)
        store_.fail_call(1 + below(12), chance(50) ? EIO : ENOSPC);
      else if (below(100) < troubles_)
        store_.fail_read(1 + below(20));
      else if (below(100) < troubles_)
        store_.fail_from(1 + below(12));
      if (!store_.open() && chance(50))
        chance(70) ? store_.cut_power() : store_.kill();
    }
  }

  void look_around() {
    if (disk_lasts_ > 0 && --disk_lasts_ == 0)
      store_.set_disk(CheckedStore::Disk::roomy);
    if (!store_.is_open())
      return;
    const auto known = store_.plain().hours();
    for (std::uint64_t i = 0; i < 3 && !known.empty(); ++i)
      store_.check_hour(known[below(known.size())]);
    store_.check_hour(core::Hour{below(1'000'000)});
    if (chance(5))
      store_.check_kept_events();
  }

  static constexpr std::uint64_t kFirstLateHour = 470'000;  // of a few into which many late events fall

  std::mt19937_64 random_;
  CheckedStore store_;
  std::uint64_t users_ = 1;
  std::uint64_t keys_ = 1;
  std::uint64_t steps_ = 0;
  std::uint64_t troubles_ = 0;  // percent of the steps
  std::uint64_t disk_lasts_ = 0;
  std::vector<PlainEvent> sent_;
};

}  // namespace

std::optional<std::string> simulate(std::uint64_t seed, const Machine& machine) {
  try {
    History(seed, machine).run();
  } catch (const BrokenPromise& broken) {
    return broken.what();
  }
  return std::nullopt;
}

}  // namespace hourglass::engine
