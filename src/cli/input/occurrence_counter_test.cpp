#include "cli/input/occurrence_counter.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/testing/sanitized.hpp"
#include "base/testing/scratch_directory.hpp"
#include "base/testing/test_seed.hpp"

namespace hourglass::cli {
namespace {

LineKey key_of(std::uint64_t time, std::uint64_t line) {
  return {core::Timestamp{time}, {line, line % 3}};
}

/// What newest() must give, from a map of everything.
std::vector<Occurrence> newest_of(const std::map<LineKey, std::uint64_t>& counts, std::size_t most) {
  std::vector<Occurrence> newest;
  for (auto entry = counts.rbegin(); entry != counts.rend() && newest.size() < most; ++entry)
    newest.insert(newest.begin(), {entry->first, entry->second});
  return newest;
}

TEST(OccurrenceCounter, CountsEveryLineOfEveryTimeForItself) {
  const base::ScratchDirectory scratch;
  OccurrenceCounter counter(scratch.path());
  EXPECT_EQ(counter.count(key_of(0, 1)), 0U);
  EXPECT_EQ(counter.count(key_of(0, 1)), 1U);
  EXPECT_EQ(counter.count(key_of(0, 2)), 0U);
  EXPECT_EQ(counter.count(key_of(1, 1)), 0U);
  EXPECT_EQ(counter.count({core::Timestamp{0}, {1, 0}}), 0U) << "the other half of the hash";
  EXPECT_EQ(counter.count(key_of(0, 1)), 2U);
}

TEST(OccurrenceCounter, AgreesWithAMapWhateverTheOrder) {
  std::mt19937_64 random(base::test_seed());
  const base::ScratchDirectory scratch;
  for (int round = 0; round < (base::kSanitized ? 10 : 60); ++round) {
    OccurrenceCounter counter(scratch.path(), 4 + random() % 200);
    std::map<LineKey, std::uint64_t> counts;
    const std::uint64_t times = 1 + random() % (round % 2 == 0 ? 5 : 10'000);
    const std::uint64_t lines = 1 + random() % 300;
    const std::uint64_t pace = random() % 3;  // how fast time goes on beside the disorder
    for (std::uint64_t i = 0; i < 5'000; ++i) {
      const LineKey key = key_of(i * pace + random() % times, random() % lines);
      const auto count = counter.count(key);
      ASSERT_TRUE(count) << count.error();
      ASSERT_EQ(*count, counts[key]++);
    }
    const std::size_t most = random() % 6'000;
    EXPECT_EQ(*counter.newest(most), newest_of(counts, most));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << "temporary files have no names";
}

// A run that is told of more than will come has steps of many pages, as a very large one has.
TEST(OccurrenceRun, FindsWhatItHoldsWhateverTheStepOfItsIndex) {
  const base::ScratchDirectory scratch;
  constexpr std::uint64_t kLines = 20'000;
  for (const std::uint64_t step : {1, 129, 1'000, 50'000}) {
    auto writer = OccurrenceRunWriter::create(scratch.path(), step << 16);
    ASSERT_TRUE(writer) << writer.error();
    for (std::uint64_t i = 0; i < kLines; ++i)
      ASSERT_TRUE(writer->add({key_of(10 + 2 * i, i), i + 1}));
    const auto run = writer->finish();
    ASSERT_TRUE(run) << run.error();
    EXPECT_FALSE(run->covers(core::Timestamp{9}) || run->covers(core::Timestamp{10 + 2 * kLines - 1}));
    EXPECT_TRUE(run->covers(core::Timestamp{10}) && run->covers(core::Timestamp{10 + 2 * kLines - 2}));
    for (std::uint64_t i = 0; i < kLines; ++i) {
      ASSERT_EQ(run->find(key_of(10 + 2 * i, i)), i + 1);
      ASSERT_EQ(run->find(key_of(10 + 2 * i, i + 1)), 0U);
      ASSERT_EQ(run->find(key_of(9 + 2 * i, i)), 0U);
    }
    EXPECT_EQ(run->find(key_of(10 + 2 * kLines, 0)), 0U);
  }
}

TEST(OccurrenceCounter, KeepsFewRuns) {
  const base::ScratchDirectory scratch;
  OccurrenceCounter counter(scratch.path(), 100);
  std::size_t most_runs = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(counter.count(key_of(i, i)));
    most_runs = std::max(most_runs, counter.runs());
  }
  EXPECT_GT(most_runs, 7U);
  EXPECT_LE(most_runs, 4 * 7U) << "1333 runs are 4 levels of eight";
}

TEST(OccurrenceCounter, GoesOnFromWhatAnotherHasCounted) {
  std::mt19937_64 random(base::test_seed());
  const base::ScratchDirectory scratch;
  OccurrenceCounter first(scratch.path(), 50);
  std::map<LineKey, std::uint64_t> counts;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const LineKey key = key_of(i + random() % 50, random() % 2);
    ASSERT_EQ(first.count(key), counts[key]++);
  }
  OccurrenceCounter second(scratch.path(), 50);
  ASSERT_TRUE(second.load(*first.newest(1'000)));
  for (std::uint64_t time = 2'800; time < 3'100; ++time)
    for (std::uint64_t line = 0; line < 2; ++line)
      ASSERT_EQ(second.count(key_of(time, line)), counts[key_of(time, line)]);
}

TEST(OccurrenceCounter, NamesTheDirectoryThatItCannotWriteTo) {
  OccurrenceCounter counter("/dev/null/none", 4);
  std::string failure;
  for (std::uint64_t i = 0; i < 5; ++i)
    if (const auto count = counter.count(key_of(i, i)); !count)
      failure = count.error();
  EXPECT_EQ(
      failure,
      "cannot make a temporary file in /dev/null/none: Not a directory; TMPDIR can name another directory");
}

/// Counts in a directory where no file can grow, and ends the process: 0 when that is said.
[[noreturn]] void count_where_files_cannot_grow(const std::filesystem::path& directory) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1024, 1024};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  OccurrenceCounter counter(directory, 100);
  for (std::uint64_t i = 0; i < 100; ++i)
    (void)counter.count(key_of(i, i));
  const auto count = counter.count(key_of(100, 100));
  std::cerr << (count ? "counted" : count.error());
  std::_Exit(count ? 1 : 0);
}

// A limit of the size of files stands for the full disk: the write fails in the same place.
TEST(OccurrenceCounter, SaysThatTheDiskIsFull) {
  const base::ScratchDirectory scratch;
  EXPECT_EXIT(count_where_files_cannot_grow(scratch.path()), ::testing::ExitedWithCode(0),
              "cannot write a temporary file in .*: File too large; TMPDIR");
}

}  // namespace
}  // namespace hourglass::cli
