#include "http/gzip_decoder.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"
#include "base/testing/test_seed.hpp"

namespace hourglass::http {
namespace {

using base::compress;
using base::ErrorCode;
using base::gunzip_member;
using base::gzip;

constexpr std::size_t kLargestPiece = 16 * 1024;

/// The text, or nothing where the decoder refuses.
std::optional<std::string> decode(std::string_view compressed, std::size_t piece = std::string_view::npos) {
  GzipDecoder decoder;
  std::string text;
  while (!compressed.empty() || decoder.has_more()) {
    const auto step = decoder.next(compressed.substr(0, piece));
    if (!step) {
      EXPECT_EQ(step.error().code, ErrorCode::invalid_body);
      return std::nullopt;
    }
    EXPECT_LE(step->text.size(), kLargestPiece);
    text += step->text;
    compressed.remove_prefix(step->consumed);
  }
  if (const auto finished = decoder.finish(); !finished) {
    EXPECT_EQ(finished.error().code, ErrorCode::invalid_body);
    return std::nullopt;
  }
  return text;
}

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text;
  while (text.size() < size)
    text += random() % 3 == 0 ? std::string(random() % 300, 'x') : std::to_string(random());
  text.resize(size);
  return text;
}

TEST(GzipDecoder, ReadsWhatZlibWrites) {
  EXPECT_EQ(decode(gzip("")), "");
  EXPECT_EQ(decode(gzip("hello")), "hello");
  EXPECT_EQ(decode(gzip(std::string(1'000'000, 'x'))), std::string(1'000'000, 'x'));
  // Exactly a piece of output, so that the end of the member comes without any.
  EXPECT_EQ(decode(gzip(std::string(kLargestPiece, 'x'))), std::string(kLargestPiece, 'x'));
}

TEST(GzipDecoder, ReadsMembersOneAfterTheOther) {
  EXPECT_EQ(decode(gzip("one ") + gzip("") + gzip("two")), "one two");
  std::string many;
  for (int i = 0; i < 1'000; ++i)
    many += gzip("x");
  EXPECT_EQ(decode(many), std::string(1'000, 'x'));
  EXPECT_EQ(decode(many, 1), std::string(1'000, 'x'));
}

TEST(GzipDecoder, ReadsTheSameInPiecesOfAnySize) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 200; ++round) {
    std::string text;
    std::string compressed;
    for (std::size_t members = 1 + random() % 3; members > 0; --members) {
      const std::string part = random_text(random, random() % (random() % 8 == 0 ? 300'000 : 500));
      text += part;
      compressed += gzip(part, static_cast<int>(random() % 10));
    }
    ASSERT_EQ(decode(compressed), text);
    ASSERT_EQ(decode(compressed, 1 + random() % 100), text);
  }
}

TEST(GzipDecoder, NothingIsNoGzip) {
  EXPECT_EQ(decode(""), std::nullopt);
}

TEST(GzipDecoder, OtherFormatsAreNoGzip) {
  EXPECT_EQ(decode("hello"), std::nullopt);
  EXPECT_EQ(decode(compress("hello", 6, 15)), std::nullopt) << "zlib";
  EXPECT_EQ(decode(compress("hello", 6, -15)), std::nullopt) << "bare deflate";
  EXPECT_EQ(decode(gzip("a") + compress("hello", 6, 15)), std::nullopt);
}

TEST(GzipDecoder, NothingMayFollowTheLastMember) {
  for (const std::string& garbage : {std::string("\n"), std::string(1, '\0'), std::string(512, '\0'),
                                     std::string("\x1f"), gzip("b").substr(0, 9)})
    EXPECT_EQ(decode(gzip("a") + garbage), std::nullopt) << ::testing::PrintToString(garbage);
}

TEST(GzipDecoder, NoMemberMayBeCutOff) {
  const std::string compressed = gzip("a") + gzip("some text, some text, some text");
  const std::size_t first = gzip("a").size();
  for (std::size_t size = 0; size < compressed.size(); ++size)
    EXPECT_EQ(decode(std::string_view(compressed).substr(0, size)).has_value(), size == first) << size;
}

// Damage is refused, or harmless: in a header's flags of no meaning, its time or its operating system.
TEST(GzipDecoder, ADamagedBitNeverChangesTheText) {
  const std::string text = "some text, some text, some other text";
  const std::string compressed = gzip(text);
  for (std::size_t bit = 0; bit < compressed.size() * 8; ++bit) {
    std::string damaged = compressed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode(damaged);
    EXPECT_TRUE(!decoded || *decoded == text) << "bit " << bit;
    EXPECT_TRUE(!decoded || bit < 10 * 8) << "bit " << bit << " lies behind the header";
  }
}

// A body that grows a thousandfold is decompressed piece by piece, as far as it is asked for.
TEST(GzipDecoder, DecompressesNoMoreThanAPieceAtATime) {
  const std::string compressed = gzip(std::string(50'000'000, 'x'));
  GzipDecoder decoder;
  std::size_t consumed = 0;
  for (int i = 0; i < 10; ++i) {
    const auto step = decoder.next(std::string_view(compressed).substr(consumed));
    ASSERT_TRUE(step);
    EXPECT_EQ(step->text.size(), kLargestPiece);
    EXPECT_TRUE(decoder.has_more());
    consumed += step->consumed;
  }
  EXPECT_LT(consumed, compressed.size() / 2);
}

// Bytes that begin like gzip and go on at random: nothing is read that a single call of zlib does not read.
TEST(GzipDecoder, AgreesWithASingleCallOfZlib) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 5'000; ++round) {
    std::string compressed = gzip(random_text(random, random() % 60));
    for (std::size_t edits = random() % 3; edits > 0; --edits)
      compressed[random() % compressed.size()] = static_cast<char>(random());
    ASSERT_EQ(decode(compressed, 1 + random() % 7), gunzip_member(compressed))
        << ::testing::PrintToString(compressed);
  }
}

}  // namespace
}  // namespace hourglass::http
