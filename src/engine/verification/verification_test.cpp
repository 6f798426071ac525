// Stores with damage of every kind, and what verifying them says.

#include "engine/verification/verification.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "engine/hours/hour_run_cursor.hpp"
#include "engine/testing/simulated_file_system.hpp"
#include "engine/testing/small_store.hpp"

namespace hourglass::engine {
namespace {

const std::filesystem::path kData = "/data";

class VerificationTest : public ::testing::Test {
 protected:
  /// A store with runs, merged runs, event files and several segments, stopped in order.
  void fill(int events) {
    store_.open();
    store_.post(events);
    identity_ = store_.identity();
    totals_ = store_.totals();
    store_.close();
  }

  VerificationFigures verify() {
    problems_.clear();
    return verify_store(files_, kData, [&](const std::string& problem) { problems_.push_back(problem); });
  }

  std::vector<std::filesystem::path> paths(const std::string& folder = "") {
    std::vector<std::filesystem::path> found;
    const auto names = files_.list(kData / folder);
    for (const std::string& name : *names)
      found.push_back(kData / folder / name);
    return found;
  }

  /// Which user of an hour is the last one depends on the hash key, and so does what is found first of a
  /// wrong one: that the events know another, or that the log names the right one as somebody who was there
  /// before.
  [[nodiscard]] bool is_a_wrong_user_reported() const {
    return is_reported("the users are not those of the events") ||
           is_reported("what the log says of new users is wrong");
  }

  std::vector<std::filesystem::path> all_paths() {
    std::vector<std::filesystem::path> all{kData / "store", kData / "closed"};
    for (const char* folder : {"log", "keys", "hours", "events"}) {
      for (const auto& path : paths(folder))
        all.push_back(path);
    }
    return all;
  }

  [[nodiscard]] bool is_reported(const std::string& part) const {
    return std::any_of(problems_.begin(), problems_.end(),
                       [&](const std::string& problem) { return problem.find(part) != std::string::npos; });
  }

  /// The byte to flip after another: the next one, but of the zeros with which pages are filled only some.
  static std::size_t next_place(const std::string& content, std::size_t at) {
    constexpr std::size_t kFilling = 64;
    const bool is_filling = content.find_first_not_of('\0', at) > at + kFilling;
    return is_filling ? at + kFilling - 1 : at + 1;
  }

  /// Writes the first run of hours anew, with right checksums, as `change` wants it.
  void rewrite_first_run(const std::function<void(core::Totals&, std::vector<std::uint64_t>&)>& change) {
    const auto path = paths("hours").front();
    const auto run = *HourRun::open(files_, path, identity_);
    ASSERT_TRUE(files_.remove(path));
    auto writer = HourRunWriter::create(files_, kData / "hours", identity_, run->range().first, run->end(),
                                        core::Hour{0});
    HourRunCursor cursor(run);
    while (*cursor.next_hour()) {
      core::Totals totals = cursor.totals();
      std::vector<std::uint64_t> users;
      while (*cursor.next_user())
        users.push_back(cursor.user());
      if (cursor.hour() == run->first_hour())
        change(totals, users);
      ASSERT_TRUE(writer->begin_hour(cursor.hour(), totals));
      for (const std::uint64_t user : users)
        ASSERT_TRUE(writer->add_user(user));
    }
    ASSERT_TRUE(writer->finish());
  }

