#include "engine/commit_record.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::engine {
namespace {

std::string encode(const Commit& commit) {
  CommitEncoder encoder(commit.first_sequence, commit.log_time);
  for (const RecordedEvent& event : commit.events)
    encoder.add_event(event);
  for (const core::Hash128& key : commit.refreshed_keys)
    encoder.add_refreshed_key(key);
  return encoder.take();
}

TEST(CommitRecord, HasTheBytesThatThePageOfFormatsShows) {
  Commit commit{Sequence{1}, core::Timestamp{1000}, {}, {}};
  commit.events.push_back({core::Timestamp{1001}, core::Kind::impression, "ann", std::nullopt});
  const std::string expected(
      "\x01\0\0\0\0\0\0\0"
      "\xe8\x03\0\0\0\0\0\0"
      "\x01\x00"
      "\x01\x02\x03"
      "ann",
      24);
  EXPECT_EQ(encode(commit), expected);
}

TEST(CommitRecord, ReadsBackWhatItWrote) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> users;
    Commit commit{Sequence{random()}, core::Timestamp{random() % core::kMaxTimestamp.value()}, {}, {}};
    const std::size_t count = random() % 20;
    for (std::size_t i = 0; i < count; ++i)
      users.emplace_back(1 + random() % core::User::kMaxBytes, static_cast<char>(random()));
    for (const std::string& user : users) {
      RecordedEvent event{
          core::Timestamp{random() % (core::kMaxTimestamp.value() + 1)}, core::Kind::click, user, {}};
      event.kind = random() % 2 == 0 ? core::Kind::click : core::Kind::impression;
      if (random() % 2 == 0)
        event.key = core::Hash128{random(), random()};
      commit.events.push_back(event);
    }
    for (std::size_t i = random() % 5; i > 0; --i)
      commit.refreshed_keys.push_back({random(), random()});

    const std::string payload = encode(commit);
    const auto decoded = decode_commit(payload);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->first_sequence, commit.first_sequence);
    EXPECT_EQ(decoded->log_time, commit.log_time);
    EXPECT_EQ(decoded->events, commit.events);
    EXPECT_EQ(decoded->refreshed_keys, commit.refreshed_keys);
    EXPECT_FALSE(decode_commit(payload.substr(0, random() % payload.size()))) << "a cut payload";
    EXPECT_FALSE(decode_commit(payload + 'x')) << "a payload with something behind it";
  }
}

TEST(CommitRecord, RefusesCountsThatThePayloadCannotHold) {
  std::string payload(16, '\0');
  payload += "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";  // events
  payload += '\0';
  EXPECT_FALSE(decode_commit(payload));
}

}  // namespace
}  // namespace hourglass::engine
