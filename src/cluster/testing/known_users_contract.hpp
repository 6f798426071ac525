#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "cluster/testing/point_database_contract.hpp"

namespace hourglass::cluster {

/// The part of the contract about users that are looked up: the same answers as from all users of the period.
class KnownUsersContract : public PointDatabaseContract {
 protected:
  /// In order.
  Users known(const Users& asked, std::int64_t below = kBehindAll, Period period = kHour) {
    std::vector<UserId> ids;
    std::transform(asked.begin(), asked.end(), std::back_inserter(ids),
                   [](std::uint64_t user) { return UserId{user}; });
    const auto read = database_->known_users(period, Offset{below}, ids);
    EXPECT_TRUE(read) << read.error().message;
    Users values;
    if (read)
      std::transform(read->begin(), read->end(), std::back_inserter(values),
                     [](UserId user) { return user.value(); });
    std::sort(values.begin(), values.end());
    return values;
  }
};

TEST_P(KnownUsersContract, WhereThereIsNobody) {
  EXPECT_TRUE(known({}).empty());
  EXPECT_TRUE(known({0, 1, kUserIds - 1}).empty());
  write_users({user(1, 5)});
  EXPECT_TRUE(known({}).empty());
}

TEST_P(KnownUsersContract, TellsThoseThatAreThere) {
  const Users ids = write_users_at_bounds();
  EXPECT_EQ(known(ids), ids);
  EXPECT_EQ(known({512, 256, 258, kUserIds - 257, 2}), Users{256});
  EXPECT_TRUE(known({2, 254, 258, kUserIds / 2 + 1}).empty());
}

TEST_P(KnownUsersContract, ByTheirOffsets) {
  write_users({user(1, 0), user(2, 10), user(3, 11)});
  EXPECT_TRUE(known({1, 2, 3}, 0).empty());
  EXPECT_EQ(known({1, 2, 3}, 1), Users{1});
  EXPECT_EQ(known({1, 2, 3}, 10), Users{1});
  EXPECT_EQ(known({1, 2, 3}, 11), (Users{1, 2}));
  write_users({user(1, 12)});
  EXPECT_EQ(known({1, 2, 3}, 12), (Users{2, 3})) << "the last write stays";
}

TEST_P(KnownUsersContract, EachOnceHoweverOftenAsked) {
  write_users({user(700, 1), user(9, 2)});
  EXPECT_EQ(known({700, 9, 700, 8, 8, 700, 9}), (Users{9, 700}));
}

TEST_P(KnownUsersContract, OfOnePeriodAndPartition) {
  const Period day = day_period(core::Hour{kHour.index});
  const Period next{Period::Unit::hour, kHour.index + 1};
  write_users({user(1, 1), user(2, 1, day), user(3, 1, next)});
  const auto other = under_test_.open(Partition{1});
  ASSERT_TRUE(other->write_identities(std::vector{user(4, 1)}, {}));
  EXPECT_EQ(known({1, 2, 3, 4}), Users{1});
  EXPECT_EQ(known({1, 2, 3, 4}, kBehindAll, day), Users{2});
  EXPECT_EQ(known({1, 2, 3, 4}, kBehindAll, next), Users{3});
}

TEST_P(KnownUsersContract, InTheFirstHourAndTheLastAndNoneBehind) {
  for (const Period period : {hour_period(core::Hour{0}), hour_period(kLastHour), day_period(core::Hour{0}),
                              day_period(kLastHour)}) {
    write_users({user(0, 1, period), user(kUserIds - 1, 1, period)});
    EXPECT_EQ(known({0, 5, kUserIds - 1}, kBehindAll, period), (Users{0, kUserIds - 1}));
  }
  EXPECT_TRUE(known({0, 5}, kBehindAll, hour_period(core::Hour{kLastHour.value() + 1})).empty());
}

TEST_P(KnownUsersContract, ThousandsAtOnce) {
  constexpr std::int64_t kUsers = 10'000;
  std::mt19937_64 random(base::test_seed());
  std::vector<UserPoint> points;
  Users asked;
  for (std::int64_t offset = 0; offset < kUsers; ++offset) {
    // Some so near to each other that they differ in their tag only.
    const std::uint64_t id = offset < 1'000 ? 3 * static_cast<std::uint64_t>(offset) : random() % kUserIds;
    points.push_back(user(id, offset));
    for (const std::uint64_t near : {id, id + 1}) {
      if (random() % 4 == 0)
        asked.push_back(near % kUserIds);
    }
  }
  write_users(points);
  constexpr std::int64_t kBelow = kUsers / 3;
  const Users all = users(kHour, kBelow);
  std::sort(asked.begin(), asked.end());
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  Users expected;
  std::set_intersection(asked.begin(), asked.end(), all.begin(), all.end(), std::back_inserter(expected));
  std::shuffle(asked.begin(), asked.end(), random);
  EXPECT_GT(expected.size(), 500U);
  EXPECT_TRUE(known(asked, kBelow) == expected) << known(asked, kBelow).size() << " of " << expected.size();
}

}  // namespace hourglass::cluster
