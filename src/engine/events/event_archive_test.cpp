#include "engine/events/event_archive.hpp"

#include <cerrno>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/events/event_file_writer.hpp"
#include "engine/events/testing/plain_events.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kRecords = 10;  // of a file
const EventRetention kForEver{};

class EventArchiveTest : public ::testing::Test {
 protected:
  /// A file of the records from `first` to `last` with one event each; its log time is a hundred times
  /// `last`.
  std::shared_ptr<const EventFile> write(std::uint64_t first, std::uint64_t last) {
    EventFileWriter writer(files_, "/events", identity_, {RecordNumber{first}, RecordNumber{last}});
    for (std::uint64_t i = first; i <= last; ++i)
      writer.add({Sequence{i}, core::Timestamp{i * 1000}, core::Kind::click, "user"});
    auto file = writer.finish(core::Timestamp{last * 100});
    EXPECT_TRUE(file) << file.error().message;
    return file ? *file : nullptr;
  }

  void write_files(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      write(i * kRecords + 1, (i + 1) * kRecords);
  }

  StoreResult<std::unique_ptr<EventArchive>> open() {
    return EventArchive::open(files_, "/events", identity_);
  }

  SimulatedFileSystem files_;
  StoreIdentity identity_ = StoreIdentity::random();
};

std::vector<std::uint64_t> last_records(const EventArchive& archive) {
  std::vector<std::uint64_t> records;
  for (const auto& file : archive.files())
    records.push_back(file->range().last.value());
  return records;
}

using Records = std::vector<std::uint64_t>;

TEST_F(EventArchiveTest, AnEmptyFolderCoversNothing) {
  const auto archive = open();
  ASSERT_TRUE(archive);
  EXPECT_EQ((*archive)->covered(), RecordNumber{0});
  EXPECT_EQ((*archive)->bytes_on_disk(), 0U);
  EXPECT_TRUE((*archive)->files().empty());
}

TEST_F(EventArchiveTest, FindsItsFilesAgainInTheirOrder) {
  write_files(12);  // by name, 101-110 stands before 11-20
  const auto archive = open();
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(last_records(**archive), (Records{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120}));
  EXPECT_EQ((*archive)->covered(), RecordNumber{120});
  std::uint64_t bytes = 0;
  for (const auto& file : (*archive)->files())
    bytes += files_.content(file->path()).size();
  EXPECT_EQ((*archive)->bytes_on_disk(), bytes);
}

TEST_F(EventArchiveTest, RemovesWhatIsUnfinishedOrLiesWithinAnotherFile) {
  write_files(4);
  write(11, 30);
  ASSERT_TRUE(files_.create("/events/41-50.events.unfinished"));
  const auto archive = open();
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(last_records(**archive), (Records{10, 30, 40}));
  EXPECT_EQ(*files_.list("/events"),
            (std::vector<std::string>{"1-10.events", "11-30.events", "31-40.events"}));
}

TEST_F(EventArchiveTest, AMissingFileIsDamage) {
  write_files(3);
  ASSERT_TRUE(files_.remove("/events/11-20.events"));
  const auto archive = open();
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().reason, StoreFailure::Reason::damaged);
  EXPECT_NE(archive.error().message.find("/events/21-30.events"), std::string::npos);
}

TEST_F(EventArchiveTest, FilesThatOverlapAreDamage) {
  write(1, 10);
  write(6, 20);
  const auto archive = open();
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().reason, StoreFailure::Reason::damaged);
}

TEST_F(EventArchiveTest, AdoptsOnlyTheNeighbour) {
  const auto archive = open();
  ASSERT_TRUE(archive);
  ASSERT_TRUE((*archive)->adopt(write(31, 40)));
  ASSERT_TRUE((*archive)->adopt(write(41, 50)));
  EXPECT_EQ((*archive)->covered(), RecordNumber{50});
  for (const auto& [first, last] : {std::pair{52, 60}, std::pair{50, 60}, std::pair{41, 50}, std::pair{1, 9}})
    EXPECT_FALSE((*archive)->adopt(write(first, last))) << first;
  EXPECT_EQ(last_records(**archive), (Records{40, 50}));
}

