#include "engine/store.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/testing/manual_clock.hpp"
#include "engine/testing/recording_log.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

using base::ErrorCode;

constexpr std::uint64_t kNow = 1'700'000'000'000;
constexpr std::uint64_t kHour = core::kMillisecondsPerHour;

class NoOrigin final : public ports::SubmissionOrigin {
 public:
  void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}
};

/// A store over a simulated disk that can be closed, thrown away and opened again.
class StoreTest : public ::testing::Test {
 protected:
  void open() {
    board_ = std::make_unique<TotalsBoard>();
    store_.reset();
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  StoreResult<std::unique_ptr<Store>> try_open() {
    settings_.directory = "/data";
    const Executor at_once = [](const std::function<void()>& work) { work(); };
    return Store::open(settings_, {files_, clock_, log_, {at_once, at_once}, *board_, counters_},
                       [] { return false; });
  }

  static core::Event event(const std::string& user, std::uint64_t timestamp = kNow,
                           core::Kind kind = core::Kind::click, const std::string& key = "") {
    core::Event result{core::Timestamp{timestamp}, *core::User::from_bytes(user), kind, std::nullopt};
    if (!key.empty())
      result.key = *core::IdempotencyKey::from_text(key);
    return result;
  }

  QueuedSubmission queued(std::vector<core::Event> events) {
    QueuedSubmission submission{std::make_unique<ports::Submission>(origin_), {}, 0};
    for (const core::Event& event : events)
      submission.hashes.push_back(hash_event(store_->identity().hash_key, event));
    submission.submission->events = std::move(events);
    return submission;
  }

  /// Commits the events as one submission; its failure, if any.
  std::optional<ErrorCode> commit(std::vector<core::Event> events) {
    std::vector<QueuedSubmission> submissions;
    submissions.push_back(queued(std::move(events)));
    health_ = store_->commit(submissions);
    const auto& failure = submissions[0].submission->failure;
    return failure ? std::optional(failure->code) : std::nullopt;
  }

  core::Totals totals(std::uint64_t timestamp = kNow) {
    return board_->read(core::hour_of(core::Timestamp{timestamp}))->totals;
  }

  SimulatedFileSystem files_;
  ManualClock clock_{kNow};
  RecordingLog log_;
  NoOrigin origin_;
  StoreSettings settings_;
  std::unique_ptr<TotalsBoard> board_ = std::make_unique<TotalsBoard>();
  EngineCounters counters_;
  std::unique_ptr<Store> store_;
  Store::Health health_ = Store::Health::good;
};

TEST_F(StoreTest, CountsEachHourByItself) {
  open();
  EXPECT_FALSE(commit({event("ann"), event("bob"), event("ann", kNow, core::Kind::impression)}));
  EXPECT_FALSE(commit({event("ann", kNow - 500 * kHour)}));
  EXPECT_EQ(totals(), (core::Totals{2, 2, 1}));
  EXPECT_EQ(totals(kNow - 500 * kHour), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(kNow + kHour), core::Totals{});
}

TEST_F(StoreTest, HoldsEverythingAfterItWasOpenedAgain) {
  open();
  commit({event("ann"), event("bob")});
  store_->close();
  open();
  commit({event("ann"), event("eve")});
  open();  // not closed in order
  EXPECT_EQ(totals(), (core::Totals{3, 4, 0}));
}

TEST_F(StoreTest, AKeyCountsOnceWithinTheWindow) {
  open();
  EXPECT_FALSE(
      commit({event("ann", kNow, core::Kind::click, "k"), event("ann", kNow, core::Kind::click, "k")}));
  EXPECT_FALSE(commit({event("ann", kNow + kHour, core::Kind::impression, "k")}));
  EXPECT_FALSE(commit({event("bob", kNow, core::Kind::click, "k")}));
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
  EXPECT_EQ(totals(kNow + kHour), core::Totals{});
  open();
  commit({event("ann", kNow, core::Kind::click, "k")});
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
}

TEST_F(StoreTest, EveryOccurrenceOfAKeyBeginsItsWindowAnew) {
  open();
  const auto again = [&] { commit({event("ann", kNow, core::Kind::click, "k")}); };
  again();
  for (int i = 0; i < 3; ++i) {
    for (int minutes = 0; minutes < 23 * 60; minutes += 30) {
      clock_.pass(std::chrono::minutes{30});
      commit({event("bob", kNow + 99 * kHour)});  // time passes by commits too, never by a jump
    }
    open();
    again();
  }
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  for (int minutes = 0; minutes <= 24 * 60; minutes += 30) {
    commit({event("bob", kNow + 99 * kHour)});
    clock_.pass(std::chrono::minutes{30});
  }
  again();
  EXPECT_EQ(totals(), (core::Totals{1, 2, 0}));
}

TEST_F(StoreTest, ManyKeysMoveToDiskAndStayKnown) {
  settings_.keys.keys_in_memory = 100;
  open();
  const auto post = [&](int i) {
    return commit({event("u", kNow, core::Kind::click, "key" + std::to_string(i))});
  };
  for (int i = 0; i < 3000; ++i)
    ASSERT_FALSE(post(i));
  EXPECT_LE(counters_.keys_in_memory.load(), 2 * settings_.keys.keys_in_memory);
  open();
  EXPECT_LE(counters_.keys_in_memory.load(), 2 * settings_.keys.keys_in_memory);
  for (int i = 0; i < 3000; ++i)
    ASSERT_FALSE(post(i));
  EXPECT_EQ(totals(), (core::Totals{1, 3000, 0}));
  EXPECT_LE(files_.list("/data/keys")->size(), 20U) << "runs are merged";
}

TEST_F(StoreTest, AFullDiskIsADefiniteRefusal) {
  open();
  commit({event("ann")});
  files_.set_space({1000, 1 << 30});
  EXPECT_EQ(commit({event("bob")}), ErrorCode::storage_full);
  EXPECT_EQ(health_, Store::Health::good);
  files_.set_space({1 << 29, 1 << 30});
  EXPECT_FALSE(commit({event("eve")}));
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
  open();
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
}

TEST_F(StoreTest, AFailedWriteOrSyncHasAnUnknownOutcomeAndTheDiskDecides) {
  open();
  for (const std::uint64_t failing : {1, 2}) {  // the write, the sync
    const core::Totals before = totals();
    files_.fail_call(files_.calls() + failing, EIO);
    EXPECT_EQ(commit({event("user" + std::to_string(failing))}), ErrorCode::outcome_unknown);
    EXPECT_EQ(health_, Store::Health::broken);
    EXPECT_EQ(totals(), before) << "nothing unsure is shown";
    open();
    const core::Totals after = totals();
    EXPECT_GE(after.clicks, before.clicks);
    // What is shown now must survive a power cut, although the sync that failed wrote nothing.
    std::mt19937_64 random(failing);
    store_.reset();
    files_.cut_power(random);
    open();
    EXPECT_EQ(totals(), after);
  }
}

TEST_F(StoreTest, EveryDamagedByteBeforeTheLastCommitIsFound) {
  open();
  for (const char* user : {"ann", "bob", "eve"})
    commit({event(user)});
  const core::Totals right = totals();
  store_->close();
  store_.reset();
  for (const auto& path : {std::string("/data/log/00000000000000000001.log"), std::string("/data/store")}) {
    for (std::size_t at = 0; at < std::min<std::size_t>(files_.content(path).size(), 2048); ++at) {
      const std::string before = files_.content(path);
      files_.content(path)[at] = static_cast<char>(before[at] ^ 0x10);
      board_ = std::make_unique<TotalsBoard>();
      if (auto opened = try_open())
        EXPECT_EQ(totals(), right) << path << " byte " << at;
      else
        EXPECT_NE(opened.error().message.find(path), std::string::npos) << opened.error().message;
      files_.content(path) = before;
    }
  }
}

TEST_F(StoreTest, MissingFilesAreNoticed) {
  settings_.log.segment_bytes = 4096;
  settings_.log.allocation_bytes = 4096;
  open();
  for (int i = 0; i < 200; ++i)
    commit({event("user" + std::to_string(i))});
  store_->close();
  store_.reset();
  for (const std::string& name : {std::string("/data/store"), "/data/log/" + segment_name(SegmentNumber{1}),
                                  "/data/log/" + segment_name(SegmentNumber{2})}) {
    const std::string content = files_.content(name);
    ASSERT_TRUE(files_.remove(name));
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().reason, StoreFailure::Reason::damaged);
    EXPECT_NE(opened.error().message.find(name), std::string::npos) << opened.error().message;
    ASSERT_TRUE((*files_.create(name))->write_at(0, content));
  }
  open();
  EXPECT_EQ(totals(), (core::Totals{200, 200, 0}));
}

