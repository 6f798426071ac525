#include "engine/keys/key_window.hpp"

#include <cerrno>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

constexpr std::chrono::milliseconds kWindow{1000};
const Executor kAtOnce = [](const std::function<void()>& work) { work(); };
const Executors kExecutors{kAtOnce, kAtOnce};

core::Hash128 key(std::uint64_t number) {
  return {number * 0x9E3779B97F4A7C15ULL, number * 0xC2B2AE3D27D4EB4FULL};
}

Moment moment(std::uint64_t milliseconds) {
  return {core::Timestamp{milliseconds}, std::chrono::milliseconds{milliseconds}};
}

class KeyWindowTest : public ::testing::Test {
 protected:
  std::unique_ptr<KeyWindow> open(std::size_t keys_in_memory) {
    auto window = KeyWindow::open(files_, "/keys", identity_, {kWindow, keys_in_memory}, kExecutors);
    EXPECT_TRUE(window) << window.error().message;
    return std::move(*window);
  }

  SimulatedFileSystem files_;
  StoreIdentity identity_ = StoreIdentity::random();
};

TEST_F(KeyWindowTest, AgreesWithAPlainMapAcrossSpillsMergesAndRestarts) {
  std::mt19937_64 random(base::test_seed());
  auto window = open(50);
  std::map<std::uint64_t, std::uint64_t> plain;                            // key -> last
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> noted;  // record -> key, time
  std::uint64_t now = 5000;
  for (std::uint64_t record = 1; record < 20'000; ++record) {
    now += random() % 3;
    const std::uint64_t number = random() % 2000;
    const auto occurred = window->occurred(key(number), core::Timestamp{now});
    ASSERT_TRUE(occurred);
    const bool expected = plain.contains(number) && now - plain[number] < 1000;
    ASSERT_EQ(*occurred, expected) << "record " << record;
    window->record(key(number), core::Timestamp{now});
    plain[number] = now;
    noted[record] = {number, now};
    ASSERT_TRUE(window->advance(RecordNumber{record}, moment(now)));
    ASSERT_LE(window->keys_in_memory(), 101U);
    if (random() % 500 == 0) {
      window = open(50);
      for (auto entry = noted.upper_bound(window->covered().value()); entry != noted.end(); ++entry)
        window->record(key(entry->second.first), core::Timestamp{entry->second.second});
    }
  }
  EXPECT_LE(files_.list("/keys")->size(), 18U);
}

TEST_F(KeyWindowTest, AFailedSpillForgetsNothingAndIsTriedAgain) {
  auto window = open(10);
  std::uint64_t now = 1000;
  files_.fail_all(ENOSPC);
  for (std::uint64_t i = 0; i < 10; ++i)
    window->record(key(i), core::Timestamp{now});
  window->advance(RecordNumber{10}, moment(now));  // begins the spill, which fails
  EXPECT_FALSE(window->advance(RecordNumber{10}, moment(now)));
  EXPECT_FALSE(window->is_full()) << "one table is still free";
  for (std::uint64_t i = 10; i < 20; ++i)
    window->record(key(i), core::Timestamp{now});
  EXPECT_TRUE(window->is_full());
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_TRUE(*window->occurred(key(i), core::Timestamp{now}));
  files_.fail_all(0);
  now += 10;
  for (int attempt = 0; attempt < 3; ++attempt) {
    now += 6000;
    EXPECT_TRUE(window->advance(RecordNumber{20}, moment(now)));
  }
  EXPECT_FALSE(window->is_full());
  EXPECT_EQ(window->covered(), RecordNumber{20});
}

TEST_F(KeyWindowTest, RunsOutsideTheWindowAreRemoved) {
  auto window = open(10);
  std::uint64_t number = 0;
  for (std::uint64_t now = 1000; now < 1'000'000; now += 100) {
    window->record(key(++number), core::Timestamp{now});
    ASSERT_TRUE(window->advance(RecordNumber{number}, moment(now)));
  }
  EXPECT_LE(files_.list("/keys")->size(), 6U);
}

TEST_F(KeyWindowTest, ARunUnderAnotherNameOrOfAnotherSizeIsRefused) {
  auto writer = KeyRunWriter::create(files_, "/keys", identity_, {RecordNumber{1}, RecordNumber{2}});
  ASSERT_TRUE(writer->add({key(1), core::Timestamp{1}}));
  const auto path = (*writer->finish())->path();
  const std::string content = files_.content(path);
  files_.content(path) += "more";
  EXPECT_FALSE(KeyRun::open(files_, path, identity_));
  files_.content(path) = content;
  ASSERT_TRUE(KeyRun::open(files_, path, identity_));
  ASSERT_TRUE(files_.rename(path, "/keys/3-4.keys"));
  EXPECT_FALSE(KeyRun::open(files_, "/keys/3-4.keys", identity_));
}

TEST_F(KeyWindowTest, EveryDamagedByteOfARunIsFoundOrHarmless) {
  auto window = open(400);
  for (std::uint64_t i = 0; i < 400; ++i)
    window->record(key(i), core::Timestamp{1000});
  ASSERT_TRUE(window->advance(RecordNumber{400}, moment(1000)));
  ASSERT_TRUE(window->advance(RecordNumber{400}, moment(1000)));
  ASSERT_EQ(window->covered(), RecordNumber{400});
  window.reset();
  const std::string path = "/keys/" + key_run_name({RecordNumber{1}, RecordNumber{400}});
  const std::size_t size = files_.content(path).size();
  for (std::size_t at = 0; at < size; at += at < 100 || at + 100 > size ? 1 : 7) {
    files_.content(path)[at] ^= 0x20;
    auto damaged = KeyWindow::open(files_, "/keys", identity_, {kWindow, 400}, kExecutors);
    bool found = !damaged;
    for (std::uint64_t i = 0; damaged && i < 400; ++i) {
      const auto occurred = (*damaged)->occurred(key(i), core::Timestamp{1001});
      found = found || !occurred;
      EXPECT_TRUE(!occurred || *occurred) << "byte " << at << " makes a key unknown";
    }
    EXPECT_TRUE(found) << "byte " << at;
    files_.content(path)[at] ^= 0x20;
  }
}

TEST_F(KeyWindowTest, AMissingRunIsNoticed) {
  auto window = open(10);
  for (std::uint64_t i = 1; i <= 35; ++i) {
    window->record(key(i), core::Timestamp{1000});
    ASSERT_TRUE(window->advance(RecordNumber{i}, moment(1000)));
  }
  window.reset();
  const auto names = files_.list("/keys");
  ASSERT_GE(names->size(), 3U);
  ASSERT_TRUE(files_.remove("/keys/" + key_run_name({RecordNumber{11}, RecordNumber{20}})));
  const auto opened = KeyWindow::open(files_, "/keys", identity_, {kWindow, 10}, kExecutors);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, StoreFailure::Reason::damaged);
}

}  // namespace
}  // namespace hourglass::engine
