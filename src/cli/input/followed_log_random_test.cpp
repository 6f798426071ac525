// A log that is written, rotated, compressed and followed at random, with kills in between, against what was
// written.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/sanitized.hpp"
#include "base/testing/scratch_directory.hpp"
#include "base/testing/test_seed.hpp"
#include "cli/input/testing/compressed.hpp"
#include "cli/input/testing/log_sender.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;

/// Writes a log and rotates it as others do: renames it, or copies and empties it, with later compression.
class LogWriter {
 public:
  LogWriter(const base::ScratchDirectory& scratch, std::mt19937_64& random)
      : scratch_(&scratch), random_(&random) {
    begin_generation();
  }

  void write() {
    for (std::uint64_t lines = (*random_)() % 6; lines > 0; --lines) {
      time_ += (*random_)() % 3 == 0 ? 1 : 0;
      const bool is_long = (*random_)() % 30 == 0;
      finish(std::to_string(time_) +
             (is_long ? " " + std::string(600, 'l') : std::string(" ") + "ab"[(*random_)() % 2]));
    }
    if ((*random_)() % 3 == 0) {
      const std::string begun = std::to_string(time_) + " begun";
      partial_ += begun;
      scratch_->append("log", begun);
    }
  }

  void rotate() {
    finish(std::to_string(time_) + " ends");
    move_back();
    if ((*random_)() % 3 != 0) {
      fs::rename(*scratch_ / "log", *scratch_ / "log.1");
    } else {
      fs::copy_file(*scratch_ / "log", *scratch_ / "log.1");
      fs::resize_file(*scratch_ / "log", 0);
    }
    begin_generation();
  }

  /// Ends the line that has been begun.
  void finish(const std::string& text) {
    const std::string line = partial_.empty() ? text : partial_ + text;
    scratch_->append("log", text + "\n");
    partial_.clear();
    written_.insert(line + "#" + std::to_string(counts_[line]++));
  }

  [[nodiscard]] const std::set<std::string>& written() const { return written_; }

 private:
  /// Gives the rotated generations the next number; compresses some from the second on.
  void move_back() {
    static const std::string ends[] = {"", ".gz", ".zst"};
    for (int number = 9; number >= 1; --number)
      for (const std::string& end : ends) {
        const fs::path from = *scratch_ / ("log." + std::to_string(number) + end);
        if (!fs::exists(from))
          continue;
        const fs::path to = *scratch_ / ("log." + std::to_string(number + 1) + end);
        fs::rename(from, to);
        if (end.empty() && (*random_)() % 2 == 0)
          compress(to);
      }
  }

  void compress(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto written = fs::last_write_time(path);
    const bool is_gzip = (*random_)() % 2 == 0;
    const std::string to = path.string() + (is_gzip ? ".gz" : ".zst");
    std::ofstream(to, std::ios::binary) << (is_gzip ? gzip(text) : zstd(text));
    fs::last_write_time(to, written);
    fs::remove(path);
  }

  /// The first line of every generation is one of its own, as in a real log.
  void begin_generation() {
    ++generation_;
    finish(std::to_string(100'000 + generation_) + " begins");
  }

  const base::ScratchDirectory* scratch_;
  std::mt19937_64* random_;
  std::uint64_t time_ = 1;
  std::uint64_t generation_ = 0;
  std::string partial_;
  std::map<std::string, std::uint64_t> counts_;
  std::set<std::string> written_;
};

TEST(FollowedLogHistories, EveryLineIsSentUnderItsOnlyId) {
  const std::uint64_t seed = base::test_seed();
  for (std::uint64_t history = 0; history < (base::kSanitized ? 5 : 40); ++history) {
    std::mt19937_64 random(seed + history);
    const base::ScratchDirectory scratch;
    LogWriter writer(scratch, random);
    LogSender sender(scratch);
    std::size_t rotations = 0;
    ASSERT_EQ(sender.start(), "");
    for (int step = 0; step < 150; ++step) {
      const std::uint64_t choice = random() % 16;
      if (choice < 6) {
        writer.write();
      } else if (choice < 8 && rotations < 8) {
        writer.rotate();
        ++rotations;
      } else if (choice < 12 && sender.is_running()) {
        ASSERT_EQ(sender.take(random() % 10), "");
      } else if (choice < 14 && sender.is_running()) {
        ASSERT_EQ(sender.keep(), "");
      } else if (choice == 14) {
        sender.kill();
      } else if (!sender.is_running()) {
        ASSERT_EQ(sender.start(), "") << "history " << history << ", step " << step;
      }
    }
    writer.finish("0 end");
    if (!sender.is_running()) {
      ASSERT_EQ(sender.start(), "") << "history " << history;
    }
    ASSERT_EQ(sender.take(), "") << "history " << history;
    const std::set<std::string> sent(sender.sent.begin(), sender.sent.end());
    std::vector<std::string> missing;
    std::ranges::set_difference(writer.written(), sent, std::back_inserter(missing));
    ASSERT_THAT(missing, ::testing::IsEmpty()) << "history " << history;
    ASSERT_EQ(sent.size(), writer.written().size()) << "no other ids; history " << history;
    ASSERT_GT(sent.size(), 20U);
  }
}

}  // namespace
}  // namespace hourglass::cli
