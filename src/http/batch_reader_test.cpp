#include "http/batch_reader.hpp"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using base::gzip;

constexpr std::size_t kPlenty = 1 << 30;
constexpr std::size_t kLimit = 1'000'000;

std::string line(const std::string& user, const std::string& more = "") {
  return R"({"timestamp":1,"user":")" + user + R"(","event":"click")" + more + "}";
}

struct Read {
  std::optional<ErrorCode> failure;
  std::vector<core::Event> events;
  std::string report;
};

Read read(const std::string& body, bool is_gzip = false, std::size_t piece = std::string::npos,
          std::optional<core::IdempotencyKey> key = std::nullopt) {
  core::EventLineParser parser;
  BatchMemory memory(kPlenty);
  BatchReader reader({kLimit, is_gzip, {}, core::Timestamp{0}, std::move(key)}, parser, memory);
  for (std::string_view left = body; !left.empty() || reader.has_more();) {
    Turn turn;
    const auto taken = reader.append(left.substr(0, piece), turn);
    if (!taken)
      return {taken.error().code, {}, {}};
    left.remove_prefix(*taken);
  }
  if (const auto finished = reader.finish(); !finished)
    return {finished.error().code, {}, {}};
  Read result{std::nullopt, reader.take_events(), {}};
  result.report = reader.report();
  return result;
}

TEST(BatchReader, AnEmptyBodyHoldsNoEvents) {
  EXPECT_EQ(read("").report, R"({"accepted":0,"rejected":[],"rejected_count":0})"
                             "\n");
}

TEST(BatchReader, EmptyLinesAreNumberedAndSkipped) {
  const Read result = read("\n \t\r\n" + line("a") + "\r\n\n{}\n" + line("b"));
  ASSERT_EQ(result.events.size(), 2U);
  EXPECT_EQ(
      result.report,
      R"({"accepted":2,"rejected":[{"line":5,"code":"missing_timestamp","message":"the member timestamp is missing"}],)"
      R"("rejected_count":1})"
      "\n");
}

