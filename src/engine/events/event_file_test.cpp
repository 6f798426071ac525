#include "engine/events/event_file.hpp"

#include <cerrno>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/events/event_file_writer.hpp"
#include "engine/events/testing/plain_events.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

constexpr RecordRange kRange{RecordNumber{7}, RecordNumber{52}};
constexpr core::Timestamp kLogTime{1'700'000'123'456};
constexpr std::uint64_t kHour = 472'222;
const std::filesystem::path kPath = "/events/7-52.events";

std::uint64_t in_hour(std::uint64_t hour, std::uint64_t milliseconds) {
  return hour * core::kMillisecondsPerHour + milliseconds;
}

class EventFileTest : public ::testing::Test {
 protected:
  EventFileWriter writer_of(const std::vector<PlainKeptEvent>& events, RecordRange range = kRange) {
    EventFileWriter writer(files_, "/events", identity_, range);
    for (const PlainKeptEvent& event : events)
      writer.add(event.kept());
    return writer;
  }

  std::shared_ptr<const EventFile> write(const std::vector<PlainKeptEvent>& events,
                                         RecordRange range = kRange) {
    auto file = writer_of(events, range).finish(kLogTime);
    EXPECT_TRUE(file) << file.error().message;
    return file ? *file : nullptr;
  }

  StoreResult<std::shared_ptr<const EventFile>> open() { return EventFile::open(files_, kPath, identity_); }

  /// Everything in the file, freshly opened.
  StoreResult<PlainHours> content() {
    const auto file = open();
    if (!file)
      return base::unexpected(file.error());
    return read_plain(**file);
  }

  SimulatedFileSystem files_;
  StoreIdentity identity_ = StoreIdentity::random();
};

/// Of `count` events each falls into one of `hours` hours.
std::vector<PlainKeptEvent> random_events(std::mt19937_64& random, std::size_t count, std::uint64_t hours) {
  std::vector<PlainKeptEvent> events;
  std::uint64_t sequence = random() % 3 == 0 ? random() / 2 : 0;
  for (std::size_t i = 0; i < count; ++i) {
    sequence += 1 + random() % 2;
    const std::uint64_t hour = random() % 50 == 0 ? random() % 70'000'000 : kHour + random() % hours;
    std::string user(1 + random() % (random() % 20 == 0 ? 256 : 12), '\0');
    for (char& byte : user)
      byte = static_cast<char>(random());
    events.push_back({sequence, in_hour(hour, random() % core::kMillisecondsPerHour),
                      random() % 2 == 0 ? core::Kind::click : core::Kind::impression, std::move(user)});
  }
  return events;
}

/// Enough for zstd to be worth it, few enough to damage every byte.
std::vector<PlainKeptEvent> few_events() {
  std::vector<PlainKeptEvent> events;
  for (std::uint64_t i = 1; i <= 60; ++i)
    events.push_back({i, in_hour(kHour + i % 5, i * 1000), core::Kind::click,
                      "user" + std::string(3, static_cast<char>('a' + i % 3))});
  return events;
}

TEST_F(EventFileTest, AgreesWithAPlainMap) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 40; ++round) {
    const std::size_t count = round % 10 == 9 ? 30'000 : random() % 300;
    const auto events = random_events(random, count, 1 + random() % (round % 2 == 0 ? 3 : 1000));
    const auto expected = by_hour(events);
    const auto file = write(events);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(file->range(), kRange);
    EXPECT_EQ(file->log_time(), kLogTime);
    EXPECT_EQ(file->event_count(), events.size());
    EXPECT_EQ(file->bytes_on_disk(), files_.content(kPath).size());
    const auto read = content();
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_TRUE(*read == expected) << "round " << round;
    for (int attempt = 0; attempt < 20; ++attempt) {
      const std::uint64_t hour = kHour + random() % 2000;
      ASSERT_TRUE(expected.contains(hour) || read_plain_hour(*file, hour)->empty());
    }
  }
}

