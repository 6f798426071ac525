// engine_scale [--users N] [--hours N] [--dir DIR]
// Memory and disk of the engine at scale, beside what they may take: N users in one hour, before and after it
// is sealed and the engine opened again; one event to each of many hours; the users of a day of 24 hours.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "engine/engine.hpp"
#include "engine/testing/manual_clock.hpp"

namespace {

using namespace hourglass;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kHour = core::kMillisecondsPerHour;
constexpr std::uint64_t kNow = 1'700'000'000'000 / kHour * kHour;
constexpr std::size_t kBatch = 10'000;
constexpr std::uint64_t kMemoryBytes = 512ULL << 20;

class SilentLog final : public ports::Log {
 public:
  void write(ports::LogLevel level, std::string_view message,
             std::initializer_list<ports::LogField>) override {
    if (level >= ports::LogLevel::warning)
      std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  }
};

/// Counts what has come back, so that the submitter can stay a few batches ahead and no more.
class Origin final : public ports::SubmissionOrigin {
 public:
  void finished(std::vector<std::unique_ptr<ports::Submission>> submissions) override {
    const std::lock_guard lock(mutex_);
    for (const auto& submission : submissions)
      failed_ += submission->failure ? 1 : 0;
    running_ -= submissions.size();
    changed_.notify_all();
  }
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ < 8; });
    ++running_;
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ == 0; });
    if (failed_ > 0)
      std::fprintf(stderr, "%zu batches failed\n", failed_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t running_ = 0;
  std::size_t failed_ = 0;
};

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

double resident_mib() {
  std::ifstream status("/proc/self/statm");
  double pages = 0;
  status >> pages >> pages;
  return pages * 4096 / (1 << 20);
}

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    bytes += entry.is_regular_file() ? entry.file_size() : 0;
  return bytes;
}

class Scale {
 public:
  explicit Scale(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void open() {
    const auto began = Steady::now();
    engine_ = std::make_unique<engine::Engine>(
        engine::EngineSettings{.data_directory = directory_, .memory_bytes = kMemoryBytes}, clock_, log_);
    engine_->start(
        [](const base::StartFailure& failure) { std::fprintf(stderr, "%s\n", failure.message.c_str()); });
    while (engine_->state().condition == ports::StoreCondition::recovering)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    std::printf("  opened in %.2f s, resident %.0f MiB\n", seconds_since(began), resident_mib());
  }

  void close() { engine_.reset(); }

  /// Events number `first` to `last`, each of a user of its own, at the time that `time_of` gives.
  template <typename TimeOf>
  void post(const char* what, std::uint64_t first, std::uint64_t last, TimeOf time_of) {
    const auto began = Steady::now();
    for (std::uint64_t next = first; next < last;) {
      auto submission = std::make_unique<ports::Submission>(origin_);
      for (; next < last && submission->events.size() < kBatch; ++next)
        submission->events.push_back({core::Timestamp{time_of(next)},
                                      *core::User::from_bytes("user" + std::to_string(next)),
                                      core::Kind::click, std::nullopt});
      origin_.begin();
      if (!engine_->submit(submission))
        std::fprintf(stderr, "refused\n");
    }
    origin_.wait_for_all();
    std::printf("  %s: %.0f events/s, resident %.0f MiB, on disk %.1f bytes an event\n", what,
                static_cast<double>(last - first) / seconds_since(began), resident_mib(),
                static_cast<double>(bytes_below(directory_)) / static_cast<double>(last));
  }

  void show(std::uint64_t time) {
    const auto reading = *engine_->read_now(core::hour_of(core::Timestamp{time}));
    std::printf("  read: %s, unique_users %llu\n", reading->source == ports::Source::hot ? "hot" : "cold",
                static_cast<unsigned long long>(reading->totals.unique_users));
  }

  /// Lets the hours so far end, rest and be sealed.
  void seal(std::uint64_t time) {
    const auto began = Steady::now();
    for (int i = 0; i < 600; ++i) {
      clock_.pass(std::chrono::minutes{1});
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      if ((*engine_->read_now(core::hour_of(core::Timestamp{time})))->source == ports::Source::cold)
        break;
    }
    std::printf("  sealed after %.1f s, resident %.0f MiB; hours/ %.2f bytes a user\n", seconds_since(began),
                resident_mib(), static_cast<double>(bytes_below(directory_ / "hours")) / users_);
  }

  void unique(std::uint64_t first_hour, std::size_t hours) {
    std::vector<core::Hour> wanted;
    for (std::size_t i = 0; i < hours; ++i)
      wanted.emplace_back(first_hour + i);
    const auto began = Steady::now();
    const auto count = engine_->unique_users(wanted);
    std::printf("  unique users of %zu hours: %llu in %.2f s\n", hours,
                static_cast<unsigned long long>(count ? *count : 0), seconds_since(began));
  }

  double users_ = 1;
  engine::ManualClock clock_{kNow};

 private:
  std::filesystem::path directory_;
  SilentLog log_;
  Origin origin_;
  std::unique_ptr<engine::Engine> engine_;
};

void one_hour(const std::filesystem::path& directory, std::uint64_t users) {
  std::printf(
      "%llu users in one hour; a set takes 14 to 20 bytes a user, a run 8 bytes less log2(users) bits and "
      "about 4 bits:\n",
      static_cast<unsigned long long>(users));
  Scale scale(directory);
  scale.users_ = static_cast<double>(users);
  scale.open();
  scale.post("posted", 0, users, [](std::uint64_t) { return kNow; });
  scale.show(kNow);
  scale.close();
  scale.open();
  scale.show(kNow);
  scale.seal(kNow);
  scale.show(kNow);
  scale.post("late, half of them known", users / 2, users / 2 + users / 10 * 2 / 2,
             [](std::uint64_t) { return kNow; });
  scale.post("late and new", users, users + 10'000, [](std::uint64_t) { return kNow; });
  scale.show(kNow);
}

void many_hours(const std::filesystem::path& directory, std::uint64_t hours) {
  std::printf("one event to each of %llu hours:\n", static_cast<unsigned long long>(hours));
  Scale scale(directory);
  scale.open();
  scale.post("posted", 0, hours, [](std::uint64_t i) { return i * 7 % 1'000'003 * kHour; });
  scale.show(7 * kHour);
  scale.close();
  scale.open();
}

void day(const std::filesystem::path& directory, std::uint64_t users_an_hour) {
  std::printf("24 hours of %llu users each:\n", static_cast<unsigned long long>(users_an_hour));
  Scale scale(directory);
  scale.open();
  scale.post("posted", 0, 24 * users_an_hour,
             [&](std::uint64_t i) { return kNow + i / users_an_hour * kHour; });
  scale.clock_.pass(std::chrono::hours{24});
  scale.users_ = 24.0 * static_cast<double>(users_an_hour);
  scale.seal(kNow + 23 * kHour);
  scale.unique(kNow / kHour, 24);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t users = 1'000'000;
  std::uint64_t hours = 1'000'000;
  std::filesystem::path directory = std::filesystem::current_path() / "engine_scale.data";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--users")
      users = std::stoull(argv[i + 1]);
    else if (option == "--hours")
      hours = std::stoull(argv[i + 1]);
    else if (option == "--dir")
      directory = argv[i + 1];
  }
  std::filesystem::create_directories(directory);
  one_hour(directory / "one_hour", users);
  many_hours(directory / "many_hours", hours);
  day(directory / "day", users / 10);
  std::filesystem::remove_all(directory);
  return 0;
}
