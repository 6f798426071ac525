#include "cluster/log/cluster_identity.hpp"

#include <set>

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

TEST(ClusterIdentityTest, ChangesWithEverythingThatNumbersDependOn) {
  const ClusterIdentity identity{"secret", 12, std::chrono::hours{24}, "kafka", "topic"};
  std::set<std::string> seen{fingerprint(identity)};
  EXPECT_EQ(fingerprint(identity), *seen.begin());
  EXPECT_EQ(fingerprint(identity).size(), 32U);
  ClusterIdentity other = identity;
  other.secret = "other";
  EXPECT_TRUE(seen.insert(fingerprint(other)).second);
  other = identity;
  other.partitions = 13;
  EXPECT_TRUE(seen.insert(fingerprint(other)).second);
  other = identity;
  other.idempotency_window = std::chrono::hours{25};
  EXPECT_TRUE(seen.insert(fingerprint(other)).second);
  other = identity;
  other.kafka_cluster = "kafkat";
  other.topic = "opic";
  EXPECT_TRUE(seen.insert(fingerprint(other)).second);
}

TEST(ClusterIdentityTest, TheKeyOfUsersIsNotTheFingerprint) {
  EXPECT_NE(hash_key("secret"), hash_key("secret "));
}

}  // namespace
}  // namespace hourglass::cluster