TEST_F(EventArchiveTest, RemovesWhatIsTooOld) {
  write_files(3);  // with log times 1000, 2000 and 3000
  const auto archive = open();
  ASSERT_TRUE(archive);
  ASSERT_TRUE((*archive)->expire(core::Timestamp{9999}, kForEver));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{1499}, {milliseconds{500}, {}}));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{500}, {milliseconds{400}, {}})) << "a clock that went back";
  EXPECT_EQ(last_records(**archive), (Records{10, 20, 30}));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{1500}, {milliseconds{500}, {}}));
  EXPECT_EQ(last_records(**archive), (Records{20, 30}));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{9999}, {milliseconds{500}, {}}));
  EXPECT_TRUE((*archive)->files().empty());
  EXPECT_TRUE(files_.list("/events")->empty());
  EXPECT_EQ((*archive)->bytes_on_disk(), 0U);
  EXPECT_EQ((*archive)->covered(), RecordNumber{30}) << "what was covered stays so";
  EXPECT_TRUE((*archive)->adopt(write(31, 40)));
}

TEST_F(EventArchiveTest, RemovesWhatIsTooMuch) {
  write_files(3);
  const auto archive = open();
  ASSERT_TRUE(archive);
  const std::uint64_t all = (*archive)->bytes_on_disk();
  ASSERT_TRUE((*archive)->expire(core::Timestamp{0}, {{}, all}));
  EXPECT_EQ(last_records(**archive), (Records{10, 20, 30}));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{0}, {{}, all - 1}));
  EXPECT_EQ(last_records(**archive), (Records{20, 30}));
  ASSERT_TRUE((*archive)->expire(core::Timestamp{2500}, {milliseconds{500}, all}));
  EXPECT_EQ(last_records(**archive), (Records{30}));
}

TEST_F(EventArchiveTest, NothingIsKeptForNoTimeOrInNoBytes) {
  for (const EventRetention& retention :
       {EventRetention{milliseconds{0}, {}}, EventRetention{{}, 0}, EventRetention{milliseconds{0}, 0}}) {
    write_files(3);
    const auto archive = open();
    ASSERT_TRUE(archive);
    ASSERT_TRUE((*archive)->expire(core::Timestamp{0}, retention));
    EXPECT_TRUE(files_.list("/events")->empty());
  }
}

TEST_F(EventArchiveTest, AFailedRemovalIsTriedAgain) {
  for (std::uint64_t call = 1; call <= 6; ++call) {
    write_files(3);
    const auto archive = open();
    ASSERT_TRUE(archive);
    files_.fail_call(files_.calls() + call, EIO);
    EXPECT_FALSE((*archive)->expire(core::Timestamp{9999}, {milliseconds{0}, {}})) << "call " << call;
    EXPECT_TRUE(open()) << "no gap";
    EXPECT_TRUE((*archive)->expire(core::Timestamp{9999}, {milliseconds{0}, {}}));
    EXPECT_TRUE(files_.list("/events")->empty());
  }
}

TEST_F(EventArchiveTest, NoPowerCutLeavesAGap) {
  std::mt19937_64 random(base::test_seed());
  std::uint64_t written = 0;
  for (int round = 0; round < 300; ++round) {
    auto archive = open();
    ASSERT_TRUE(archive) << "round " << round << ": " << archive.error().message;
    ASSERT_LE((*archive)->covered(), RecordNumber{written});
    ASSERT_TRUE((*archive)->files().empty() || (*archive)->covered() == RecordNumber{written})
        << "what was finished is there";
    for (std::uint64_t i = random() % 4; i > 0; --i, written += kRecords)
      ASSERT_TRUE((*archive)->adopt(write(written + 1, written + kRecords)));
    if (random() % 4 == 0)
      files_.fail_call(files_.calls() + 1 + random() % 6, EIO);
    const std::uint64_t now = written * 100;
    const bool expired =
        (*archive)->expire(core::Timestamp{now}, {milliseconds{random() % 5 * 1000}, {}}).has_value();
    files_.fail_call(0, 0);
    if (!expired && random() % 2 == 0)
      (void)(*archive)->expire(core::Timestamp{now}, {{}, 0});
    files_.cut_power(random);
  }
}

TEST_F(EventArchiveTest, NoPowerCutBringsBackAFileThatAnotherHadSuperseded) {
  std::mt19937_64 random(base::test_seed());
  for (std::uint64_t round = 0; round < 100; ++round) {
    write(6, 10);
    write(1, 20);
    write(21, 30);
    auto archive = open();
    ASSERT_TRUE(archive);
    files_.fail_call(files_.calls() + 1 + round % 3, EIO);
    (void)(*archive)->expire(core::Timestamp{2500}, {milliseconds{500}, {}});
    files_.fail_call(0, 0);
    files_.cut_power(random);
    archive = open();
    ASSERT_TRUE(archive) << archive.error().message;
    ASSERT_TRUE((*archive)->expire(core::Timestamp{0}, {{}, 0}));
  }
}

}  // namespace
}  // namespace hourglass::engine