TEST(BatchReader, AThousandRejectedLinesAreListedAndAllAreCounted) {
  std::string body;
  for (int i = 0; i < 1'500; ++i)
    body += "x\n";
  const Read result = read(body);
  EXPECT_NE(result.report.find(R"("line":1000,)"), std::string::npos);
  EXPECT_EQ(result.report.find(R"("line":1001,)"), std::string::npos);
  EXPECT_NE(result.report.find(R"("rejected_count":1500})"), std::string::npos);
}

TEST(BatchReader, TheKeyOfTheBatchNamesLinesWithoutAnId) {
  const auto key = *core::IdempotencyKey::from_text(std::string(128, 'k'));
  const Read result = read("\n" + line("a") + "\n" + line("b", R"(,"id":"own")"), false, 3, key);
  ASSERT_EQ(result.events.size(), 2U);
  EXPECT_EQ(result.events[0].key->text(), std::string(128, 'k') + "#2");
  EXPECT_EQ(result.events[1].key->text(), "own");
}

TEST(BatchReader, ReadsTheSameInPiecesOfAnySize) {
  const std::string body = line("a") + "\n\nbad\n" + line("b") + "\n" + line("c");
  const Read whole = read(body);
  ASSERT_EQ(whole.events.size(), 3U);
  const std::string compressed = gzip(body.substr(0, 40)) + gzip(body.substr(40));
  for (std::size_t piece = 1; piece < 100; ++piece) {
    EXPECT_EQ(read(body, false, piece).events, whole.events);
    EXPECT_EQ(read(body, false, piece).report, whole.report);
    EXPECT_EQ(read(compressed, true, piece).events, whole.events);
    EXPECT_EQ(read(compressed, true, piece).report, whole.report);
  }
}

TEST(BatchReader, TheLimitCountsDecompressedBytes) {
  const std::string at_limit(kLimit, '\n');
  EXPECT_FALSE(read(at_limit).failure);
  EXPECT_EQ(read(at_limit + "\n").failure, ErrorCode::body_too_large);
  EXPECT_FALSE(read(gzip(at_limit), true).failure);
  EXPECT_EQ(read(gzip(at_limit + "\n"), true).failure, ErrorCode::body_too_large);
  EXPECT_EQ(read(gzip(std::string(50'000'000, '\n')), true).failure, ErrorCode::body_too_large);
}

/// How many turns it takes to read a body that is all there.
std::size_t turns_of(const std::string& body, bool is_gzip = false) {
  core::EventLineParser parser;
  BatchMemory memory(kPlenty);
  BatchReader reader({16 << 20, is_gzip, {}, core::Timestamp{0}, std::nullopt}, parser, memory);
  std::size_t turns = 0;
  for (std::string_view left = body; !left.empty() || reader.has_more(); ++turns) {
    Turn turn;
    const auto taken = reader.append(left, turn);
    EXPECT_TRUE(taken);
    left.remove_prefix(taken ? *taken : left.size());
  }
  EXPECT_TRUE(reader.finish());
  return turns;
}

std::string repeated(const std::string& text, std::size_t bytes) {
  std::string repeated;
  while (repeated.size() < bytes)
    repeated += text;
  return repeated;
}

TEST(BatchReader, TakesManyTurnsForMuchWork) {
  constexpr std::size_t kMuch = 1 << 20;
  for (const std::string& text :
       {std::string("x\n"), std::string("{}\n"), std::string("\n"), line("a") + "\n"}) {
    EXPECT_GE(turns_of(repeated(text, kMuch)), 20U) << text;
    EXPECT_GE(turns_of(gzip(repeated(text, kMuch)), true), 20U) << text;
  }
  EXPECT_GE(turns_of("{\"x\":[" + repeated("1,", kMuch) + "1]}"), 10U);
  EXPECT_GE(turns_of(repeated(gzip("", 1), kMuch), true), 10U);
  EXPECT_EQ(turns_of(repeated(line("a") + "\n", 4'000)), 1U);
}

/// Reads as much as fits; how many bytes of the body that was.
std::size_t read_until_refused(BatchReader& reader, std::string_view body) {
  std::size_t consumed = 0;
  while (consumed < body.size()) {
    Turn turn;
    const auto taken = reader.append(body.substr(consumed), turn);
    if (!taken) {
      EXPECT_EQ(taken.error().code, ErrorCode::overloaded);
      break;
    }
    consumed += *taken;
  }
  return consumed;
}

TEST(BatchReader, WhatAllBatchesHoldIsBounded) {
  core::EventLineParser parser;
  BatchMemory memory(1 << 20);
  const std::string events = repeated(line("a") + "\n", 900'000);
  const std::string refused_lines = repeated("x\n", 900'000);
  const std::string long_user = line(std::string(256, 'u'), R"(,"id":")" + std::string(128, 'k') + "\"");
  BatchReader::Settings settings{16 << 20, false, {}, core::Timestamp{0}, std::nullopt};
  {
    BatchReader small(settings, parser, memory);
    EXPECT_EQ(read_until_refused(small, line("a") + "\n"), line("a").size() + 1);
    {
      BatchReader large(settings, parser, memory);
      EXPECT_LT(read_until_refused(large, events), events.size());
      EXPECT_LE(memory.held_bytes(), 1U << 20);
    }
    EXPECT_LT(memory.held_bytes(), 1'000U) << "what was refused holds nothing";
    BatchReader with_texts(settings, parser, memory);
    EXPECT_LT(read_until_refused(with_texts, repeated(long_user + "\n", 4'000'000)), 2'000'000U);
  }
  EXPECT_EQ(memory.held_bytes(), 0U);
  BatchReader alone(settings, parser, memory);
  EXPECT_EQ(read_until_refused(alone, events), events.size());
  EXPECT_GT(memory.held_bytes(), 1U << 20);
  BatchReader blank(settings, parser, memory);
  EXPECT_EQ(read_until_refused(blank, repeated(" \n", 900'000) + std::string(900'000, ' ')), 1'800'000U)
      << "holds nothing";
  ASSERT_TRUE(alone.finish());
  EXPECT_FALSE(alone.take_events().empty());
  EXPECT_EQ(memory.held_bytes(), 0U) << "they wait elsewhere";
  BatchReader rejecting(settings, parser, memory);
  EXPECT_EQ(read_until_refused(rejecting, refused_lines), refused_lines.size());
  EXPECT_GT(memory.held_bytes(), 50'000U);
  EXPECT_LT(memory.held_bytes(), 300'000U) << "only those that are listed are kept";
}

TEST(BatchReader, LongLinesAreReadAsShortOnes) {
  const std::string padding(40'000, ' ');
  const std::string long_line = R"({"x":")" + std::string(40'000, 'x') + R"(",)" + line("c").substr(1);
  const std::string body = padding + "\n" + padding + line("a") + padding + "\n" + padding + "x\n" +
                           line("b") + "\n" + long_line + "\n{" + padding + "\n{\"x\":1" + padding + "}\r\n" +
                           long_line;
  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{7}, std::string::npos}) {
    const Read result = read(body, false, piece, *core::IdempotencyKey::from_text("k"));
    ASSERT_FALSE(result.failure);
    ASSERT_EQ(result.events.size(), 4U);
    EXPECT_EQ(result.events[0].key->text(), "k#2");
    EXPECT_EQ(result.events[1].key->text(), "k#4");
    EXPECT_EQ(result.events[3].key->text(), "k#8");
    EXPECT_EQ(result.events[3].user.bytes(), "c");
    EXPECT_NE(result.report.find(R"("line":3,"code":"invalid_json")"), std::string::npos) << result.report;
    EXPECT_NE(result.report.find(R"("line":6,"code":"invalid_json")"), std::string::npos);
    EXPECT_NE(result.report.find(R"("line":7,"code":"missing_timestamp")"), std::string::npos);
    EXPECT_NE(result.report.find(R"("rejected_count":3})"), std::string::npos);
  }
}

TEST(BatchReader, OfABodyThatIsTooLargeAndBrokenTheSizeIsToldHoweverItArrives) {
  std::string compressed = gzip(std::string(kLimit + 20'000, '\n'));
  compressed[compressed.size() - 8] =
      static_cast<char>(compressed[compressed.size() - 8] ^ 1);  // the checksum
  EXPECT_EQ(read(compressed, true).failure, ErrorCode::body_too_large);
  EXPECT_EQ(read(compressed, true, 1).failure, ErrorCode::body_too_large);
}

TEST(BatchReader, GzipMustBeCompleteAndRight) {
  const std::string compressed = gzip(line("a"));
  EXPECT_FALSE(read(compressed, true).failure);
  EXPECT_EQ(read("", true).failure, ErrorCode::invalid_body);
  EXPECT_EQ(read(line("a"), true).failure, ErrorCode::invalid_body);
  for (std::size_t size = 0; size < compressed.size(); ++size)
    EXPECT_EQ(read(compressed.substr(0, size), true).failure, ErrorCode::invalid_body) << size;
  EXPECT_EQ(read(compressed + "x", true).failure, ErrorCode::invalid_body);
  EXPECT_EQ(read(compressed + compressed.substr(0, 5), true).failure, ErrorCode::invalid_body);
  for (std::size_t at = compressed.size() - 8; at < compressed.size(); ++at) {
    std::string damaged = compressed;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_EQ(read(damaged, true).failure, ErrorCode::invalid_body) << "trailer byte " << at;
  }
}

}  // namespace
}  // namespace hourglass::http