TEST_F(EventFileTest, KeepsTheOrderOfAcceptanceInAnHourOverManyBlocks) {
  std::mt19937_64 random(base::test_seed());
  std::vector<PlainKeptEvent> events;
  for (std::uint64_t i = 1; i <= 50'000; ++i) {
    const std::uint64_t hour = i % 1000 == 0 ? kHour - 1 + i / 1000 % 3 : kHour;
    events.push_back(
        {i, in_hour(hour, i * 7919 % 3'600'000), core::Kind::impression, std::to_string(random())});
  }
  const auto file = write(events);
  ASSERT_NE(file, nullptr);
  EXPECT_GT(file->bytes_on_disk(), 3 * kMaxBlockBytes);
  const auto read = content();
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read == by_hour(events));
}

TEST_F(EventFileTest, ManyHoursOfOneEventStaySmall) {
  std::vector<PlainKeptEvent> events;
  for (std::uint64_t i = 1; i <= 300'000; ++i)
    events.push_back({i, in_hour(i * 7919 % 300'007, i % 3'600'000), core::Kind::click, std::to_string(i)});
  const auto file = write(events);
  ASSERT_NE(file, nullptr);
  EXPECT_LT(file->bytes_on_disk(), 20 * events.size());
  std::uint64_t hours = 0;
  ASSERT_TRUE(file->hours([&](const HourCount& count) -> StoreResult<void> {
    hours += count.events;
    return {};
  }));
  EXPECT_EQ(hours, events.size());
  const auto& last = events.back();
  EXPECT_EQ(*read_plain_hour(*file, last.timestamp / core::kMillisecondsPerHour), std::vector{last});
}

TEST_F(EventFileTest, KeepsUsersOfAnyBytes) {
  std::vector<PlainKeptEvent> events;
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::string user(1 + i, static_cast<char>(i));
    user.back() = '\0';
    events.push_back({i + 1, in_hour(kHour, i), core::Kind::click, std::move(user)});
  }
  ASSERT_NE(write(events), nullptr);
  EXPECT_TRUE(*content() == by_hour(events));
}

TEST_F(EventFileTest, ARangeWithoutEventsIsAFileToo) {
  const auto file = write({});
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->event_count(), 0U);
  EXPECT_TRUE(content()->empty());
}

TEST_F(EventFileTest, AFailingVisitorEndsTheReading) {
  const auto file = write(few_events());
  ASSERT_NE(file, nullptr);
  int seen = 0;
  const auto read = file->read_all([&](const KeptEvent&) -> StoreResult<void> {
    ++seen;
    return base::unexpected(StoreFailure{StoreFailure::Reason::cancelled, "enough"});
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, StoreFailure::Reason::cancelled);
  EXPECT_EQ(seen, 1);
}

TEST_F(EventFileTest, EveryDamagedByteIsFound) {
  ASSERT_NE(write(few_events()), nullptr);
  const std::size_t size = files_.content(kPath).size();
  for (std::size_t at = 0; at < size; ++at) {
    for (const int mask : {0x01, 0x20, 0xFF}) {
      files_.content(kPath)[at] = static_cast<char>(files_.content(kPath)[at] ^ mask);
      const auto read = content();
      files_.content(kPath)[at] = static_cast<char>(files_.content(kPath)[at] ^ mask);
      ASSERT_FALSE(read) << "byte " << at;
      EXPECT_NE(read.error().message.find(kPath.string()), std::string::npos) << read.error().message;
    }
  }
}

TEST_F(EventFileTest, DamageToABlockNamesItsHours) {
  const auto file = write(few_events());
  files_.content(kPath)[kEventHeaderSize] ^= 1;
  const auto read = read_plain_hour(*file, kHour);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, StoreFailure::Reason::damaged);
  EXPECT_NE(read.error().message.find("(hour 472222) to 2023-11-15T02:00Z (hour 472226)"), std::string::npos)
      << read.error().message;
}

TEST_F(EventFileTest, AFileThatIsCutOffOrLongerIsRefused) {
  ASSERT_NE(write(few_events()), nullptr);
  const std::string whole = files_.content(kPath);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    files_.content(kPath) = whole.substr(0, size);
    const auto opened = open();
    ASSERT_FALSE(opened) << size << " bytes";
    EXPECT_EQ(opened.error().reason, StoreFailure::Reason::damaged);
  }
  files_.content(kPath) = whole + '\0';
  EXPECT_FALSE(open());
}

TEST_F(EventFileTest, BytesOfAnotherFileOrStoreNeverPass) {
  ASSERT_NE(write(few_events(), {RecordNumber{1}, RecordNumber{6}}), nullptr);
  const auto file = write(few_events());
  ASSERT_NE(file, nullptr);
  const std::size_t end = file->bytes_on_disk() - 32;  // of the only block: one entry and a checksum follow
  files_.content(kPath).replace(
      kEventHeaderSize, end - kEventHeaderSize,
      files_.content("/events/1-6.events").substr(kEventHeaderSize, end - kEventHeaderSize));
  EXPECT_FALSE(content()) << "a block of another file";
  ASSERT_NE(write(few_events()), nullptr);
  EXPECT_FALSE(EventFile::open(files_, kPath, StoreIdentity::random()));
  ASSERT_TRUE(files_.rename(kPath, "/events/1-6.events"));
  EXPECT_FALSE(EventFile::open(files_, "/events/1-6.events", identity_)) << "a wrong name";
}

TEST_F(EventFileTest, RefusesANewerVersion) {
  ASSERT_NE(write(few_events()), nullptr);
  files_.content(kPath)[8] = 2;
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, StoreFailure::Reason::newer_format);
}

