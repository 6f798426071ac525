#include "cli/access_log/log_escapes.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::cli {
namespace {

std::string unescaped(std::string_view text) {
  std::string plain;
  append_unescaped(plain, text);
  return plain;
}

std::string percent_decoded(std::string_view text) {
  std::string plain;
  append_percent_decoded(plain, text);
  return plain;
}

std::string form_decoded(std::string_view text) {
  std::string plain;
  append_form_decoded(plain, text);
  return plain;
}

TEST(LogEscapes, AreUndone) {
  EXPECT_EQ(unescaped(R"(a\x22b\x5Cc\x5c)"), R"(a"b\c\)") << "nginx";
  EXPECT_EQ(unescaped(R"(a\"b\\c\n\t\r\b\v)"), "a\"b\\c\n\t\r\b\v") << "Apache";
  EXPECT_EQ(unescaped(R"(\xC3\xA4\x00)"), std::string("\xC3\xA4\0", 3));
  EXPECT_EQ(unescaped(R"(\\x22)"), R"(\x22)") << "an escaped backslash begins nothing";
}

TEST(LogEscapes, StayWhereTheyAreBroken) {
  for (const char* broken :
       {R"(\)", R"(a\)", R"(\x)", R"(\x2)", R"(\xg0)", R"(\x2g)", R"(\q)", R"(\X22)", R"(\0)"})
    EXPECT_EQ(unescaped(broken), broken);
  EXPECT_EQ(unescaped(R"(\x\x22)"), R"(\x")");
}

TEST(LogEscapes, PercentSigns) {
  EXPECT_EQ(percent_decoded("a%20b%2Bc+d"), "a b+c+d");
  EXPECT_EQ(form_decoded("a%20b%2Bc+d"), "a b+c d");
  for (const char* broken : {"%", "%2", "%g0", "100%", "%%"})
    EXPECT_EQ(percent_decoded(broken), broken);
  EXPECT_EQ(percent_decoded("%%41"), "%A");
}

/// As nginx writes it (ngx_http_log_escape), and as Apache does (ap_escape_logitem).
std::string escaped(const std::string& text, bool by_apache) {
  std::string shown;
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    char hex[8];
    std::snprintf(hex, sizeof hex, by_apache ? "\\x%02x" : "\\x%02X", code);
    const std::string letters = "\n\t\r\b\v";
    const std::size_t letter = letters.find(byte);
    if (by_apache && letter != std::string::npos)
      shown += std::string("\\") + "ntrbv"[letter];
    else if (by_apache && (byte == '"' || byte == '\\'))
      shown += std::string("\\") + byte;
    else if (code < 0x20 || code > 0x7e || byte == '"' || byte == '\\')
      shown += hex;
    else
      shown += byte;
  }
  return shown;
}

TEST(LogEscapes, AreTheOppositeOfWhatServersDo) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t size = random() % 20; size > 0; --size)
      text += random() % 3 == 0 ? R"(\"x2nt)"[random() % 6] : static_cast<char>(random());
    for (const bool by_apache : {false, true})
      ASSERT_EQ(unescaped(escaped(text, by_apache)), text) << escaped(text, by_apache);
  }
}

}  // namespace
}  // namespace hourglass::cli
