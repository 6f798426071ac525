// Pages and runs of hours against plain maps, with damage, failing files and merges.

#include <cerrno>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/hours/hour_run_cursor.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

struct PlainHour {
  core::Totals totals;
  std::set<std::uint64_t> users;
  friend bool operator==(const PlainHour&, const PlainHour&) = default;
};
using Plain = std::map<std::uint64_t, PlainHour>;

class HourRunTest : public ::testing::Test {
 protected:
  StoreResult<std::shared_ptr<const HourRun>> write(const Plain& hours, std::uint64_t first,
                                                    std::uint64_t last) {
    auto writer =
        HourRunWriter::create(files_, "/hours", identity_, RecordNumber{first},
                              {RecordNumber{last}, Sequence{77}, core::Timestamp{99}}, core::Hour{0});
    if (!writer)
      return base::unexpected(writer.error());
    for (const auto& [hour, content] : hours) {
      if (auto begun = writer->begin_hour(core::Hour{hour}, content.totals); !begun)
        return base::unexpected(begun.error());
      for (const std::uint64_t user : content.users) {
        if (auto added = writer->add_user(user); !added)
          return base::unexpected(added.error());
      }
    }
    return writer->finish();
  }

  std::shared_ptr<const HourRun> open(const std::filesystem::path& path) {
    auto run = HourRun::open(files_, path, identity_);
    EXPECT_TRUE(run) << run.error().message;
    return *run;
  }

  static Plain read_all(const std::shared_ptr<const HourRun>& run) {
    Plain hours;
    HourRunCursor cursor(run);
    while (*cursor.next_hour()) {
      PlainHour& hour = hours[cursor.hour().value()];
      hour.totals = cursor.totals();
      while (*cursor.next_user())
        hour.users.insert(cursor.user());
    }
    return hours;
  }

