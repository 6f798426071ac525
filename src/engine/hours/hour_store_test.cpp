// The counts of all hours against plain sets: spills, merges, sealing, bounded memory, freezing, restarts.

#include "engine/hours/hour_store.hpp"

#include <cerrno>
#include <deque>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kNow = 1'700'000'000'000;
constexpr std::uint64_t kHour = core::kMillisecondsPerHour;

struct PlainHour {
  core::Totals totals;
  std::set<std::uint64_t> users;
};

/// A store of hours as the engine drives it: every event becomes a record, and after a restart the records
/// behind the runs are counted again.
class HourStoreTest : public ::testing::Test {
 protected:
  struct Recorded {
    core::Hour hour;
    std::uint64_t user;
    bool is_new;
    core::Timestamp time;
  };

  void open() {
    work_.clear();
    store_.reset();
    board_ = std::make_unique<TotalsBoard>();
    const Executor executor = [this](std::function<void()> work) {
      if (deferred_)
        work_.push_back(std::move(work));
      else
        work();
    };
    auto opened = HourStore::open(files_, "/hours", identity_, settings_, {executor, executor});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    for (std::uint64_t i = store_->covered().record.value(); i < log_.size(); ++i) {
      ASSERT_TRUE(store_->take_in(log_[i].hour));
      store_->count(log_[i].hour, core::Kind::click, log_[i].user, log_[i].is_new,
                    std::chrono::milliseconds{now_});
    }
    ASSERT_TRUE(store_->keep_current_hours(core::Timestamp{now_}));
    publish();
  }

  void post(std::uint64_t hour, std::uint64_t user) {
    advance();
    const auto is_new = store_->is_new(core::Hour{hour}, user);
    ASSERT_TRUE(is_new) << is_new.error().message;
    ASSERT_EQ(*is_new, plain_[hour].users.insert(user).second);
    store_->count(core::Hour{hour}, core::Kind::click, user, *is_new, std::chrono::milliseconds{now_});
    log_.push_back({core::Hour{hour}, user, *is_new, core::Timestamp{now_}});
    plain_[hour].totals.add({*is_new ? 1U : 0U, 1, 0});
    publish();
  }

  void advance() {
    const LogPosition position{RecordNumber{log_.size()}, Sequence{log_.size() + 1}, core::Timestamp{now_}};
    const auto advanced = store_->advance(position, {core::Timestamp{now_}, std::chrono::milliseconds{now_}});
    if (!may_fail_) {
      ASSERT_TRUE(advanced) << advanced.error().message;
    }
  }

  void publish() { board_->publish(store_->take_changes()); }

  void check() {
    for (const auto& [hour, expected] : plain_) {
      const auto reading = board_->read(core::Hour{hour});
      ASSERT_TRUE(reading) << reading.error().message;
      ASSERT_EQ(reading->totals, expected.totals) << "hour " << hour;
    }
  }

  ports::Source source(std::uint64_t hour) { return board_->read(core::Hour{hour})->source; }

  std::mt19937_64 random_{base::test_seed()};
  SimulatedFileSystem files_;
  StoreIdentity identity_ = StoreIdentity::random();
  HourStoreSettings settings_;
  std::uint64_t now_ = kNow;
  bool deferred_ = false;
  bool may_fail_ = false;
  std::deque<std::function<void()>> work_;
  std::unique_ptr<TotalsBoard> board_;
  std::unique_ptr<HourStore> store_;
  std::vector<Recorded> log_;
  std::map<std::uint64_t, PlainHour> plain_;
};

TEST_F(HourStoreTest, AgreesWithPlainSetsAcrossSpillsMergesSealingAndRestarts) {
  settings_.unsaved_bytes = 4'000;
  settings_.memory_bytes = 30'000;
  open();
  for (int step = 0; step < 20'000 && !HasFatalFailure(); ++step) {
    const std::uint64_t current = now_ / kHour;
    const std::uint64_t hour = random_() % 10 < 7 ? current : current - random_() % 60;
    post(hour, (random_() % 400) * 0x9E3779B97F4A7C15ULL);
    now_ += random_() % 60'000;
    if (random_() % 1'000 == 0) {
      check();
      open();
      check();
    }
    ASSERT_LE(store_->table().bytes(), 30'000U + 2 * 4'000U + 400U);
  }
  check();
  EXPECT_LE(store_->runs().runs().size(), 17U);
}

