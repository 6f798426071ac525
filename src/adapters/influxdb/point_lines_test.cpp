#include "adapters/influxdb/point_lines.hpp"

#include <gtest/gtest.h>

namespace hourglass::adapters::influxdb {
namespace {

using cluster::day_period;
using cluster::hour_period;
using cluster::Offset;
using cluster::Partition;
using cluster::UserId;
using core::Hour;

constexpr std::int64_t kHour = 3'600'000'000'000;

TEST(PointLines, AUserIsATagAndATime) {
  std::string lines;
  EXPECT_TRUE(append_user(lines, Partition{3}, {hour_period(Hour{2}), UserId{1'027}, Offset{9}}));
  EXPECT_TRUE(
      append_user(lines, Partition{0}, {day_period(Hour{49}), UserId{cluster::kUserIds - 1}, Offset{10}}));
  EXPECT_EQ(lines,
            "users,p=3,b=3 user=1027i,off=9i 7200000000004\n"
            "day_users,p=0,b=255 user=921599999999999i,off=10i 176399999999999\n");
}

TEST(PointLines, TotalsStandAtTheirNext) {
  std::string lines;
  EXPECT_TRUE(append_totals(lines, Partition{3}, {hour_period(Hour{1}), Offset{kHour + 5}, {1, 2, 3}}));
  EXPECT_EQ(lines, "totals,p=3 next=3600000000005i,clicks=2i,impressions=3i,uniques=1i 3600000000005\n");
}

TEST(PointLines, AKeyStandsAtItsTimeAndOffset) {
  std::string lines;
  cluster::KeyDigest key{0x0A, 0xFF};
  EXPECT_TRUE(append_key(lines, Partition{3}, {key, cluster::LogTime{2}, Offset{3'000'007}}));
  EXPECT_EQ(lines, "keys,p=3 key=\"0aff0000000000000000000000000000\",off=3000007i 2000007\n");
  EXPECT_EQ(key_of_text(key_text(key)), key);
}

TEST(PointLines, ProgressEscapesTexts) {
  std::string lines;
  append_progress(lines, Partition{1}, {{Offset{7}, cluster::LogTime{5}, std::nullopt}, "a\"b\\c"}, "f=1,2");
  EXPECT_EQ(lines,
            "progress,p=1 next=7i,log_time=5i,boots=\"a\\\"b\\\\c\",last_offset=-1i,"
            "last_boot=\"0000000000000000\",last_sequence=0i,fingerprint=\"f=1,2\" 7\n");
}

TEST(PointLines, WhatNoTimeCanNameIsRefused) {
  std::string lines;
  const auto behind = hour_period(Hour{cluster::kLastHour.value() + 1});
  EXPECT_FALSE(append_user(lines, Partition{1}, {behind, UserId{1}, Offset{1}}));
  EXPECT_FALSE(
      append_user(lines, Partition{1}, {hour_period(Hour{1}), UserId{cluster::kUserIds}, Offset{1}}));
  EXPECT_FALSE(append_totals(lines, Partition{1}, {behind, Offset{1}, {}}));
  EXPECT_FALSE(append_key(lines, Partition{1}, {{}, cluster::LogTime{-1}, Offset{1}}));
  EXPECT_FALSE(append_key(lines, Partition{1}, {{}, cluster::LogTime{9'223'372'036'854}, Offset{1}}));
  EXPECT_TRUE(lines.empty());
  EXPECT_FALSE(time_range(day_period(Hour{cluster::kLastHour.value() + 24})));
}

TEST(PointLines, BootsComeBack) {
  for (const std::uint64_t boot : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
    EXPECT_EQ(boot_of_text(boot_text(cluster::BootId{boot})), cluster::BootId{boot});
  for (const char* text : {"", "123", "00000000000000zz", "000000000000000000"})
    EXPECT_FALSE(boot_of_text(text)) << text;
}

}  // namespace
}  // namespace hourglass::adapters::influxdb
