#include "engine/events/event_block.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

KeptEvent event(std::uint64_t sequence, std::uint64_t timestamp, core::Kind kind, std::string_view user) {
  return {Sequence{sequence}, core::Timestamp{timestamp}, kind, user};
}

std::vector<KeptEvent> three_events() {
  return {event(1, 1001, core::Kind::impression, "ann"), event(3, 1000, core::Kind::click, "ann"),
          event(2, 3'600'005, core::Kind::click, "bob")};
}

std::string encode(const std::vector<KeptEvent>& events) {
  EventBlockEncoder encoder;
  for (const KeptEvent& event : events)
    encoder.add(event);
  return encoder.take();
}

/// The events; nothing where the bytes are not a block.
std::optional<std::vector<KeptEvent>> decode(std::string_view block) {
  EventBlockDecoder decoder(block);
  std::vector<KeptEvent> events;
  for (KeptEvent event{}; decoder.next(event);)
    events.push_back(event);
  return decoder.failed() ? std::nullopt : std::optional(events);
}

TEST(EventBlock, IsWhatTheDocumentShows) {
  const std::string shown(
      "\x00\x02\x02\xd2\x0f\x07"
      "ann\x04\x01\x06"
      "ann\x01\x01\x01\x0a\x06"
      "bob",
      23);
  EXPECT_EQ(encode(three_events()), shown);
  EXPECT_EQ(decode(shown), three_events());
}

TEST(EventBlock, KeepsTheLargestNumbers) {
  const std::string longest(core::User::kMaxBytes, '\xff');
  const std::vector<KeptEvent> events{
      event(~std::uint64_t{0}, 0, core::Kind::click, "x"), event(1, 3'600'000, core::Kind::click, longest),
      event(~std::uint64_t{0} - 1, core::kMaxTimestamp.value(), core::Kind::impression, longest)};
  EXPECT_EQ(decode(encode(events)), events);
}

TEST(EventBlock, NothingThatIsCutOffIsABlock) {
  const std::string block = encode(three_events());
  for (std::size_t size = 1; size < block.size(); ++size) {
    const auto decoded = decode(block.substr(0, size));
    EXPECT_TRUE(!decoded || size == 15) << size << " bytes";  // 15: all of the first hour
  }
}

TEST(EventBlock, RefusesWhatNoEncoderWrites) {
  EXPECT_TRUE(decode(std::string("\x00\x01\x02\x00\x02u", 6)));
  EXPECT_FALSE(decode(std::string("\x00\x00\x02\x00\x02u", 6))) << "an hour without events";
  EXPECT_FALSE(decode(std::string("\x00\x01\x02\x00\x00u", 6))) << "a user without a name";
  EXPECT_FALSE(decode(std::string("\x00\x01\x02\x01\x02u", 6))) << "an event of another hour";
  EXPECT_FALSE(decode(std::string("\x00\x02\x02\x00\x02u\x00\x00\x02u", 10))) << "a sequence twice";
  EXPECT_FALSE(decode(std::string("\x00\x01\x02\x00\x02u\x00\x01\x02\x00\x02u", 12))) << "an hour twice";
  EXPECT_FALSE(decode(std::string("\xff\xff\xff\xff\x0f\x01\x02\x00\x02u", 10))) << "an hour behind 9999";
  EXPECT_FALSE(decode(std::string("\x00\x01\x02\x00\x82\x04", 6) + std::string(257, 'u'))) << "a long name";
}

TEST(EventBlock, NeverGrowsBeyondItsBound) {
  const std::string longest(core::User::kMaxBytes, 'u');
  EventBlockEncoder encoder;
  for (std::uint64_t i = 1; encoder.has_room(); ++i)
    encoder.add(
        event(i % 2 << 62, i * 300'000 * core::kMillisecondsPerHour + 3'599'999, core::Kind::click, longest));
  const std::string block = encoder.take();
  EXPECT_LE(block.size(), kMaxBlockBytes);
  EXPECT_GT(block.size(), kMaxBlockBytes - 600);
}

TEST(EventBlock, IsStoredAsItIsWhereCompressionDoesNotHelp) {
  const std::string block = encode(three_events());
  EXPECT_EQ(compress_block(block), block);
  EXPECT_EQ(expand_block(block, block.size()), block);
}

TEST(EventBlock, ExpandsOnlyToTheSizeThatWasSaid) {
  const std::string block(kMaxBlockBytes, 'u');
  const std::string stored = compress_block(block);
  EXPECT_LT(stored.size(), 100U);
  EXPECT_EQ(expand_block(stored, block.size()), block);
  EXPECT_FALSE(expand_block(stored, block.size() - 1));
  EXPECT_FALSE(expand_block(stored, stored.size() - 1));
  EXPECT_FALSE(expand_block(compress_block(block + "u"), kMaxBlockBytes + 1)) << "beyond the bound";
  EXPECT_FALSE(expand_block("no frame of zstd", 1000));
}

}  // namespace
}  // namespace hourglass::engine