  Plain random_hours(std::size_t hours, std::size_t most_users) {
    Plain plain;
    for (std::size_t i = 0; i < hours; ++i) {
      PlainHour& hour = plain[random_() % (2 * hours) + 400'000];
      const std::size_t users = random_() % 3 == 0 ? random_() % (most_users + 1) : random_() % 3;
      // Near together and far apart, with both ends of the range.
      for (std::size_t user = 0; user < users; ++user)
        hour.users.insert(random_() % 5 == 0 ? random_() % 1000 : random_());
      if (random_() % 10 == 0)
        hour.users.insert({0, ~0ULL});
      hour.totals = {hour.users.size(), random_() % 100'000, random_()};
    }
    return plain;
  }

  std::mt19937_64 random_{base::test_seed()};
  SimulatedFileSystem files_;
  StoreIdentity identity_ = StoreIdentity::random();
};

TEST_F(HourRunTest, HoldsWhatWasWrittenAndNothingElse) {
  for (std::uint64_t round = 0; round < 5; ++round) {
    const Plain plain = random_hours(1 + random_() % 300, 3'000);
    const auto run = open((*write(plain, 1 + round * 10, 10 + round * 10))->path());
    ASSERT_EQ(read_all(run), plain);
    EXPECT_EQ(run->end().next_sequence, Sequence{77});
    EXPECT_EQ(run->end().log_time, core::Timestamp{99});
    for (std::uint64_t hour = 399'990; hour < 400'700; ++hour) {
      const auto found = plain.find(hour);
      ASSERT_EQ(*run->totals(core::Hour{hour}), found == plain.end() ? core::Totals{} : found->second.totals);
      ASSERT_FALSE(*run->contains(core::Hour{hour}, random_()));
      if (found == plain.end())
        continue;
      int checked = 0;
      for (const std::uint64_t user : found->second.users) {
        if (++checked % 7 == 0)
          continue;
        ASSERT_TRUE(*run->contains(core::Hour{hour}, user));
        ASSERT_EQ(*run->contains(core::Hour{hour}, user + 1), found->second.users.contains(user + 1));
      }
    }
  }
}

TEST_F(HourRunTest, ACursorGoesToAnyHour) {
  const Plain plain = random_hours(200, 2'000);
  const auto run = *write(plain, 1, 2);
  for (std::uint64_t hour = 399'999; hour < 400'405; ++hour) {
    HourRunCursor cursor(run);
    const auto expected = plain.lower_bound(hour);
    ASSERT_EQ(*cursor.seek(core::Hour{hour}), expected != plain.end());
    if (expected == plain.end())
      continue;
    ASSERT_EQ(cursor.hour().value(), expected->first);
    std::set<std::uint64_t> users;
    for (auto some = *cursor.next_users(); !some.empty(); some = *cursor.next_users())
      users.insert(some.begin(), some.end());
    ASSERT_EQ(users, expected->second.users);
  }
}

TEST_F(HourRunTest, AUserTakesLittleMoreThanSixBytesAndAnHourOfOneUserLessThanTwenty) {
  Plain one;
  while (one[5].users.size() < 100'000)
    one[5].users.insert(random_());
  EXPECT_LT((*write(one, 1, 2))->bytes_on_disk(), 100'000 * 6.6);
  Plain many;
  for (std::uint64_t hour = 0; hour < 100'000; ++hour)
    many[hour] = {{1, 1, 0}, {random_()}};
  EXPECT_LT((*write(many, 3, 4))->bytes_on_disk(), 100'000 * 20);
}

TEST_F(HourRunTest, ARunOfNothingCoversItsRange) {
  const auto run = open((*write({}, 5, 9))->path());
  EXPECT_EQ(run->range(), (RecordRange{RecordNumber{5}, RecordNumber{9}}));
  EXPECT_EQ(*run->totals(core::Hour{0}), core::Totals{});
  EXPECT_FALSE(*run->contains(core::Hour{0}, 0));
  EXPECT_TRUE(read_all(run).empty());
}

TEST_F(HourRunTest, EveryDamagedByteIsFoundOrHarmless) {
  const Plain plain = random_hours(40, 900);
  const auto path = (*write(plain, 1, 2))->path();
  std::string& content = files_.content(path);
  for (std::size_t at = 0; at < content.size(); ++at) {
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
    const auto run = HourRun::open(files_, path, identity_);
    if (run) {
      std::size_t damaged = 0;
      for (std::size_t page = 0; page < (*run)->page_count(); ++page) {
        const auto read = (*run)->read_page(page);
        if (!read) {
          EXPECT_NE(read.error().message.find(path.string()), std::string::npos);
        }
        damaged += read ? 0 : 1;
      }
      ASSERT_EQ(damaged, 1U) << "byte " << at;
    } else {
      ASSERT_NE(run.error().message.find(path.string()), std::string::npos);
    }
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
  }
}

TEST_F(HourRunTest, ARunUnderAnotherNameOrOfAnotherSizeIsRefused) {
  const auto path = (*write(random_hours(5, 10), 1, 2))->path();
  const std::string content = files_.content(path);
  files_.content(path) += "more";
  EXPECT_FALSE(HourRun::open(files_, path, identity_));
  files_.content(path) = content;
  ASSERT_TRUE(HourRun::open(files_, path, identity_));
  ASSERT_TRUE(files_.rename(path, "/hours/3-4.hours"));
  EXPECT_FALSE(HourRun::open(files_, "/hours/3-4.hours", identity_));
}

TEST_F(HourRunTest, AMergeAddsUpAndLeavesOutUsersOfFrozenHours) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    HourRuns runs;
    Plain sum;
    const std::uint64_t begin = 1 + round * 1000;
    std::uint64_t first = begin;
    for (std::size_t i = 0; i < 2 + random_() % 4; ++i, first += 10) {
      Plain part = random_hours(60, 900);
      for (auto& [hour, content] : part) {
        PlainHour& so_far = sum[hour];
        std::erase_if(content.users, [&](std::uint64_t user) { return so_far.users.contains(user); });
        so_far.users.insert(content.users.begin(), content.users.end());
        so_far.totals.add(content.totals);
      }
      runs.push_back(*write(part, first, first + 9));
    }
    const core::Hour frozen{round % 2 == 0 ? 0UL : 400'050UL};
    const auto merged = merge_hour_runs(files_, "/hours", identity_, runs, frozen);
    ASSERT_TRUE(merged);
    EXPECT_EQ((*merged)->range(), (RecordRange{RecordNumber{begin}, RecordNumber{first - 1}}));
    for (auto& [hour, content] : sum) {
      if (hour < frozen.value())
        content.users.clear();
    }
    ASSERT_EQ(read_all(open((*merged)->path())), sum);
  }
}

TEST_F(HourRunTest, AFailureAtAnyCallLeavesNoRunUnderItsName) {
  const Plain plain = random_hours(20, 500);
  for (std::uint64_t call = 1;; ++call) {
    files_.fail_call(files_.calls() + call, call % 2 == 0 ? EIO : ENOSPC);
    const bool written = write(plain, 1, 2).has_value();
    files_.fail_call(0, 0);
    if (written)
      break;
    if (*files_.exists("/hours/1-2.hours")) {
      ASSERT_EQ(read_all(open("/hours/1-2.hours")), plain) << "only its name may not be durable";
    }
  }
  ASSERT_EQ(read_all(open("/hours/1-2.hours")), plain);
  files_.cut_power(random_);
  EXPECT_EQ(read_all(open("/hours/1-2.hours")), plain);
}

}  // namespace
}  // namespace hourglass::engine
