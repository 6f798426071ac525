#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "cluster/log/record.hpp"

namespace hourglass::cluster {

/// Draws logs in which everything occurs: repeated records, gaps, keys, clocks that go back, foreign records.
class RandomLog {
 public:
  RandomLog(std::mt19937_64& random, core::Hour hour, std::int64_t time)
      : random_(random), hour_(hour), time_(time) {}

  std::vector<Record> batch() {
    std::vector<Record> records;
    for (std::uint64_t left = random_() % 40; left > 0; --left) {
      offset_ += one_in(10) ? 2 : 1;
      time_ += static_cast<std::int64_t>(one_in(50) ? random_() % 150'000 : random_() % 500);
      const LogTime time{time_ - static_cast<std::int64_t>(random_() % 300)};
      records.push_back({Offset{offset_}, time, one_in(12) ? std::nullopt : std::optional(event())});
    }
    return records;
  }

  /// Behind the last record.
  Offset end() {
    offset_ += one_in(4) ? 1 : 0;
    return Offset{offset_ + 1};
  }

 private:
  bool one_in(std::uint64_t count) { return random_() % count == 0; }

  CountedEvent event() {
    if (!sent_.empty() && one_in(5))
      return sent_[random_() % sent_.size()];
    const std::uint64_t boot = 1 + random_() % 4;
    std::uint64_t& highest = sequences_[boot];
    const std::uint64_t sequence = one_in(4) ? 1 + random_() % (highest + 5) : highest + 1;
    highest = std::max(highest, sequence);
    CountedEvent event{{BootId{boot << 60U | 0xabcU}, sequence},
                       std::nullopt,
                       core::Hour{hour_.value() + random_() % 5},
                       one_in(2) ? core::Kind::click : core::Kind::impression,
                       UserId{random_() % 60 * 10'000'000'000'000ULL}};
    if (one_in(3))
      event.key = KeyDigest{static_cast<std::uint8_t>(random_() % 40)};
    sent_.push_back(event);
    return event;
  }

  std::mt19937_64& random_;
  core::Hour hour_;
  std::int64_t time_;
  std::int64_t offset_ = -1;
  std::map<std::uint64_t, std::uint64_t> sequences_;
  std::vector<CountedEvent> sent_;
};

}  // namespace hourglass::cluster
