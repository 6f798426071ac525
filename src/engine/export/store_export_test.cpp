#include "engine/export/store_export.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/testing/test_seed.hpp"
#include "core/json/event_line.hpp"
#include "engine/testing/kept_events.hpp"
#include "engine/testing/simulated_file_system.hpp"
#include "engine/testing/small_store.hpp"

namespace hourglass::engine {
namespace {

const std::filesystem::path kData = "/data";
constexpr core::HourRange kAllHours{};

/// Every limit is so small that a few hundred events go through temporary files and many pieces.
constexpr ExportMemory kLittle{200, 100, 0};

/// An event as a line gives it.
using Line = std::tuple<std::uint64_t, std::string, core::Kind, std::string>;

std::string id_of(const StoreIdentity& identity, std::uint64_t sequence) {
  std::string id;
  for (const std::uint8_t byte : identity.id) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    id += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return id + "-" + std::to_string(sequence);
}

std::vector<Line> parse(const std::string& lines) {
  core::EventLineParser parser;
  std::vector<Line> parsed;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    EXPECT_NE(end, std::string::npos) << "a piece ends within a line";
    const auto event = parser.parse(lines.substr(at, end - at), {}, core::Timestamp{0});
    EXPECT_TRUE(event) << lines.substr(at, end - at);
    parsed.emplace_back(event->timestamp.value(), event->user.bytes(), event->kind, event->key->text());
    at = end + 1;
  }
  return parsed;
}

class StoreExportTest : public ::testing::Test {
 protected:
  StoreResult<std::unique_ptr<StoreExport>> begin(core::HourRange hours = kAllHours,
                                                  const ExportMemory& memory = {}) {
    return StoreExport::begin(
        files_, data_, hours, [this] { return cancelled_; }, memory);
  }

  /// Everything that is left of an export.
  static StoreResult<std::vector<Line>> rest(StoreExport& exported) {
    std::vector<Line> lines;
    while (true) {
      const auto piece = exported.next();
      if (!piece)
        return base::unexpected(piece.error());
      if (piece->empty())
        return lines;
      for (Line& line : parse(*piece))
        lines.push_back(std::move(line));
    }
  }

  StoreResult<std::vector<Line>> all(core::HourRange hours = kAllHours, const ExportMemory& memory = {}) {
    const auto exported = begin(hours, memory);
    if (!exported)
      return base::unexpected(exported.error());
    auto lines = rest(**exported);
    incomplete_ = (*exported)->incomplete_hours();
    return lines;
  }

  /// The same by sorting what the files hold.
  std::vector<Line> plain(core::HourRange hours = kAllHours) {
    std::map<std::pair<core::Hour, std::uint64_t>, Line> sorted;
    const auto kept = read_kept_events(files_, data_, identity_);
    for (const auto& [sequence, event] : *kept) {
      const core::Hour hour = core::hour_of(event.timestamp);
      if (hours.first <= hour && hour < hours.end)
        sorted[{hour, sequence}] = {event.timestamp.value(), event.user, event.kind,
                                    id_of(identity_, sequence)};
    }
    std::vector<Line> lines;
    lines.reserve(sorted.size());
    for (auto& [place, line] : sorted)
      lines.push_back(line);
    return lines;
  }

  void fill(int events) {
    store_.open();
    store_.post(events);
    identity_ = store_.identity();
  }

  std::vector<std::filesystem::path> paths(const std::string& folder) {
    std::vector<std::filesystem::path> found;
    const auto names = files_.list(data_ / folder);
    for (const std::string& name : *names)
      found.push_back(data_ / folder / name);
    return found;
  }

