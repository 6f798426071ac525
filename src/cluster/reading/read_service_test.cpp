#include "cluster/reading/read_service.hpp"

#include <atomic>
#include <condition_variable>

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using base::ErrorCode;
using ports::Consistency;
using std::chrono::milliseconds;

constexpr core::Hour kHour{472'222};

class RealClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override { return begin_of(kHour); }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

/// Lets a server hang for as long as it is shut.
class Gate {
 public:
  void shut() {
    const std::lock_guard lock(mutex_);
    is_shut_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_shut_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_shut_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_shut_ = false;
};

/// Servers that say what the test wants: one partition of which the stores hold the records below some
/// offset, and an hour that has a click a record.
struct Servers {
  std::atomic<std::int64_t> end{0};
  std::atomic<std::int64_t> hot_next{0};  // -1: the hot store has not the hour
  std::atomic<std::int64_t> cold_next{0};
  std::atomic<bool> log_answers{true};
  std::atomic<std::int64_t> asked_broker_end{-1};  // -1: it is no different from the log's
  std::atomic<int> markers{0};
  std::atomic<bool> hot_answers{true};
  std::atomic<bool> cold_answers{true};
  std::atomic<int> hot_reads{0};
  Gate log_gate;
  Gate hot_gate;
  Gate cold_gate;
};

PartialTotals totals_at(std::int64_t next) {
  return {{.unique_users = 1, .clicks = static_cast<std::uint64_t>(next), .impressions = 0}, Offset{next}};
}

StoreFault silence() {
  return {Remedy::retry, "does not answer"};
}

class Ends final : public LogEnds {
 public:
  explicit Ends(Servers& servers) : servers_(servers) {}
  StoreResult<std::vector<Offset>> ends(milliseconds) override {
    ++servers_.markers;
    servers_.log_gate.pass();
    if (!servers_.log_answers)
      return base::unexpected(silence());
    return std::vector{Offset{servers_.end}};
  }

 private:
  Servers& servers_;
};

/// What a broker says that is merely asked.
class AskedEnds final : public LogEnds {
 public:
  explicit AskedEnds(Servers& servers) : servers_(servers) {}
  StoreResult<std::vector<Offset>> ends(milliseconds) override {
    if (!servers_.log_answers)
      return base::unexpected(silence());
    const std::int64_t end = servers_.asked_broker_end;
    return std::vector{Offset{end < 0 ? servers_.end.load() : end}};
  }

 private:
  Servers& servers_;
};

class Hot final : public HotReader {
 public:
  explicit Hot(Servers& servers) : servers_(servers) {}
  std::vector<HotAnswer> read(std::span<const core::Hour> hours) override {
    ++servers_.hot_reads;
    servers_.hot_gate.pass();
    if (!servers_.hot_answers)
      return {base::unexpected(silence())};
    const std::int64_t next = servers_.hot_next;
    return {std::vector<HotHour>(hours.size(), next < 0 ? HotHour{} : HotHour{totals_at(next)})};
  }

 private:
  Servers& servers_;
};

class Cold final : public ColdReader {
 public:
  explicit Cold(Servers& servers) : servers_(servers) {}
  StoreResult<std::vector<Offset>> progress() override {
    servers_.cold_gate.pass();
    if (!servers_.cold_answers)
      return base::unexpected(silence());
    return std::vector{Offset{servers_.cold_next}};
  }
  StoreResult<std::vector<PartialTotals>> totals(Period) override {
    return std::vector{totals_at(servers_.cold_next)};
  }

 private:
  Servers& servers_;
};

class ReadServiceTest : public ::testing::Test, public ports::ReadOrigin {
 protected:
  void answered(std::vector<std::unique_ptr<ports::PendingRead>> reads) override {
    const std::lock_guard lock(mutex_);
    for (auto& read : reads)
      answered_.push_back(std::move(read));
    changed_.notify_all();
  }

  void begin(Consistency consistency, std::vector<std::int64_t> contains = {}) {
    auto read = std::make_unique<ports::PendingRead>(*this, kHour, consistency);
    read->contains.next = std::move(contains);
    service_.begin(std::move(read));
  }

  base::Result<ports::HourReading> answer() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return !answered_.empty(); });
    auto answer = std::move(*answered_.front()->answer);
    answered_.erase(answered_.begin());
    return answer;
  }

  base::Result<ports::HourReading> read(Consistency consistency, std::vector<std::int64_t> contains = {}) {
    begin(consistency, std::move(contains));
    return answer();
  }

  template <typename Condition>
  static void wait_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::sleep_for(milliseconds{5});
    }
  }

  /// Until fast reads know their lag.
  void wait_for_lag() {
    wait_until([this] { return read(Consistency::fast)->lag.has_value(); });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<ports::PendingRead>> answered_;
  RealClock clock_;
  Servers servers_;
  ReadService service_{{1, milliseconds{300}, milliseconds{100}}, std::make_unique<Ends>(servers_),
                       std::make_unique<AskedEnds>(servers_),     std::make_unique<Hot>(servers_),
                       std::make_unique<Cold>(servers_),          clock_};
};

