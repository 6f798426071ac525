#pragma once

#include <atomic>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/json/event_line.hpp"
#include "ports/event_export.hpp"
#include "ports/testing/event_store_contract.hpp"

namespace hourglass::ports {

/// What every store promises that also exports its events; run against each like EventStoreContract.
class EventExportContract : public EventStoreContract {
 protected:
  static constexpr std::uint64_t kHour = core::kMillisecondsPerHour;

  std::unique_ptr<EventExport> begin(core::HourRange hours = {}) {
    auto& exporter = dynamic_cast<EventExporter&>(*store_);
    auto begun = exporter.begin_export(hours, [this] { return cancelled_.load(); });
    EXPECT_TRUE(begun);
    return begun ? std::move(*begun) : nullptr;
  }

  /// All lines, as a batch would be read.
  static std::vector<core::Event> events_of(EventExport& exported) {
    std::string text;
    for (auto piece = exported.next(); piece && !piece->empty(); piece = exported.next())
      text += *piece;
    core::EventLineParser parser;
    std::vector<core::Event> events;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      EXPECT_NE(end, std::string::npos);
      auto event = parser.parse(text.substr(at, end - at), {}, core::Timestamp{0});
      EXPECT_TRUE(event) << text.substr(at, end - at);
      if (event)
        events.push_back(std::move(*event));
      at = end + 1;
    }
    return events;
  }

  std::vector<core::Event> exported(core::HourRange hours = {}) {
    const auto begun = begin(hours);
    return begun ? events_of(*begun) : std::vector<core::Event>();
  }

  static std::vector<std::string> users_of(const std::vector<core::Event>& events) {
    std::vector<std::string> users;
    users.reserve(events.size());
    for (const core::Event& event : events)
      users.push_back(event.user.bytes());
    return users;
  }

  std::atomic<bool> cancelled_{false};
};

TEST_P(EventExportContract, AnEmptyStoreHasNoLines) {
  const auto begun = begin();
  ASSERT_TRUE(begun);
  EXPECT_EQ(*begun->next(), "");
  EXPECT_EQ(*begun->next(), "");
  EXPECT_EQ(begun->incomplete_hours().count(), 0U);
}

TEST_P(EventExportContract, ComesByHourAndThenInTheOrderOfAcceptance) {
  record(
      {make_event("later", kNow + kHour, core::Kind::click), make_event("b", kNow + 5, core::Kind::click)});
  record({make_event("a", kNow, core::Kind::impression), make_event("first", 0, core::Kind::click),
          make_event("last", core::kMaxTimestamp.value(), core::Kind::click)});
  const auto events = exported();
  EXPECT_EQ(users_of(events), (std::vector<std::string>{"first", "b", "a", "later", "last"}));
  EXPECT_EQ(events[2].timestamp.value(), kNow);
  EXPECT_EQ(events[2].kind, core::Kind::impression);
}

TEST_P(EventExportContract, HasNeitherRepeatsNorTheKeysOfClients) {
  record({make_event("ann", kNow, core::Kind::click, "k"), make_event("ann", kNow, core::Kind::click, "k")});
  record({make_event("ann", kNow, core::Kind::click, "k")});
  const auto events = exported();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_NE(events[0].key->text(), "k");
}

TEST_P(EventExportContract, IdsAreTheSameEveryTimeAndEachIsAnEvents) {
  for (int i = 0; i < 50; ++i)
    record({make_event("ann", kNow + static_cast<std::uint64_t>(i % 3) * kHour, core::Kind::click)});
  const auto events = exported();
  EXPECT_EQ(exported(), events);
  std::set<std::string> ids;
  for (const core::Event& event : events)
    ids.insert(event.key->text());
  EXPECT_EQ(ids.size(), 50U);
}

TEST_P(EventExportContract, HasOnlyTheHoursThatAreAskedFor) {
  for (std::uint64_t hour = 0; hour < 4; ++hour)
    record({make_event(std::to_string(hour), kNow + hour * kHour, core::Kind::click)});
  const std::uint64_t first = core::hour_of(core::Timestamp{kNow}).value();
  EXPECT_EQ(users_of(exported({core::Hour{first + 1}, core::Hour{first + 3}})),
            (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(exported({core::Hour{first + 4}, core::Hour{first + 9}}).empty());
}

TEST_P(EventExportContract, EndsWhenItIsCancelled) {
  record({make_event("ann", kNow, core::Kind::click)});
  const auto begun = begin();
  ASSERT_TRUE(begun);
  cancelled_ = true;
  const auto next = begun->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, base::ErrorCode::shutting_down);
}

}  // namespace hourglass::ports
