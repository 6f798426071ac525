#include "engine/log_segment.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kSeed = 4711;

struct Segment {
  std::string content = std::string(kSegmentHeaderSize, 'h');
  std::vector<std::size_t> ends;  // of each record

  void add(RecordType type, std::uint64_t number, std::string_view payload) {
    content += encode_record({type, RecordNumber{number}, payload}, kSeed);
    ends.push_back(content.size());
  }
};

Segment three_records() {
  Segment segment;
  segment.add(RecordType::commit, 7, "first");
  segment.add(RecordType::commit, 8, "the second");
  segment.add(RecordType::commit, 9, "and the third of them");
  return segment;
}

struct Scanned {
  SegmentScan scan;
  std::vector<std::string> payloads;
};

Scanned scan(const std::string& content) {
  Scanned result;
  result.scan = scan_segment(content, RecordNumber{7}, kSeed,
                             [&](const LogRecord& record) { result.payloads.emplace_back(record.payload); });
  return result;
}

TEST(LogSegment, ReadsAllRecordsBeforeTheZeros) {
  Segment segment = three_records();
  segment.content.resize(4096, '\0');
  const Scanned scanned = scan(segment.content);
  EXPECT_EQ(scanned.payloads.size(), 3U);
  EXPECT_EQ(scanned.scan.end, SegmentScan::End::open);
  EXPECT_EQ(scanned.scan.end_offset, segment.ends.back());
  EXPECT_EQ(scanned.scan.next_record, RecordNumber{10});
}

TEST(LogSegment, EveryFlippedByteOfARecordWithAnotherBehindItIsDamage) {
  const Segment segment = three_records();
  for (std::size_t at = kSegmentHeaderSize; at < segment.ends[1]; ++at) {
    std::string content = segment.content;
    content[at] = static_cast<char>(content[at] ^ 0x40);
    const Scanned scanned = scan(content);
    EXPECT_EQ(scanned.scan.end, SegmentScan::End::interrupted) << "byte " << at;
    EXPECT_EQ(scanned.payloads.size(), at < segment.ends[0] ? 0U : 1U) << "byte " << at;
  }
}

TEST(LogSegment, AFlippedByteOfTheLastRecordLooksLikeATornWrite) {
  const Segment segment = three_records();
  for (std::size_t at = segment.ends[1]; at < segment.ends[2]; ++at) {
    std::string content = segment.content;
    content[at] = static_cast<char>(content[at] ^ 0x01);
    const Scanned scanned = scan(content);
    EXPECT_EQ(scanned.scan.end, SegmentScan::End::torn) << "byte " << at;
    EXPECT_EQ(scanned.payloads.size(), 2U);
    EXPECT_EQ(scanned.scan.end_offset, segment.ends[1]);
  }
}

TEST(LogSegment, ARecordCutAnywhereIsTorn) {
  const Segment segment = three_records();
  for (std::size_t size = segment.ends[1] + 1; size < segment.ends[2]; ++size) {
    std::string content = segment.content.substr(0, size);
    content.resize(4096, '\0');
    const Scanned scanned = scan(content);
    // What is cut off may be padding, which reads as zeros again.
    EXPECT_EQ(scanned.payloads.size(), content.starts_with(segment.content) ? 3U : 2U);
    EXPECT_NE(scanned.scan.end, SegmentScan::End::interrupted);
  }
}

TEST(LogSegment, NothingIsReadBehindItsEnd) {
  Segment segment;
  segment.add(RecordType::commit, 7, "first");
  segment.add(RecordType::segment_end, 8, "");
  segment.content += "bytes that do not matter any more";
  const Scanned scanned = scan(segment.content);
  EXPECT_EQ(scanned.scan.end, SegmentScan::End::ended);
  EXPECT_EQ(scanned.scan.next_record, RecordNumber{9});
}

TEST(LogSegment, ARecordOfAnotherStoreIsNone) {
  Segment segment;
  segment.content += encode_record({RecordType::commit, RecordNumber{7}, "foreign"}, kSeed + 1);
  EXPECT_EQ(scan(segment.content).scan.end, SegmentScan::End::torn);
}

TEST(LogSegment, KnowsItsHeaderAndNoOther) {
  const StoreIdentity identity = StoreIdentity::random();
  const SegmentHeader header{SegmentNumber{3}, RecordNumber{17}};
  const std::string bytes = encode_segment_header(header, identity);
  ASSERT_EQ(bytes.size(), kSegmentHeaderSize);
  const auto parsed = parse_segment_header(bytes, identity, "x");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ(**parsed, header);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
    const auto result = parse_segment_header(damaged, identity, "x");
    EXPECT_FALSE(result && *result) << "byte " << at;
  }
  const auto foreign = parse_segment_header(bytes, StoreIdentity::random(), "x");
  EXPECT_TRUE(foreign && !*foreign);
}

TEST(LogSegment, RefusesANewerVersion) {
  const StoreIdentity identity = StoreIdentity::random();
  std::string bytes = encode_segment_header({SegmentNumber{1}, RecordNumber{1}}, identity);
  bytes[8] = 2;
  const auto parsed = parse_segment_header(bytes, identity, "x");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, StoreFailure::Reason::newer_format);
}

}  // namespace
}  // namespace hourglass::engine
