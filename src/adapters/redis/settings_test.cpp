#include "adapters/redis/settings.hpp"

#include <gtest/gtest.h>

namespace hourglass::adapters {
namespace {

TEST(RedisSettingsTest, ReadsEndpoints) {
  EXPECT_EQ(parse_redis_endpoint("redis-1:7000"), (RedisEndpoint{"redis-1", 7'000}));
  EXPECT_EQ(parse_redis_endpoint("localhost"), (RedisEndpoint{"localhost", kRedisPort}));
  EXPECT_EQ(parse_redis_endpoint("[::1]:65535"), (RedisEndpoint{"::1", 65'535}));
  EXPECT_EQ(parse_redis_endpoint("[::1]"), (RedisEndpoint{"::1", kRedisPort}));
  for (const char* text : {"", ":1", "a:", "a:0", "a:65536", "a:1x", "a: 1", "::1", "[::1", "[]:1", "[::1]1",
                           "redis://a:1", "user@a:1"})
    EXPECT_FALSE(parse_redis_endpoint(text)) << text;
}

TEST(RedisSettingsTest, WritesEndpoints) {
  EXPECT_EQ(to_string(RedisEndpoint{"redis-1", 7'000}), "redis-1:7000");
  EXPECT_EQ(to_string(RedisEndpoint{"::1", 7'000}), "[::1]:7000");
}

}  // namespace
}  // namespace hourglass::adapters
