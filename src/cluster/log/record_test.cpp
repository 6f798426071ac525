#include "cluster/log/record.hpp"

#include <gtest/gtest.h>

#include "cluster/testing/events.hpp"

namespace hourglass::cluster {
namespace {

constexpr core::HashKey kKey{1, 2, 3, 4};
constexpr std::uint64_t kNow = 1'700'000'000'000;
constexpr EventIdentity kIdentity{BootId{0x0102030405060708}, 9};

std::vector<RecordHeader> headers_of(const RecordBytes& record) {
  std::vector<RecordHeader> headers{{kIdentityHeader, record.identity}};
  if (!record.key_digest.empty())
    headers.push_back({kKeyHeader, record.key_digest});
  return headers;
}

TEST(RecordTest, IsTheLineOfABatchWithTheUserAsItsKey) {
  const RecordBytes record = encode_record(make_event("ann", kNow, core::Kind::click, "k1"), kIdentity);
  EXPECT_EQ(record.key, "ann");
  EXPECT_EQ(record.value, R"({"timestamp":1700000000000,"user":"ann","event":"click","id":"k1"})");
  EXPECT_EQ(record.identity, std::string("\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\11", 16));
  // printf 'ann\0k1' | sha256sum | head -c 32
  EXPECT_EQ(record.key_digest.size(), 16U);
}

TEST(RecordTest, HasNoIdAndNoDigestWithoutAKey) {
  const RecordBytes record = encode_record(make_event("ann", kNow, core::Kind::impression), kIdentity);
  EXPECT_EQ(record.value, R"({"timestamp":1700000000000,"user":"ann","event":"impression"})");
  EXPECT_EQ(record.key_digest, "");
}

TEST(RecordTest, IsReadBack) {
  const core::Event event = make_event("ann", kNow, core::Kind::impression, "k1");
  const RecordBytes record = encode_record(event, kIdentity);
  RecordDecoder decoder(kKey);
  const auto counted = decoder.decode(record.key, record.value, headers_of(record));
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->identity, kIdentity);
  EXPECT_EQ(counted->key, key_digest("ann", "k1"));
  EXPECT_EQ(counted->hour, core::Hour{kNow / core::kMillisecondsPerHour});
  EXPECT_EQ(counted->kind, core::Kind::impression);
  EXPECT_EQ(counted->user, user_id(kKey, "ann"));
}

TEST(RecordTest, OfALineOfABatchMayHaveALongerKey) {
  core::Event event = make_event("ann", kNow, core::Kind::click);
  event.key = core::IdempotencyKey::of_line(*core::IdempotencyKey::from_text(std::string(128, 'k')), ~0ULL);
  const RecordBytes record = encode_record(event, kIdentity);
  EXPECT_TRUE(RecordDecoder(kKey).decode(record.key, record.value, headers_of(record)));
}

TEST(RecordTest, AMarkerIsNoEvent) {
  const RecordBytes marker = marker_record();
  EXPECT_TRUE(is_marker(marker.value));
  EXPECT_FALSE(is_marker(""));
  EXPECT_FALSE(RecordDecoder(kKey).decode(marker.key, marker.value, headers_of(marker)));
}

TEST(RecordTest, OfAnyOtherFormIsForeign) {
  const RecordBytes good = encode_record(make_event("ann", kNow, core::Kind::click, "k"), kIdentity);
  const auto is_foreign = [](const RecordBytes& record, const std::vector<RecordHeader>& headers) {
    return !RecordDecoder(kKey).decode(record.key, record.value, headers);
  };
  EXPECT_FALSE(is_foreign(good, headers_of(good)));
  EXPECT_TRUE(is_foreign(good, {}));
  EXPECT_TRUE(is_foreign(good, {{kIdentityHeader, good.identity}, {kIdentityHeader, good.identity}}));
  EXPECT_TRUE(is_foreign(good, {{kIdentityHeader, std::string_view(good.identity).substr(1)}}));
  EXPECT_TRUE(is_foreign(good, {{kIdentityHeader, std::string(16, '\0')}}));
  EXPECT_TRUE(is_foreign(good, {{kIdentityHeader, std::string(16, '\xff')}}));
  EXPECT_TRUE(is_foreign(good, {{kIdentityHeader, good.identity}, {kKeyHeader, "short"}}));
  RecordBytes other = good;
  other.key = "bob";
  EXPECT_TRUE(is_foreign(other, headers_of(other)));
  other = good;
  other.value += "x";
  EXPECT_TRUE(is_foreign(other, headers_of(other)));
  other.value = "";
  EXPECT_TRUE(is_foreign(other, headers_of(other)));
  const std::uint64_t first_unnamed = (kLastHour.value() + 1) * core::kMillisecondsPerHour;
  const RecordBytes late = encode_record(make_event("ann", first_unnamed, core::Kind::click), kIdentity);
  EXPECT_TRUE(is_foreign(late, headers_of(late)));
  const RecordBytes last = encode_record(make_event("ann", first_unnamed - 1, core::Kind::click), kIdentity);
  EXPECT_FALSE(is_foreign(last, headers_of(last)));
}

}  // namespace
}  // namespace hourglass::cluster