TEST_F(HourStoreTest, OnlyHoursThatEndedAndRestAreSealed) {
  open();
  const std::uint64_t hour = now_ / kHour;
  post(hour, 1);
  EXPECT_EQ(source(hour), ports::Source::hot);
  now_ = (hour + 1) * kHour + 5 * 60'000;  // over, but not for long
  post(hour + 1, 1);
  EXPECT_EQ(source(hour), ports::Source::hot);
  for (int minute = 0; minute < 12; ++minute, now_ += 60'000)
    post(hour + 1, 1);
  EXPECT_EQ(source(hour), ports::Source::cold);
  EXPECT_EQ(source(hour + 1), ports::Source::hot);
  EXPECT_FALSE(store_->table().holds(core::Hour{hour}));
  post(hour, 1);  // late, and known already
  post(hour, 2);  // late and new
  EXPECT_EQ(source(hour), ports::Source::cold);
  check();
  open();
  check();
  EXPECT_EQ(source(hour + 1), ports::Source::hot) << "the current hour is kept in memory";
}

TEST_F(HourStoreTest, OneEventToEachOfManyHoursTakesBoundedMemory) {
  settings_.unsaved_bytes = 400'000;
  settings_.memory_bytes = 2'000'000;
  open();
  for (std::uint64_t hour = 0; hour < 20'000; ++hour) {
    post(hour * 7 % 20'000, hour);
    ASSERT_LE(store_->table().bytes(), 2'000'000U + 3 * HourTable::kBytesPerHour);
  }
  check();
}

TEST_F(HourStoreTest, AnHourWithMoreUsersThanFitStaysExact) {
  settings_.unsaved_bytes = 60'000;
  settings_.memory_bytes = 400'000;  // 20 000 users
  open();
  const std::uint64_t hour = now_ / kHour;
  for (int i = 0; i < 60'000; ++i)
    post(hour, (random_() % 50'000) * 0x9E3779B97F4A7C15ULL);
  EXPECT_GT(plain_[hour].users.size(), 30'000U);
  EXPECT_LE(store_->table().bytes(), 400'000U + 2 * 60'000U);
  EXPECT_EQ(source(hour), ports::Source::cold) << "the runs are asked for its users";
  check();
  open();
  check();
}

TEST_F(HourStoreTest, AFullDiskForgetsNothingAndEndsInIsFull) {
  settings_.unsaved_bytes = 2'000;
  may_fail_ = true;
  open();
  files_.fail_all(ENOSPC);
  std::uint64_t user = 0;
  while (!store_->is_full() && user < 1'000)
    post(now_ / kHour, ++user);
  EXPECT_LT(user, 400U) << "memory is bounded";
  check();
  files_.fail_all(0);
  for (int i = 0; i < 4; ++i, now_ += 6'000)
    advance();
  EXPECT_FALSE(store_->is_full());
  may_fail_ = false;
  post(now_ / kHour, ++user);
  check();
  open();
  check();
}

TEST_F(HourStoreTest, ReadersSeeEveryUserWhileARunIsBeingWritten) {
  settings_.unsaved_bytes = 3'000;
  deferred_ = true;
  open();
  for (int step = 0; step < 5'000; ++step) {
    post(now_ / kHour - random_() % 3, random_() % 2'000);
    const bool must_finish = store_->table().unsaved_bytes() >= 2'900;  // the writer would wait for it
    while (!work_.empty() && (must_finish || random_() % 20 == 0)) {
      work_.front()();
      work_.pop_front();
    }
    if (step % 100 == 0)
      check();
  }
  while (!work_.empty()) {
    work_.front()();
    work_.pop_front();
  }
}

TEST_F(HourStoreTest, FrozenHoursKeepTheirTotalsAndLoseTheirUsers) {
  settings_.unsaved_bytes = 4'000;
  open();
  const std::uint64_t first = now_ / kHour;
  for (std::uint64_t hour = first; hour < first + 20; ++hour, now_ += kHour) {
    for (std::uint64_t user = 0; user < 2'000; ++user)
      post(hour, user * 0x9E3779B97F4A7C15ULL);
  }
  const std::uint64_t before = store_->runs().bytes_on_disk();
  store_->freeze(core::Hour{first + 15}, RecordNumber{log_.size()});
  for (int i = 0; i < 40; ++i, now_ += 60'000)
    post(first + 19, i);
  EXPECT_LT(store_->runs().bytes_on_disk(), before / 2);
  check();
  open();
  EXPECT_EQ(store_->frozen_before(), core::Hour{first + 15});
  check();
}

TEST_F(HourStoreTest, ADamagedPageConcernsItsHoursOnly) {
  open();
  const std::uint64_t first = now_ / kHour;
  for (std::uint64_t hour = first; hour < first + 8; ++hour) {
    for (std::uint64_t user = 0; user < 2'000; ++user)
      post(hour, user * 0x9E3779B97F4A7C15ULL);
  }
  now_ += 100 * kHour;
  post(first + 100, 1);
  advance();
  now_ += 20'000;
  advance();
  publish();
  ASSERT_EQ(store_->runs().runs().size(), 1U);
  const auto run = store_->runs().runs().front();
  const std::size_t page = run->page_of(core::Hour{first + 2}, 0);
  files_.content(run->path())[128 + page * kHourPageSize + 50] ^= 1;
  std::size_t damaged = 0;
  for (std::uint64_t hour = first; hour < first + 8; ++hour) {
    const auto reading = board_->read(core::Hour{hour});
    damaged += reading ? 0 : 1;
    if (!reading) {
      EXPECT_EQ(reading.error().reason, StoreFailure::Reason::damaged);
      EXPECT_FALSE(store_->is_new(core::Hour{hour}, 5));
    } else {
      EXPECT_EQ(reading->totals, plain_[hour].totals);
    }
  }
  EXPECT_EQ(damaged, 1U);
}

TEST_F(HourStoreTest, TheUsersOfAnySetOfHoursAreCountedExactly) {
  settings_.unsaved_bytes = 4'000;
  settings_.memory_bytes = 40'000;
  open();
  const std::uint64_t first = now_ / kHour;
  for (int i = 0; i < 30'000; ++i)
    post(first + random_() % 30, (random_() % 3'000) * 0x9E3779B97F4A7C15ULL);
  for (int round = 0; round < 30; ++round) {
    std::set<core::Hour> hours;
    std::set<std::uint64_t> expected;
    for (std::size_t i = 0; i < random_() % 30; ++i)
      hours.insert(core::Hour{first - 2 + random_() % 34});
    for (const core::Hour hour : hours)
      expected.insert(plain_[hour.value()].users.begin(), plain_[hour.value()].users.end());
    const auto users = store_->users_of({hours.begin(), hours.end()});
    ASSERT_TRUE(users);
    ASSERT_EQ(*count_unique_users(*users), expected.size());
  }
}

}  // namespace
}  // namespace hourglass::engine