TEST_F(StoreTest, AMissingRunOfHoursOrEventFileIsNoticed) {
  settings_.log = {4096, 4096};
  settings_.spill_bytes = 8192;
  open();
  for (int i = 0; i < 1000; ++i)
    commit({event("user" + std::to_string(i), kNow, core::Kind::click, "key" + std::to_string(i))});
  store_->close();
  store_.reset();
  // The oldest run, and the newest event file: names are sorted as texts.
  const auto by_first_record = [](const std::string& left, const std::string& right) {
    return std::stoull(left) < std::stoull(right);
  };
  auto hours = *files_.list("/data/hours");
  auto events = *files_.list("/data/events");
  ASSERT_GT(hours.size(), 1U);
  ASSERT_GT(events.size(), 1U);
  const std::string oldest = "/data/hours/" + *std::min_element(hours.begin(), hours.end(), by_first_record);
  const std::string newest =
      "/data/events/" + *std::max_element(events.begin(), events.end(), by_first_record);
  for (const std::string& name : {oldest, newest}) {
    const std::string content = files_.content(name);
    ASSERT_TRUE(files_.remove(name));
    const auto opened = try_open();
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().reason, StoreFailure::Reason::damaged);
    ASSERT_TRUE((*files_.create(name))->write_at(0, content));
  }
  open();
  EXPECT_EQ(totals(), (core::Totals{1000, 1000, 0}));
}