TEST_F(ReadServiceTest, AFastReadTakesWhatTheHotStoreHas) {
  servers_.hot_next = 5;
  const auto reading = read(Consistency::fast);
  EXPECT_EQ(reading->totals.clicks, 5U);
  EXPECT_EQ(reading->source, ports::Source::hot);
}

TEST_F(ReadServiceTest, AnHourThatTheHotStoreHasNotComesFromTheColdOne) {
  servers_.hot_next = -1;
  servers_.cold_next = 7;
  const auto reading = read(Consistency::fast);
  EXPECT_EQ(reading->totals.clicks, 7U);
  EXPECT_EQ(reading->source, ports::Source::cold);
}

TEST_F(ReadServiceTest, TheColdStoreAnswersForADeadHotOne) {
  servers_.hot_answers = false;
  servers_.cold_next = 7;
  EXPECT_EQ(read(Consistency::fast)->totals.clicks, 7U);
  EXPECT_EQ(service_.sources().hot_trouble, "does not answer");
}

TEST_F(ReadServiceTest, AStrongReadWaitsForTheEndOfTheLog) {
  servers_.end = 9;
  servers_.hot_next = 5;
  begin(Consistency::strong);
  std::this_thread::sleep_for(milliseconds{20});
  servers_.hot_next = 9;
  const auto reading = answer();
  EXPECT_EQ(reading->totals.clicks, 9U);
  EXPECT_EQ(reading->lag, std::nullopt);
}

TEST_F(ReadServiceTest, AStrongReadThatMissesSomethingFails) {
  servers_.end = 9;
  servers_.hot_next = 5;
  EXPECT_EQ(read(Consistency::strong).error().code, ErrorCode::deadline_exceeded);
  servers_.hot_next = 9;
  servers_.log_answers = false;
  EXPECT_EQ(read(Consistency::strong).error().code, ErrorCode::deadline_exceeded);
  servers_.log_answers = true;
  EXPECT_TRUE(read(Consistency::strong));
}

TEST_F(ReadServiceTest, AStrongReadIsToldInTimeWhileAServerHangs) {
  servers_.end = 9;
  servers_.hot_next = -1;
  servers_.cold_next = 9;
  for (Gate* gate : {&servers_.log_gate, &servers_.hot_gate, &servers_.cold_gate}) {
    gate->shut();
    const auto begun = clock_.elapsed();
    begin(Consistency::strong);
    std::this_thread::sleep_for(milliseconds{100});
    begin(Consistency::strong);
    EXPECT_EQ(answer().error().code, ErrorCode::deadline_exceeded);  // nothing opens the gate before
    EXPECT_GE(clock_.elapsed() - begun, milliseconds{300});
    EXPECT_EQ(answer().error().code, ErrorCode::deadline_exceeded);
    EXPECT_GE(clock_.elapsed() - begun, milliseconds{400});
    gate->open();
    EXPECT_TRUE(read(Consistency::strong));
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(answered_.empty()) << "nobody is answered twice";
  }
}

