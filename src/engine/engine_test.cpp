#include "engine/engine.hpp"

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "base/testing/scratch_directory.hpp"
#include "engine/testing/manual_clock.hpp"
#include "engine/testing/recording_log.hpp"
#include "engine/testing/simulated_file_system.hpp"
#include "ports/testing/event_export_contract.hpp"

namespace hourglass::engine {
namespace {

using base::ErrorCode;
using ports::make_event;
using ports::read_hour;
using ports::StoreCondition;

constexpr std::uint64_t kNow = 1'700'000'000'000;

void start_and_wait(Engine& engine) {
  std::promise<void> failed;
  engine.start([&](const base::StartFailure& failure) {
    ADD_FAILURE() << failure.message;
    failed.set_value();
  });
  auto done = failed.get_future();
  while (engine.state().condition == StoreCondition::recovering &&
         done.wait_for(std::chrono::milliseconds{1}) == std::future_status::timeout) {
  }
}

/// An engine with all that it needs, in a folder of its own.
class EngineWithDirectory final : public ports::EventStore, public ports::EventExporter {
 public:
  EngineWithDirectory() { start_and_wait(engine_); }

  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission) override {
    return engine_.submit(submission);
  }
  [[nodiscard]] std::optional<base::Result<ports::HourReading>> read_now(core::Hour hour) const override {
    return engine_.read_now(hour);
  }
  void begin_read(std::unique_ptr<ports::PendingRead> read) override { engine_.begin_read(std::move(read)); }
  base::Result<std::unique_ptr<ports::EventExport>> begin_export(core::HourRange hours,
                                                                 std::function<bool()> cancelled) override {
    return engine_.begin_export(hours, std::move(cancelled));
  }
  [[nodiscard]] core::Hour first_open_hour() const override { return engine_.first_open_hour(); }
  [[nodiscard]] ports::StoreState state() const override { return engine_.state(); }

 private:
  base::ScratchDirectory directory_;
  ManualClock clock_{kNow};
  RecordingLog log_;
  Engine engine_{{directory_.path() / "data", std::chrono::hours{24}}, clock_, log_};
};

using ports::EventStoreContract;
INSTANTIATE_TEST_SUITE_P(Engine, EventStoreContract,
                         ::testing::Values([] { return std::make_unique<EngineWithDirectory>(); }));
using ports::EventExportContract;
INSTANTIATE_TEST_SUITE_P(Engine, EventExportContract,
                         ::testing::Values([] { return std::make_unique<EngineWithDirectory>(); }));

class EngineTest : public ::testing::Test {
 protected:
  std::unique_ptr<Engine> make(std::unique_ptr<FileSystem> files = std::make_unique<SimulatedFileSystem>()) {
    return std::make_unique<Engine>(EngineSettings{directory_.path() / "data", std::chrono::hours{24}},
                                    clock_, log_, std::move(files));
  }

  base::Result<void> submit(Engine& engine, core::Event event) {
    auto submission = std::make_unique<ports::Submission>(origin_);
    submission->events.push_back(std::move(event));
    return engine.submit(submission);
  }

  std::optional<ErrorCode> outcome() {
    const auto finished = origin_.wait_for(1);
    EXPECT_EQ(finished.size(), 1U);
    if (finished.empty() || !finished[0]->failure)
      return std::nullopt;
    return finished[0]->failure->code;
  }