  std::filesystem::path data_ = kData;
  SimulatedFileSystem files_;
  SmallStore store_{files_, kData};
  StoreIdentity identity_;
  core::HourList incomplete_;
  bool cancelled_ = false;
};

TEST_F(StoreExportTest, GivesEveryEventByHourAndThenInTheOrderOfAcceptance) {
  fill(400);
  ASSERT_GE(paths("events").size(), 2U);
  for (const ExportMemory& memory : {ExportMemory{}, kLittle}) {
    const auto lines = all(kAllHours, memory);
    ASSERT_TRUE(lines) << lines.error().message;
    EXPECT_EQ(lines->size(), 400U);
    EXPECT_EQ(*lines, plain());
    EXPECT_EQ(incomplete_.count(), 0U);
  }
}

TEST_F(StoreExportTest, AnEmptyStoreHasNothing) {
  fill(0);
  const auto lines = all();
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_TRUE(lines->empty());
}

TEST_F(StoreExportTest, NoStoreIsAFailureThatNamesTheFile) {
  const auto begun = begin();
  ASSERT_FALSE(begun);
  EXPECT_NE(begun.error().message.find("/data/store"), std::string::npos) << begun.error().message;
}

TEST_F(StoreExportTest, GivesOnlyTheHoursThatAreAskedFor) {
  fill(300);
  const auto hours = SmallStore::hours();
  for (const core::Hour first : hours) {
    for (const std::uint64_t count : {0, 1, 2}) {
      const core::HourRange range{first, core::Hour{first.value() + count}};
      const auto lines = all(range, kLittle);
      ASSERT_TRUE(lines) << lines.error().message;
      EXPECT_EQ(*lines, plain(range));
      EXPECT_EQ(incomplete_.count(), 0U);
    }
  }
}

/// Whatever the store has done with its events by then: between one post and the next they move from the log
/// to runs, from there to larger runs, and to event files.
TEST_F(StoreExportTest, IsRightAtEveryMomentOfAStoreThatGoesOn) {
  fill(0);
  for (int round = 0; round < 120; ++round) {
    store_.post(round % 7);
    const auto lines = all(kAllHours, round % 2 == 0 ? ExportMemory{} : kLittle);
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(lines->size(), static_cast<std::size_t>(store_.posted()));
    ASSERT_EQ(*lines, plain());
    ASSERT_EQ(incomplete_.count(), 0U);
  }
}

TEST_F(StoreExportTest, ContainsWhatWasThereAtItsBeginningWhateverTheStoreDoesMeanwhile) {
  fill(150);
  const auto before = plain();
  const auto exported = begin(kAllHours, kLittle);
  ASSERT_TRUE(exported) << exported.error().message;
  store_.post(200);  // moves the log of before to event files, and removes it
  const auto lines = rest(**exported);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(*lines, before);
  EXPECT_EQ((*exported)->incomplete_hours().count(), 0U);
}

TEST_F(StoreExportTest, NamesTheHoursOfWhichEventsAreGone) {
  store_.settings.retention.bytes = 3'000;
  fill(600);
  ASSERT_GT(paths("events").size(), 0U);
  const auto kept = plain();
  ASSERT_LT(kept.size(), 600U);
  const auto lines = all(kAllHours, kLittle);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(*lines, kept);
  EXPECT_EQ(incomplete_.count(), 3U);
  const auto one = all({SmallStore::hours()[1], SmallStore::hours()[0]}, kLittle);
  ASSERT_TRUE(one);
  EXPECT_EQ(incomplete_.text(), "2023-11-14T21:00Z");
}

TEST_F(StoreExportTest, GoesOnWhenRetentionRemovesFilesMeanwhileAndNamesTheHours) {
  fill(400);
  const auto before = plain();
  const auto exported = begin(kAllHours, kLittle);
  ASSERT_TRUE(exported);
  std::vector<Line> lines = parse(*(*exported)->next());
  ASSERT_TRUE(files_.remove(paths("events").front()));
  const auto others = rest(**exported);
  ASSERT_TRUE(others) << others.error().message;
  lines.insert(lines.end(), others->begin(), others->end());
  EXPECT_LT(lines.size(), before.size());
  EXPECT_TRUE(std::includes(
      before.begin(), before.end(), lines.begin(), lines.end(), [&](const Line& left, const Line& right) {
        return std::find(before.begin(), before.end(), left) < std::find(before.begin(), before.end(), right);
      }));
  EXPECT_GT((*exported)->incomplete_hours().count(), 0U);
}

TEST_F(StoreExportTest, ADamagedBlockIsNamedWithItsHours) {
  fill(400);
  const auto path = paths("events")[1];
  files_.content(path)[100] ^= 1;
  const auto lines = all();
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().reason, StoreFailure::Reason::damaged);
  EXPECT_NE(lines.error().message.find(path.string()), std::string::npos) << lines.error().message;
  EXPECT_NE(lines.error().message.find("2023-11-14T20:00Z"), std::string::npos) << lines.error().message;
}

