#include "engine/events/testing/plain_events.hpp"

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

PlainKeptEvent plain(const KeptEvent& event) {
  return {event.sequence.value(), event.timestamp.value(), event.kind, std::string(event.user)};
}

}  // namespace

PlainHours by_hour(const std::vector<PlainKeptEvent>& events) {
  PlainHours hours;
  for (const PlainKeptEvent& event : events)
    hours[event.timestamp / core::kMillisecondsPerHour].push_back(event);
  return hours;
}

StoreResult<std::vector<PlainKeptEvent>> read_plain_hour(const EventFile& file, std::uint64_t hour) {
  std::vector<PlainKeptEvent> events;
  const auto read = file.read_hour(core::Hour{hour}, [&](const KeptEvent& event) -> StoreResult<void> {
    events.push_back(plain(event));
    return {};
  });
  if (!read)
    return base::unexpected(read.error());
  return events;
}

StoreResult<PlainHours> read_plain(const EventFile& file) {
  std::vector<PlainKeptEvent> all;
  const auto read_all = file.read_all([&](const KeptEvent& event) -> StoreResult<void> {
    all.push_back(plain(event));
    return {};
  });
  if (!read_all)
    return base::unexpected(read_all.error());
  PlainHours hours;
  std::vector<PlainKeptEvent> one_by_one;
  const auto listed = file.hours([&](const HourCount& count) -> StoreResult<void> {
    EXPECT_TRUE(hours.empty() || hours.rbegin()->first < count.hour.value()) << "hours come in order";
    auto events = read_plain_hour(file, count.hour.value());
    if (!events)
      return base::unexpected(events.error());
    EXPECT_EQ(events->size(), count.events);
    one_by_one.insert(one_by_one.end(), events->begin(), events->end());
    hours[count.hour.value()] = std::move(*events);
    return {};
  });
  if (!listed)
    return base::unexpected(listed.error());
  EXPECT_TRUE(one_by_one == all) << "all hours are all events";
  EXPECT_EQ(all.size(), file.event_count());
  return hours;
}

}  // namespace hourglass::engine
