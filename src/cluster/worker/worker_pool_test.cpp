#include "cluster/worker/worker_pool.hpp"

#include <array>
#include <atomic>

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

class RealClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override { return core::Timestamp{1'700'000'000'000}; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

/// A log of some foreign records.
class ShortLog final : public PartitionLog {
 public:
  static constexpr Offset kEnd{5};

  StoreResult<void> seek(Offset offset) override {
    next_ = offset;
    return {};
  }
  StoreResult<Fetched> fetch(std::size_t, milliseconds) override {
    if (next_ == kEnd)
      std::this_thread::sleep_for(milliseconds{1});
    Fetched fetched{{}, kEnd, kEnd};
    for (; next_ < kEnd; next_ = Offset{next_.value() + 1})
      fetched.records.push_back({next_, LogTime{1}, std::nullopt});
    return fetched;
  }
  StoreResult<LogRange> range() override { return LogRange{Offset{0}, kEnd}; }
  StoreResult<std::optional<Record>> record_at(Offset) override { return std::nullopt; }
  void commit(Offset) override {}

 private:
  Offset next_{0};
};

/// A store that counts how often it is asked.
class CountingStore final : public PartitionStore {
 public:
  explicit CountingStore(std::atomic<int>& loads) : loads_(loads) {}

  StoreResult<std::optional<StorePosition>> load() override {
    if (loads_++ == 0)
      return store_fault(Remedy::retry, "not there yet");
    return StorePosition{next_, LogTime{0}, std::nullopt};
  }
  StoreResult<std::optional<Offset>> next() override { return next_; }
  ApplyResult apply(Offset, Offset to, std::span<const Record>) override {
    next_ = to;
    return Applied{};
  }

 private:
  std::atomic<int>& loads_;
  Offset next_{0};
};

class WorkerPoolTest : public ::testing::Test {
 protected:
  /// The status of the only partition, once it is as wanted.
  template <typename Wanted>
  PartitionStatus wait_for(const Wanted& wanted) {
    PartitionStatus status;
    const auto end = clock_.elapsed() + std::chrono::seconds{30};
    while (clock_.elapsed() < end) {
      status = pool_.statuses().front().second;
      if (wanted(status))
        break;
      std::this_thread::sleep_for(milliseconds{1});
    }
    return status;
  }

  RealClock clock_;
  std::atomic<int> loads_{0};
  WorkerPool pool_{Role::cold,
                   [this](Partition, std::unique_ptr<PartitionLog> log) {
                     WorkerParts parts;
                     parts.log = std::move(log);
                     parts.store = std::make_unique<CountingStore>(loads_);
                     return parts;
                   },
                   clock_};
};

TEST_F(WorkerPoolTest, MovesTheStoreOfAPartitionAlongItsLog) {
  pool_.add(Partition{3}, std::make_unique<ShortLog>());
  const PartitionStatus status = wait_for([](const auto& now) { return now.records > 0; });
  EXPECT_EQ(status.next, ShortLog::kEnd);
  EXPECT_EQ(status.records, 5U);
  EXPECT_TRUE(status.is_running);
  EXPECT_EQ(status.trouble, "");
  EXPECT_EQ(loads_, 2);  // the first failed
}

TEST_F(WorkerPoolTest, EndsAWorkerWhosePartitionGoes) {
  pool_.add(Partition{3}, std::make_unique<ShortLog>());
  pool_.remove(std::array{Partition{3}});
  EXPECT_TRUE(pool_.statuses().empty());
  pool_.remove(std::array{Partition{3}});
}

TEST_F(WorkerPoolTest, APauseDoesNotHoldUpTheEnd) {
  pool_.add(Partition{3}, std::make_unique<ShortLog>());
  wait_for([](const auto& now) { return !now.trouble.empty(); });
}

}  // namespace
}  // namespace hourglass::cluster
