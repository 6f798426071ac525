// Every byte of a small store is damaged, one at a time: the store is refused, or an hour, or nothing is
// wrong.

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/sanitized.hpp"
#include "engine/testing/simulated_file_system.hpp"
#include "engine/testing/small_store.hpp"

namespace hourglass::engine {
namespace {

const std::filesystem::path kData = "/data";

/// What a disk holds, so that each trial begins with the same.
using Image = std::map<std::filesystem::path, std::string>;

Image image_of(SimulatedFileSystem& files) {
  Image image;
  for (const std::filesystem::path& folder :
       {kData, kData / "log", kData / "keys", kData / "hours", kData / "events"}) {
    const auto names = files.list(folder);
    for (const std::string& name : *names)
      image[folder / name] = files.content(folder / name);
  }
  return image;
}

void restore(SimulatedFileSystem& files, const Image& image) {
  for (const auto& [path, content] : image) {
    ASSERT_TRUE(files.make_directory(path.parent_path()));
    ASSERT_TRUE((*files.create(path))->write_at(0, content));
  }
}

/// Long stretches of zeros are damaged here and there only.
std::size_t next_place(const std::string& content, std::size_t at) {
  constexpr std::size_t kStep = base::kSanitized ? 31 : 1;
  constexpr std::size_t kStepInZeros = 97;
  const std::size_t next = at + kStep;
  const std::size_t something = content.find_first_not_of('\0', next);
  return something == std::string::npos || something > next + kStepInZeros ? next + kStepInZeros : next;
}

class StoreDamageTest : public ::testing::Test {
 protected:
  void make(bool closed) {
    SimulatedFileSystem files;
    SmallStore store(files, kData);
    store.open();
    store.post(200);
    for (const core::Hour hour : SmallStore::hours())
      right_[hour.value()] = store.read(hour)->totals;
    if (closed)
      store.close();
    image_ = image_of(files);
  }

  /// Damages one bit; what then is wrong, if anything.
  std::string trial(const std::filesystem::path& path, std::size_t at) {
    SimulatedFileSystem files;
    restore(files, image_);
    files.content(path)[at] = static_cast<char>(image_[path][at] ^ 1 << at % 8);
    SmallStore store(files, kData);
    const auto opened = store.try_open();
    if (!opened) {
      ++refused_;
      const bool is_named = opened.error().message.find(path.string()) != std::string::npos ||
                            opened.error().message.find(path.parent_path().string()) != std::string::npos;
      return is_named ? "" : "another file is named: " + opened.error().message;
    }
    for (const auto& [hour, totals] : right_) {
      const auto reading = store.read(core::Hour{hour});
      hours_refused_ += reading ? 0 : 1;
      if (reading && reading->totals != totals)
        return "hour " + std::to_string(hour) + " shows " + std::to_string(reading->totals.clicks) +
               " clicks";
    }
    return "";
  }

  Image image_;
  std::map<std::uint64_t, core::Totals> right_;
  std::uint64_t refused_ = 0;
  std::uint64_t hours_refused_ = 0;
};

TEST_F(StoreDamageTest, NeverMakesANumberWrongAfterAnOrderlyClose) {
  make(true);
  for (const auto& [path, content] : image_) {
    for (std::size_t at = 0; at < content.size(); at = next_place(content, at))
      ASSERT_EQ(trial(path, at), "") << path << " byte " << at;
  }
  EXPECT_GT(refused_, 100U);
  EXPECT_GT(hours_refused_, 100U);
}

// The one exception, and that it is just that: of a process that was killed the very last commit may be lost.
TEST_F(StoreDamageTest, OfAKilledProcessOnlyTheLastCommitCanBeLost) {
  make(false);
  std::filesystem::path last;
  for (const auto& [path, content] : image_) {
    if (path.parent_path() == kData / "log")
      last = path;
  }
  const std::size_t used = image_[last].find_last_not_of('\0') + 1;
  std::size_t lost = 0;
  std::size_t first_lost = image_[last].size();
  for (std::size_t at = 0; at < image_[last].size(); at = next_place(image_[last], at)) {
    if (!trial(last, at).empty()) {
      ++lost;
      first_lost = std::min(first_lost, at);
    }
  }
  constexpr std::size_t kLongestCommit = 160;  // of one event with a key, in this store
  EXPECT_GT(lost, 0U);
  EXPECT_GE(first_lost + kLongestCommit, used) << "what is lost lies within the last commit";
}

}  // namespace
}  // namespace hourglass::engine
