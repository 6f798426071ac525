#include "http/chunked_body.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace hourglass::http {
namespace {

using Status = ChunkedBody::Status;

/// The data of a complete body; nothing where it is malformed or incomplete.
std::optional<std::string> decode(std::string_view coded, std::size_t piece = std::string_view::npos) {
  ChunkedBody body;
  std::string data;
  while (!coded.empty()) {
    const auto step = body.next(coded.substr(0, piece));
    data += step.data;
    coded.remove_prefix(step.consumed);
    if (step.status == Status::done && coded.empty())
      return data;
    if (step.status != Status::more)
      return std::nullopt;
  }
  return std::nullopt;
}

std::string with_extension(const std::string& extension) {
  return "1" + extension + "\r\nx\r\n";
}

TEST(ChunkedBody, AnyNumberOfChunksMayHaveExtensions) {
  std::string coded;
  for (int i = 0; i < 100'000; ++i)
    coded += with_extension(i % 2 == 0 ? ";a=b" : " ;a");
  coded += "0;end\r\n\r\n";
  EXPECT_EQ(decode(coded), std::string(100'000, 'x'));
  EXPECT_EQ(decode(coded, 7), std::string(100'000, 'x'));
}

TEST(ChunkedBody, WhatStandsBehindEachSizeIsBounded) {
  const auto extension = [](std::size_t size) { return ";" + std::string(size - 1, 'a'); };
  const std::string last = "0\r\n\r\n";
  constexpr std::size_t kMost = ChunkedBody::kMaxExtensionBytes;
  EXPECT_EQ(decode(with_extension(extension(kMost)) + with_extension(extension(kMost)) + last), "xx");
  EXPECT_EQ(decode(with_extension(extension(kMost + 1)) + last), std::nullopt);
  EXPECT_EQ(decode(with_extension(std::string(kMost - 1, ' ') + ";") + last), "x");
  EXPECT_EQ(decode(with_extension(std::string(kMost, ' ') + ";") + last), std::nullopt);
}

TEST(ChunkedBody, TrailersAreBoundedTogether) {
  const std::string line = "Trailer: 0123456789abcdef\r\n";
  const auto trailers = [&](std::size_t size) {
    std::string text;
    while (text.size() + line.size() < size)
      text += line;
    return "1;" + std::string(4'000, 'a') + "\r\nx\r\n0\r\n" + text + "\r\n";
  };
  EXPECT_EQ(decode(trailers(ChunkedBody::kMaxTrailerBytes)), "x");
  EXPECT_EQ(decode(trailers(ChunkedBody::kMaxTrailerBytes + 2 * line.size())), std::nullopt);
}

}  // namespace
}  // namespace hourglass::http