  SimulatedFileSystem files_;
  SmallStore store_{files_, kData};
  StoreIdentity identity_;
  core::Totals totals_;
  std::vector<std::string> problems_;
};

TEST_F(VerificationTest, AWholeStoreHasNoProblemAndStaysAsItIs) {
  fill(400);
  EXPECT_GE(paths("log").size(), 2U);
  EXPECT_GE(paths("hours").size(), 2U);
  EXPECT_GE(paths("keys").size(), 2U);
  EXPECT_GE(paths("events").size(), 2U);
  std::map<std::filesystem::path, std::string> before;
  for (const auto& path : all_paths())
    before[path] = files_.content(path);
  const std::uint64_t calls = files_.calls();
  const VerificationFigures figures = verify();
  EXPECT_TRUE(problems_.empty()) << problems_.front();
  EXPECT_EQ(figures.problems, 0U);
  EXPECT_EQ(figures.hours, 3U);
  EXPECT_EQ(figures.users, totals_.unique_users);
  EXPECT_EQ(figures.events, 400U);
  std::uint64_t bytes = 0;
  for (const auto& [path, content] : before) {
    EXPECT_EQ(files_.content(path), content) << path;
    bytes += content.size();
  }
  EXPECT_EQ(figures.bytes, bytes);
  EXPECT_EQ(files_.calls(), calls) << "a call that changes something";
}

TEST_F(VerificationTest, AStoreThatWasKilledIsWhole) {
  store_.open();
  for (int i = 0; i < 150; ++i) {
    store_.post(1);
    EXPECT_EQ(verify().problems, 0U) << i << " " << problems_.front();
  }
}

TEST_F(VerificationTest, EveryFlippedByteIsFoundOrHarmless) {
  fill(160);
  ASSERT_GE(paths("hours").size(), 2U);
  ASSERT_GE(paths("keys").size(), 2U);
  ASSERT_GE(paths("events").size(), 2U);
  ASSERT_GE(paths("log").size(), 2U);
  const VerificationFigures whole = verify();
  ASSERT_EQ(whole.problems, 0U);
  for (const auto& path : all_paths()) {
    std::uint64_t unnoticed = 0;
    for (std::size_t at = 0; at < files_.content(path).size(); at = next_place(files_.content(path), at)) {
      char& byte = files_.content(path)[at];
      byte = static_cast<char>(byte ^ 1 << at % 8);
      const VerificationFigures figures = verify();
      if (figures.problems > 0) {
        ASSERT_TRUE(is_reported(path.string())) << path << " byte " << at << ": " << problems_.front();
      } else {
        // Behind the last record of the log, or in a record that holds no events.
        ++unnoticed;
        ASSERT_EQ(path.parent_path(), kData / "log") << path << " byte " << at;
        ASSERT_EQ(figures.events, whole.events) << path << " byte " << at;
        ASSERT_EQ(figures.users, whole.users) << path << " byte " << at;
      }
      byte = static_cast<char>(byte ^ 1 << at % 8);
    }
    const auto& content = files_.content(path);
    if (path != paths("log").back()) {
      EXPECT_LE(unnoticed, content.size() - content.find_last_not_of('\0')) << path;
    }
  }
}

TEST_F(VerificationTest, EveryMissingFileIsFound) {
  fill(400);
  for (const auto& path : all_paths()) {
    if (path == kData / "closed" || path == paths("events").front() || path == paths("keys").front())
      continue;  // a killed process leaves no mark, and the oldest files may have been removed in order
    const std::string content = files_.content(path);
    ASSERT_TRUE(files_.remove(path));
    EXPECT_GT(verify().problems, 0U) << path;
    ASSERT_TRUE((*files_.create(path))->write_at(0, content));
  }
  EXPECT_EQ(verify().problems, 0U);
}

TEST_F(VerificationTest, WithoutTheOldestEventsTheOthersAreStillCompared) {
  fill(400);
  ASSERT_TRUE(files_.remove(paths("events").front()));
  EXPECT_EQ(verify().problems, 0U) << problems_.front();
}

TEST_F(VerificationTest, WhatIsUnfinishedOrSupersededIsPassedOver) {
  fill(400);
  ASSERT_TRUE((*files_.create(kData / "hours/1-9.hours.unfinished"))->write_at(0, "no run"));
  EXPECT_EQ(verify().problems, 0U);
  ASSERT_TRUE(files_.create(kData / "hours/else"));
  EXPECT_GT(verify().problems, 0U);
  EXPECT_TRUE(is_reported("/data/hours/else"));
}

TEST_F(VerificationTest, BytesBehindARunAreFound) {
  fill(400);
  for (const char* folder : {"keys", "hours", "events"}) {
    const auto path = paths(folder).back();
    files_.content(path) += "x";
    EXPECT_EQ(verify().problems, 1U) << path;
    EXPECT_TRUE(is_reported(path.string()));
    files_.content(path).pop_back();
  }
}

TEST_F(VerificationTest, AWrongNumberOfUsersWithRightChecksumsIsFound) {
  fill(400);
  rewrite_first_run([](core::Totals& totals, auto&) { ++totals.unique_users; });
  EXPECT_GT(verify().problems, 0U);
  EXPECT_TRUE(is_reported("/data/hours/1-"));
  EXPECT_TRUE(is_reported("2023-11-14T20:00Z (hour 472220)")) << problems_.front();
}

TEST_F(VerificationTest, WrongClicksWithRightChecksumsAreFound) {
  fill(400);
  rewrite_first_run([](core::Totals& totals, auto&) {
    ++totals.clicks;
    --totals.impressions;
  });
  EXPECT_EQ(verify().problems, 1U);
  EXPECT_TRUE(is_reported("clicks"));
  EXPECT_TRUE(is_reported("2023-11-14T20:00Z (hour 472220)")) << problems_.front();
  rewrite_first_run([](core::Totals& totals, auto&) { ++totals.impressions; });
  EXPECT_GT(verify().problems, 0U);
  EXPECT_TRUE(is_reported("events are counted, and ")) << problems_.front();
}

TEST_F(VerificationTest, AnotherUserWithRightChecksumsIsFound) {
  fill(400);
  rewrite_first_run([](core::Totals&, std::vector<std::uint64_t>& users) { ++users.back(); });
  EXPECT_GT(verify().problems, 0U);
  EXPECT_TRUE(is_a_wrong_user_reported()) << problems_.front();
}

TEST_F(VerificationTest, AMissingUserWithRightChecksumsIsFound) {
  fill(400);
  rewrite_first_run([](core::Totals& totals, std::vector<std::uint64_t>& users) {
    users.pop_back();
    --totals.unique_users;
  });
  EXPECT_GT(verify().problems, 0U);
  EXPECT_TRUE(is_a_wrong_user_reported()) << problems_.front();
}

TEST_F(VerificationTest, WhatIsNoStoreIsNamed) {
  EXPECT_EQ(verify().problems, 1U);
  EXPECT_TRUE(is_reported("/data/store"));
}

}  // namespace
}  // namespace hourglass::engine
