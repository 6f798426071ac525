#pragma once

#include <string>
#include <variant>
#include <vector>

#include "adapters/redis/hot_reader.hpp"
#include "adapters/redis/hot_store.hpp"
#include "adapters/redis/testing/redis_server.hpp"

namespace hourglass::adapters {

inline constexpr core::Hour kTestHour{480'000};

/// Settings with time limits that a busy machine keeps to.
inline RedisSettings test_settings(std::vector<RedisEndpoint> endpoints, std::uint32_t partitions = 1) {
  RedisSettings settings;
  settings.endpoints = std::move(endpoints);
  settings.topic = "events";
  settings.partitions = partitions;
  settings.fingerprint = "fingerprint";
  settings.connect_limit = std::chrono::seconds{10};
  settings.call_limit = std::chrono::seconds{20};
  return settings;
}

/// The same with limits that a test can wait for.
inline RedisSettings impatient(RedisSettings settings) {
  settings.connect_limit = std::chrono::milliseconds{300};
  settings.call_limit = std::chrono::milliseconds{600};
  return settings;
}

/// A click of each of these users, in the hour kTestHour, as the records from `first` on.
inline std::vector<cluster::Record> clicks(std::int64_t first, const std::vector<std::uint64_t>& users) {
  std::vector<cluster::Record> records;
  for (const std::uint64_t user : users) {
    const std::int64_t offset = first + static_cast<std::int64_t>(records.size());
    records.push_back({cluster::Offset{offset}, cluster::LogTime{1'000'000 + offset},
                       cluster::CountedEvent{{cluster::BootId{1}, static_cast<std::uint64_t>(offset) + 1},
                                             cluster::KeyDigest{static_cast<std::uint8_t>(offset)},
                                             kTestHour,
                                             core::Kind::click,
                                             cluster::UserId{user}}});
  }
  return records;
}

/// Puts the empty state in the place of whatever is there.
inline cluster::StoreResult<bool> begin_anew(cluster::HotStore& store) {
  const auto seen = store.next();
  if (!seen)
    return base::unexpected(seen.error());
  auto copy = store.begin_copy();
  return (*copy)->put_in_place(*seen, {}, "", core::Hour{0});
}

/// How an apply went: "applied", "moved to 3", "moved to nowhere", "corrupt at 3", or the remedy and the
/// message of a fault.
inline std::string outcome(const cluster::ApplyResult& result) {
  if (const auto* moved = std::get_if<cluster::Moved>(&result))
    return "moved to " + (moved->next ? std::to_string(moved->next->value()) : "nowhere");
  if (const auto* corrupt = std::get_if<cluster::Corrupt>(&result))
    return "corrupt at " + std::to_string(corrupt->next.value());
  if (const auto* fault = std::get_if<cluster::StoreFault>(&result))
    return (fault->remedy == cluster::Remedy::retry ? "retry: " : "person: ") + fault->message;
  return "applied";
}

}  // namespace hourglass::adapters
