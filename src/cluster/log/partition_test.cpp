#include "cluster/log/partition.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

// From Kafka's own UtilsTest.testMurmur2 (Apache License 2.0): the hashes of these keys as signed numbers are
// -973932308, -790332482, -985981536, -1486304829, 479470107, -58897971, -2135.... modulo 2^31 and 1000.
TEST(PartitionTest, IsTheOneOfTheClientsInJava) {
  const auto partition = [](std::int32_t hash, std::uint32_t partitions) {
    return Partition{(static_cast<std::uint32_t>(hash) & 0x7fffffffU) % partitions};
  };
  EXPECT_EQ(partition_of("21", 1000), partition(-973932308, 1000));
  EXPECT_EQ(partition_of("foobar", 1000), partition(-790332482, 1000));
  EXPECT_EQ(partition_of("a-little-bit-long-string", 1000), partition(-985981536, 1000));
  EXPECT_EQ(partition_of("a-little-bit-longer-string", 1000), partition(-1486304829, 1000));
  EXPECT_EQ(partition_of("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 1000),
            partition(-58897971, 1000));
  EXPECT_EQ(partition_of("abc", 1000), partition(479470107, 1000));
}

TEST(PartitionTest, IsOneOfThem) {
  for (int number = 0; number < 1'000; ++number)
    EXPECT_LT(partition_of("user" + std::to_string(number), 7), Partition{7});
}

}  // namespace
}  // namespace hourglass::cluster