  base::ScratchDirectory directory_;
  ManualClock clock_{kNow};
  RecordingLog log_;
  ports::WaitingOrigin origin_;
};

TEST_F(EngineTest, RefusesBeforeItIsStartedAndAfterItIsClosed) {
  const auto engine = make();
  EXPECT_EQ(submit(*engine, make_event("ann", kNow, core::Kind::click)).error().code,
            ErrorCode::store_unavailable);
  EXPECT_EQ(read_hour(*engine, core::Hour{1}).error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(engine->begin_export({}, [] { return false; }).error().code, ErrorCode::store_unavailable);
  start_and_wait(*engine);
  engine->close();
  EXPECT_EQ(submit(*engine, make_event("ann", kNow, core::Kind::click)).error().code,
            ErrorCode::shutting_down);
}

TEST_F(EngineTest, CloseCommitsWhatWasSubmitted) {
  const auto engine = make();
  start_and_wait(*engine);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(submit(*engine, make_event("user" + std::to_string(i), kNow, core::Kind::click)));
  engine->close();
  EXPECT_EQ(origin_.wait_for(100).size(), 100U);
  EXPECT_EQ(read_hour(*engine, core::hour_of(core::Timestamp{kNow}))->totals.clicks, 100U);
}

TEST_F(EngineTest, AFailedSyncIsAnUnknownOutcomeAndTheEngineGoesOn) {
  auto owned = std::make_unique<SimulatedFileSystem>();
  SimulatedFileSystem& files = *owned;
  const auto engine = make(std::move(owned));
  start_and_wait(*engine);
  files.fail_call(files.calls() + 2, EIO);  // the sync behind the write
  ASSERT_TRUE(submit(*engine, make_event("ann", kNow, core::Kind::click, "k")));
  EXPECT_EQ(outcome(), ErrorCode::outcome_unknown);
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    if (submit(*engine, make_event("ann", kNow, core::Kind::click, "k")))
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  EXPECT_FALSE(outcome());
  EXPECT_EQ(read_hour(*engine, core::hour_of(core::Timestamp{kNow}))->totals, (core::Totals{1, 1, 0}));
}

TEST_F(EngineTest, ReadsGoOnWhileTheDiskIsBroken) {
  auto owned = std::make_unique<SimulatedFileSystem>();
  SimulatedFileSystem& files = *owned;
  const auto engine = make(std::move(owned));
  start_and_wait(*engine);
  ASSERT_TRUE(submit(*engine, make_event("ann", kNow, core::Kind::click)));
  EXPECT_FALSE(outcome());
  files.fail_all(EIO);
  ASSERT_TRUE(submit(*engine, make_event("bob", kNow, core::Kind::click)));
  EXPECT_EQ(outcome(), ErrorCode::outcome_unknown);
  EXPECT_EQ(engine->state().condition, StoreCondition::unavailable);
  EXPECT_EQ(submit(*engine, make_event("eve", kNow, core::Kind::click)).error().code,
            ErrorCode::store_unavailable);
  EXPECT_EQ(read_hour(*engine, core::hour_of(core::Timestamp{kNow}))->totals, (core::Totals{1, 1, 0}));
  files.fail_all(0);
}

TEST_F(EngineTest, ASecondEngineOnTheSameDirectoryIsRefused) {
  const auto first = make();
  start_and_wait(*first);
  const auto second = make();
  std::promise<std::string> failure;
  second->start([&](const base::StartFailure& reason) { failure.set_value(reason.message); });
  EXPECT_NE(failure.get_future().get().find("in use by another process"), std::string::npos);
}

TEST_F(EngineTest, ReadersNeverSeeATornHour) {
  const auto engine = make();
  start_and_wait(*engine);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    core::Totals last;
    while (!done) {
      const core::Totals now = read_hour(*engine, core::hour_of(core::Timestamp{kNow}))->totals;
      // Each submission holds one new user, who clicks and sees.
      EXPECT_EQ(now.clicks, now.impressions);
      EXPECT_EQ(now.clicks, now.unique_users);
      EXPECT_GE(now.clicks, last.clicks);
      last = now;
    }
  });
  for (int i = 0; i < 5'000; ++i) {
    auto submission = std::make_unique<ports::Submission>(origin_);
    for (const core::Kind kind : {core::Kind::click, core::Kind::impression})
      submission->events.push_back(make_event("user" + std::to_string(i), kNow, kind));
    ASSERT_TRUE(engine->submit(submission));
  }
  engine->close();
  done = true;
  reader.join();
  EXPECT_EQ(read_hour(*engine, core::hour_of(core::Timestamp{kNow}))->totals,
            (core::Totals{5'000, 5'000, 5'000}));
}

}  // namespace
}  // namespace hourglass::engine