TEST_F(EventFileTest, AFileThatRetentionHasRemovedCannotBeRead) {
  const auto file = write(few_events());
  ASSERT_TRUE(files_.remove(kPath));
  const auto read = read_plain_hour(*file, kHour);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, StoreFailure::Reason::io);
}

TEST_F(EventFileTest, AFailedOperationLeavesNoFileOrAWholeOneAndASecondAttemptWorks) {
  const auto events = few_events();
  const auto expected = by_hour(events);
  std::uint64_t failures = 0;
  for (bool failed = true; failed; ++failures) {
    auto writer = writer_of(events);
    files_.fail_call(files_.calls() + 1 + failures, ENOSPC);
    failed = !writer.finish(kLogTime);
    files_.fail_call(0, 0);
    EXPECT_LE(files_.list("/events")->size(), 1U) << "nothing unfinished stays";
    EXPECT_TRUE(!*files_.exists(kPath) || *content() == expected);
    ASSERT_TRUE(writer.finish(kLogTime)) << "failure " << failures;
    EXPECT_TRUE(*content() == expected);
    ASSERT_TRUE(files_.remove(kPath));
  }
  EXPECT_EQ(failures, 8U) << "create, three writes, two syncs, rename, and none";
}

TEST_F(EventFileTest, APowerCutLeavesNoFileOrAWholeOne) {
  std::mt19937_64 random(base::test_seed());
  const auto events = few_events();
  const auto expected = by_hour(events);
  for (std::uint64_t round = 0; round < 400; ++round) {
    files_.fail_all(0);
    auto writer = writer_of(events);
    files_.fail_call(files_.calls() + 1 + round % 10, EIO);
    const bool finished = writer.finish(kLogTime).has_value();
    files_.fail_call(0, 0);
    files_.cut_power(random);
    ASSERT_TRUE(!finished || *files_.exists(kPath)) << "round " << round;
    if (*files_.exists(kPath)) {
      const auto read = content();
      ASSERT_TRUE(read) << read.error().message;
      ASSERT_TRUE(*read == expected);
    }
    if (round % 3 == 0) {
      ASSERT_TRUE(writer_of(events).finish(kLogTime)) << "what the power cut has left is no obstacle";
      ASSERT_TRUE(files_.remove(kPath));
      ASSERT_TRUE(files_.sync_directory("/events"));
    }
  }
}

}  // namespace
}  // namespace hourglass::engine