TEST_F(ReadServiceTest, AFastReadDoesNotGoBackWhileThatCanBeHadSoon) {
  servers_.hot_next = 5;
  EXPECT_EQ(read(Consistency::fast)->totals.clicks, 5U);
  servers_.hot_next = 3;
  begin(Consistency::fast);
  std::this_thread::sleep_for(milliseconds{10});
  servers_.hot_next = 6;
  EXPECT_EQ(answer()->totals.clicks, 6U);
  servers_.hot_next = 2;  // the store has lost data
  EXPECT_EQ(read(Consistency::fast)->totals.clicks, 2U);
}

TEST_F(ReadServiceTest, AFastReadWaitsForWhatItsConnectionHasPosted) {
  servers_.hot_next = 5;
  begin(Consistency::fast, {8});
  std::this_thread::sleep_for(milliseconds{10});
  servers_.hot_next = 8;
  EXPECT_EQ(answer()->totals.clicks, 8U);
}

TEST_F(ReadServiceTest, NobodyWaitsForEver) {
  servers_.hot_answers = false;
  servers_.cold_answers = false;
  EXPECT_EQ(read(Consistency::fast).error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(read(Consistency::strong).error().code, ErrorCode::deadline_exceeded);
}

TEST_F(ReadServiceTest, FastReadsLearnTheirLag) {
  servers_.end = 5;
  servers_.hot_next = 5;
  wait_for_lag();
}

TEST_F(ReadServiceTest, EndsAreAskedForWithoutMarkersWhileTheBrokerAnswers) {
  servers_.end = 5;
  servers_.hot_next = 5;
  wait_for_lag();
  const int markers = servers_.markers;
  std::this_thread::sleep_for(milliseconds{300});
  EXPECT_LE(read(Consistency::fast)->lag, milliseconds{3'000});
  EXPECT_EQ(servers_.markers, markers);
}

/// It led the partition and was frozen; another leads by now and has acknowledged more.
TEST_F(ReadServiceTest, ABrokerThatWakesUpDoesNotMakeTheLagTooSmall) {
  servers_.end = 5;
  servers_.hot_next = 5;
  wait_for_lag();
  servers_.log_answers = false;
  wait_until([&] { return !service_.sources().log_trouble.empty(); });
  servers_.asked_broker_end = 5;
  const auto acknowledged = clock_.elapsed();
  servers_.end = 9;
  servers_.log_answers = true;
  while (clock_.elapsed() - acknowledged < milliseconds{500}) {
    const auto before = clock_.elapsed();
    const auto lag = read(Consistency::fast)->lag;
    ASSERT_TRUE(lag);
    EXPECT_GE(*lag, before - acknowledged);
    std::this_thread::sleep_for(milliseconds{10});
  }
  servers_.asked_broker_end = -1;
  servers_.hot_next = 9;
  wait_until([&] { return read(Consistency::fast)->lag < milliseconds{300}; });
}

/// Nobody noticed that it was frozen, but a store has counted more than it knows of.
TEST_F(ReadServiceTest, EndsBelowWhatWasAnsweredAreNotBelieved) {
  servers_.end = 5;
  servers_.hot_next = 5;
  wait_for_lag();
  servers_.asked_broker_end = 5;
  servers_.end = 12;
  servers_.hot_next = 9;
  EXPECT_EQ(read(Consistency::fast)->totals.clicks, 9U);
  std::this_thread::sleep_for(milliseconds{300});  // the broker is asked some times
  EXPECT_GE(read(Consistency::fast)->lag, milliseconds{100});
}

TEST_F(ReadServiceTest, ManyReadsShareAQuestion) {
  servers_.hot_next = 5;
  constexpr int kReads = 2'000;
  for (int index = 0; index < kReads; ++index)
    begin(Consistency::fast);
  for (int index = 0; index < kReads; ++index)
    EXPECT_TRUE(answer());
  EXPECT_LT(servers_.hot_reads, kReads);
}

TEST_F(ReadServiceTest, WhatWaitsAtTheEndIsAnswered) {
  servers_.end = 9;
  begin(Consistency::strong);
  service_.stop();
  EXPECT_EQ(answer().error().code, ErrorCode::shutting_down);
}

}  // namespace
}  // namespace hourglass::cluster
