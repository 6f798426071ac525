#include "engine/testing/small_store.hpp"

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

constexpr int kUsers = 37;
constexpr int kHours = 3;

core::Timestamp time_of(int number) {
  return core::Timestamp{SmallStore::kNow -
                         static_cast<std::uint64_t>(number % kHours) * core::kMillisecondsPerHour};
}

}  // namespace

SmallStore::SmallStore(FileSystem& files, const std::filesystem::path& directory) : files_(files) {
  settings.directory = directory;
  settings.log = {1024, 512};
  settings.keys.keys_in_memory = 40;
  settings.spill_bytes = 700;
}

void SmallStore::open() {
  const auto opened = try_open();
  ASSERT_TRUE(opened) << opened.error().message;
}

StoreResult<void> SmallStore::try_open() {
  store_.reset();
  board_ = std::make_unique<TotalsBoard>();
  const Executor at_once = [](const std::function<void()>& work) { work(); };
  auto opened = Store::open(settings, {files_, clock_, log_, {at_once, at_once}, *board_, counters_},
                            [] { return false; });
  if (!opened)
    return base::unexpected(opened.error());
  store_ = std::move(*opened);
  return {};
}

void SmallStore::close() {
  store_->close();
  store_.reset();
}

void SmallStore::post(int count) {
  for (int i = 0; i < count; ++i) {
    const int number = posted_++;
    core::Event event{time_of(number), *core::User::from_bytes("user" + std::to_string(number % kUsers)),
                      number % 4 == 0 ? core::Kind::impression : core::Kind::click,
                      *core::IdempotencyKey::from_text("k" + std::to_string(number))};
    std::vector<QueuedSubmission> submissions;
    submissions.push_back(
        {std::make_unique<ports::Submission>(origin_), {hash_event(store_->identity().hash_key, event)}, 0});
    submissions[0].submission->events.push_back(std::move(event));
    ASSERT_EQ(store_->commit(submissions), Store::Health::good);
    ASSERT_FALSE(submissions[0].submission->failure);
    clock_.pass(std::chrono::seconds{1});
  }
}

std::vector<core::Hour> SmallStore::hours() {
  std::vector<core::Hour> hours;
  hours.reserve(kHours);
  for (int number = 0; number < kHours; ++number)
    hours.push_back(core::hour_of(time_of(number)));
  return hours;
}

core::Totals SmallStore::totals() const {
  core::Totals sum;
  for (const core::Hour hour : hours())
    sum.add(board_->read(hour)->totals);
  return sum;
}

}  // namespace hourglass::engine
