// Makes a data directory in which everything occurs that docs/formats describes, and prints as JSON what was
// counted: sample_store DIRECTORY closed|killed keep|remove. The last word says whether users of old hours
// are removed; then a day passes as well, after which keys count again.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/files/posix_file_system.hpp"
#include "engine/store.hpp"
#include "engine/testing/manual_clock.hpp"
#include "engine/testing/recording_log.hpp"

namespace hourglass::engine {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kStart = 1'700'000'000'000;
constexpr std::uint64_t kHour = core::kMillisecondsPerHour;
constexpr std::uint64_t kWindow = 24 * kHour;
constexpr int kNewUsers = 3000;

[[noreturn]] void give_up(const std::string& reason) {
  std::fprintf(stderr, "sample_store: %s\n", reason.c_str());
  std::exit(1);
}

class NoOrigin final : public ports::SubmissionOrigin {
 public:
  void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}
};

StoreSettings tiny(const std::filesystem::path& directory, bool remove_users) {
  StoreSettings settings;
  settings.directory = directory;
  settings.log = {32 << 10, 8 << 10};
  settings.keys.keys_in_memory = 150;
  settings.hours.memory_bytes = 256 << 10;
  settings.hours.unsaved_bytes = 16 << 10;
  settings.hours.rest = std::chrono::minutes{1};
  settings.spill_bytes = 6 << 10;
  if (remove_users)
    settings.users_age = std::chrono::hours{2};
  return settings;
}

/// A store in a real directory, and beside it what it has to have counted, in the simplest way to say that.
class Sample {
 public:
  explicit Sample(StoreSettings settings) : settings_(std::move(settings)) {}

  void open() {
    store_.reset();
    board_ = std::make_unique<TotalsBoard>();
    const Executor at_once = [](const std::function<void()>& work) { work(); };
    auto opened = Store::open(settings_, {files_, clock_, log_, {at_once, at_once}, *board_, counters_},
                              [] { return false; });
    if (!opened)
      give_up(opened.error().message);
    store_ = std::move(*opened);
  }

  void close() { store_->close(); }

  [[nodiscard]] std::uint64_t now() const { return clock_.now().value(); }

  void pass(std::uint64_t duration, std::uint64_t step) {
    for (std::uint64_t passed = 0; passed < duration; passed += step) {
      clock_.pass(milliseconds{step});
      store_->tick();
    }
  }

  void commit(std::vector<core::Event> events) {
    expect(events);
    QueuedSubmission queued{std::make_unique<ports::Submission>(origin_), {}, 0};
    for (const core::Event& event : events)
      queued.hashes.push_back(hash_event(store_->identity().hash_key, event));
    queued.submission->events = std::move(events);
    std::vector<QueuedSubmission> submissions;
    submissions.push_back(std::move(queued));
    const bool good = store_->commit(submissions) == Store::Health::good;
    if (const auto& failure = submissions[0].submission->failure; failure || !good)
      give_up(failure ? failure->message : "the store is broken");
    clock_.pass(milliseconds{100});
  }

  void print() const {
    std::printf("{\"now\": %llu,\n\"totals\": {", static_cast<unsigned long long>(now()));
    std::map<std::uint64_t, core::Totals> totals;
    for (const core::Event& event : accepted_) {
      const core::Hour hour = core::hour_of(event.timestamp);
      if (!totals.contains(hour.value()))
        totals[hour.value()] = totals_of(hour);
    }
    const char* before = "";
    for (const auto& [hour, of_hour] : totals) {
      std::printf("%s\n\"%llu\": [%llu, %llu, %llu]", before, number(hour), number(of_hour.unique_users),
                  number(of_hour.clicks), number(of_hour.impressions));
      before = ",";
    }
    std::printf("},\n\"events\": [");
    before = "";
    for (const core::Event& event : accepted_) {
      std::printf("%s\n[%llu, %d, \"%s\"]", before, number(event.timestamp.value()),
                  event.kind == core::Kind::impression ? 1 : 0, hex(event.user.bytes()).c_str());
      before = ",";
    }
    std::printf("],\n\"keys\": [");
    before = "";
    for (const auto& [key, last] : keys_) {
      std::printf("%s\n[\"%s\", \"%s\", %llu]", before, hex(key.first).c_str(), hex(key.second).c_str(),
                  number(last));
      before = ",";
    }
    std::printf("]}\n");
  }

 private:
  static unsigned long long number(std::uint64_t value) { return value; }

  static std::string hex(const std::string& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string result;
    for (const unsigned char byte : bytes) {
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    }
    return result;
  }

  [[nodiscard]] core::Totals totals_of(core::Hour hour) const {
    const auto reading = board_->read(hour);
    if (!reading)
      give_up(reading.error().message);
    return reading->totals;
  }