TEST_F(StoreTest, AnEndThatIsLostAfterAnOrderlyCloseIsNoticed) {
  open();
  for (int i = 0; i < 50; ++i)
    commit({event("user" + std::to_string(i))});
  store_->close();
  store_.reset();
  const std::string path = "/data/log/" + segment_name(SegmentNumber{1});
  const std::string whole = files_.content(path);
  const std::size_t used = whole.find_last_not_of('\0') + 1;
  for (const std::size_t lost : {std::size_t{1}, std::size_t{200}, std::size_t{1000}, used - 64}) {
    std::string& content = files_.content(path);
    std::fill(content.begin() + static_cast<std::ptrdiff_t>(used - lost), content.end(), '\0');
    const auto opened = try_open();
    ASSERT_FALSE(opened) << lost;
    EXPECT_NE(opened.error().message.find(path), std::string::npos) << opened.error().message;
    files_.content(path) = whole;
  }
  open();
  EXPECT_EQ(totals(), (core::Totals{50, 50, 0}));
  store_.reset();  // killed: nobody can say what it had written last
  open();
  EXPECT_EQ(totals(), (core::Totals{50, 50, 0}));
}

TEST_F(StoreTest, NoRoomForANameIsAFullDisk) {
  settings_.log = {4096, 4096};
  open();
  std::optional<ErrorCode> refusal;
  for (int i = 0; i < 100 && !refusal; ++i) {
    files_.fail_creations(ENOSPC);
    refusal = commit({event("user" + std::to_string(i))});
  }
  EXPECT_EQ(refusal, ErrorCode::storage_full);
  EXPECT_EQ(health_, Store::Health::good);
  files_.fail_creations(0);
  const core::Totals before = totals();
  EXPECT_FALSE(commit({event("eve")}));
  open();
  EXPECT_EQ(totals().clicks, before.clicks + 1);
}

TEST_F(StoreTest, ANewerFormatIsRefused) {
  open();
  store_.reset();
  files_.content("/data/store")[8] = 9;
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, StoreFailure::Reason::newer_format);
}

}  // namespace
}  // namespace hourglass::engine