TEST_F(StoreExportTest, ADamagedPageOfTotalsIsNamedWithItsFile) {
  fill(400);
  const auto path = paths("hours").front();
  std::string& content = files_.content(path);
  content[content.size() / 2] ^= 1;
  const auto lines = all();
  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().message.find(path.string()), std::string::npos) << lines.error().message;
}

TEST_F(StoreExportTest, ADirectoryForTemporaryFilesThatIsNotThereIsNamed) {
  fill(100);
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  const auto lines = all(kAllHours, {200, 1, 0});
  const auto without = all();  // needs no such directory
  ::unsetenv("TMPDIR");
  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().message.find("/nowhere/at/all"), std::string::npos) << lines.error().message;
  EXPECT_TRUE(without);
}

TEST_F(StoreExportTest, EndsWhenItIsCancelled) {
  fill(300);
  const auto exported = begin(kAllHours, kLittle);
  ASSERT_TRUE(exported);
  ASSERT_TRUE((*exported)->next());
  cancelled_ = true;
  const auto next = (*exported)->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().reason, StoreFailure::Reason::cancelled);
  EXPECT_EQ(begin().error().reason, StoreFailure::Reason::cancelled);
}

/// Wherever reading fails once: it is tried again, or told, and no line is missing or wrong.
TEST_F(StoreExportTest, AFailedReadIsTriedAgainOrTold) {
  fill(150);
  const auto expected = plain();
  const std::uint64_t before = files_.reads();
  ASSERT_TRUE(all(kAllHours, kLittle));
  const std::uint64_t reads = files_.reads() - before;
  std::uint64_t told = 0;
  for (std::uint64_t number = 1; number <= reads; number += 1 + reads / 30) {
    files_.fail_read(files_.reads() + number, EIO);
    const auto lines = all(kAllHours, kLittle);
    files_.fail_read(0, 0);
    if (lines) {
      ASSERT_EQ(*lines, expected) << number;
      ASSERT_EQ(incomplete_.count(), 0U) << number;
    } else {
      ++told;
      ASSERT_EQ(lines.error().reason, StoreFailure::Reason::io) << lines.error().message;
      ASSERT_NE(lines.error().message.find("/data/"), std::string::npos) << lines.error().message;
    }
  }
  EXPECT_GT(told, 0U);
}

TEST_F(StoreExportTest, IsRightForRandomStores) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 30; ++round) {
    data_ = kData.string() + std::to_string(round);
    SmallStore store(files_, data_);
    store.settings.log = {512 + random() % 2'000, 512};
    store.settings.spill_bytes = 300 + random() % 2'000;
    if (random() % 3 == 0)
      store.settings.retention.bytes = 1'000 + random() % 5'000;
    store.open();
    store.post(static_cast<int>(random() % 500));
    identity_ = store.identity();
    const auto hours = SmallStore::hours();
    core::HourRange range;
    if (random() % 2 == 0)
      range.first = hours[random() % hours.size()];
    if (random() % 2 == 0)
      range.end = hours[random() % hours.size()];
    const ExportMemory memory{1 + random() % 1'000, 1 + random() % 10'000, random() % 200'000};
    const auto lines = all(range, memory);
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(*lines, plain(range));
    std::map<core::Hour, std::uint64_t> kept;
    for (const Line& line : *lines)
      ++kept[core::hour_of(core::Timestamp{std::get<0>(line)})];
    std::uint64_t incomplete = 0;
    for (const core::Hour hour : hours) {
      const core::Totals totals = store.read(hour)->totals;
      incomplete +=
          range.first <= hour && hour < range.end && kept[hour] < totals.clicks + totals.impressions ? 1 : 0;
    }
    ASSERT_EQ(incomplete_.count(), incomplete);
  }
}

}  // namespace
}  // namespace hourglass::engine