  void expect(const std::vector<core::Event>& events) {
    for (const core::Event& event : events) {
      if (event.key) {
        const auto [known, is_first] = keys_.insert({{event.user.bytes(), event.key->text()}, now()});
        const bool counted = !is_first && now() - known->second < kWindow;
        known->second = now();
        if (counted)
          continue;
      }
      accepted_.push_back(event);
    }
  }

  const StoreSettings settings_;
  PosixFileSystem files_;
  ManualClock clock_{kStart};
  RecordingLog log_;
  NoOrigin origin_;
  EngineCounters counters_;
  std::unique_ptr<TotalsBoard> board_;
  std::unique_ptr<Store> store_;
  std::vector<core::Event> accepted_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> keys_;  // to their last occurrence
};

core::Event event(const std::string& user, std::uint64_t timestamp, core::Kind kind = core::Kind::click) {
  return {core::Timestamp{timestamp}, *core::User::from_bytes(user), kind, std::nullopt};
}

core::Event event(const std::string& user, std::uint64_t timestamp, const std::string& key) {
  core::Event result = event(user, timestamp, core::Kind::impression);
  result.key = *core::IdempotencyKey::from_text(key);
  return result;
}

/// Names of every kind in the first hour and in the last one, at their ends.
void send_odd_users(Sample& sample) {
  const std::uint64_t last = core::kMaxTimestamp.value();
  std::string accents;
  while (accents.size() < core::User::kMaxBytes)
    accents += "\xc3\xa9";
  for (const std::string& user :
       {std::string("\x01"), std::string("\x7f"), std::string("\"\\\r\n"), std::string(" "),
        std::string("\xe6\x97\xa5\xe6\x9c\xac"), std::string("\xf0\x9f\xa6\x89"), accents,
        std::string(core::User::kMaxBytes, 'x')}) {
    sample.commit({event(user, 0), event(user, kHour - 1), event(user, last), event(user, last, "k")});
    sample.commit({event(user, last, "k"), event(user, last - kHour + 1)});
  }
}

/// Many users with long names in one hour: more than a page, a block or a segment holds.
void send_many_users(Sample& sample, std::uint64_t timestamp, int first) {
  std::vector<core::Event> events;
  for (int i = first; i < first + kNewUsers; ++i)
    events.push_back(
        event("a visitor whose name is long, number " + std::to_string(i), timestamp + (i % 1000)));
  sample.commit(std::move(events));
}

/// Ordinary events with keys, some of them sent twice, to some hours.
void send_some(Sample& sample, std::mt19937_64& random, const std::vector<std::uint64_t>& timestamps) {
  for (int i = 0; i < 60; ++i) {
    std::vector<core::Event> events;
    for (int j = 0; j < 15; ++j) {
      const std::string user = "user" + std::to_string(random() % 300);
      const std::uint64_t timestamp = timestamps[random() % timestamps.size()] + (random() % 1000);
      if (j % 3 == 0)
        events.push_back(event(user, timestamp, "key" + std::to_string(random() % 20)));
      else
        events.push_back(event(user, timestamp, j % 2 == 0 ? core::Kind::click : core::Kind::impression));
    }
    events.push_back(event("resender", timestamps[0], "again" + std::to_string(random() % 10)));
    sample.commit(std::move(events));
  }
}

void fill(Sample& sample, bool remove_users) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> old{kStart - 300 * kHour, kStart - 5 * kHour};
  send_odd_users(sample);
  send_many_users(sample, kStart - kHour, 0);
  send_some(sample, random, {old[0], old[1], kStart, kStart + kHour});
  sample.pass(200'000, 20'000);
  sample.close();
  sample.open();
  if (remove_users)
    old = {sample.now() - kHour};
  send_some(sample, random, {old[0], sample.now()});
  send_many_users(sample, kStart - kHour, kNewUsers / 2);
  sample.open();  // not closed in order
  sample.pass(remove_users ? kWindow + kHour : kHour, kHour / 2);
  if (remove_users)
    old = {sample.now()};
  send_some(sample, random, {old[0], sample.now(), core::kMaxTimestamp.value() - 1000});
  sample.pass(600'000, 20'000);
  send_some(sample, random, {sample.now()});
  send_many_users(sample, sample.now(), 0);
  sample.commit({event("the last", sample.now())});  // what was sent before has not left the log yet
}

int run(const std::string& directory, const std::string& end, const std::string& users) {
  if ((end != "closed" && end != "killed") || (users != "keep" && users != "remove"))
    give_up("usage: sample_store DIRECTORY closed|killed keep|remove");
  std::filesystem::create_directories(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  Sample sample(tiny(directory, users == "remove"));
  sample.open();
  fill(sample, users == "remove");
  sample.print();
  if (end == "closed")
    sample.close();
  return 0;
}

}  // namespace
}  // namespace hourglass::engine

int main(int argc, char** argv) {
  return hourglass::engine::run(argc == 4 ? argv[1] : "", argc == 4 ? argv[2] : "", argc == 4 ? argv[3] : "");
}
