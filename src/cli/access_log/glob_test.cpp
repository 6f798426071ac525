#include "cli/access_log/glob.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::cli {
namespace {

/// The definition, with a table of which ends of the pattern match which ends of the text.
bool plain_matches(const std::string& pattern, const std::string& text) {
  std::vector<std::vector<bool>> matches(pattern.size() + 1, std::vector<bool>(text.size() + 1));
  matches[pattern.size()][text.size()] = true;
  for (std::size_t p = pattern.size(); p-- > 0;) {
    for (std::size_t t = text.size() + 1; t-- > 0;) {
      const bool more = t < text.size();
      if (pattern[p] == '*')
        matches[p][t] = matches[p + 1][t] || (more && matches[p][t + 1]);
      else
        matches[p][t] = more && (pattern[p] == '?' || pattern[p] == text[t]) && matches[p + 1][t + 1];
    }
  }
  return matches[0][0];
}

bool matches(std::string_view pattern, std::string_view text) {
  return Glob(pattern, Glob::Case::distinguished).matches(text);
}

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(matches("/a", "/a"));
  EXPECT_FALSE(matches("/a", "/ab"));
  EXPECT_FALSE(matches("/a", "x/a"));
  EXPECT_TRUE(matches("2??", "204"));
  EXPECT_FALSE(matches("2??", "20"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("/shop/*/buy", "/shop/1/2/buy"));
  EXPECT_FALSE(matches("/shop/*/buy", "/shop/buy"));
  EXPECT_TRUE(matches("*ab", "aab"));
  EXPECT_TRUE(matches("?", "\xFF"));
  EXPECT_TRUE(matches("a*", std::string_view("a\0b", 3)));
}

TEST(Glob, IgnoresCaseOnlyWhereItIsTold) {
  EXPECT_FALSE(matches("/A", "/a"));
  const Glob glob("*Google*", Glob::Case::ignored);
  EXPECT_TRUE(glob.matches("x GOOGLEbot"));
  EXPECT_TRUE(glob.matches("google"));
  EXPECT_FALSE(glob.matches("goog"));
}

TEST(Glob, AgreesWithItsDefinition) {
  std::mt19937_64 random(base::test_seed());
  const auto text_of = [&](std::string_view letters) {
    std::string text;
    for (std::size_t size = random() % 12; size > 0; --size)
      text += letters[random() % letters.size()];
    return text;
  };
  int matched = 0;
  for (int round = 0; round < 50'000; ++round) {
    const std::string pattern = text_of("ab*?*");
    const std::string text = text_of("ab");
    const bool expected = plain_matches(pattern, text);
    matched += expected ? 1 : 0;
    ASSERT_EQ(matches(pattern, text), expected) << pattern << " " << text;
    std::string shouted = text;
    for (char& letter : shouted)
      letter = static_cast<char>(letter - 'a' + 'A');
    ASSERT_EQ(Glob(pattern, Glob::Case::ignored).matches(shouted), expected) << pattern << " " << text;
  }
  EXPECT_GT(matched, 1000);
}

// With a matcher that tries every way, this would end after the sun.
TEST(Glob, IsNotSlowOnManyStars) {
  std::string pattern;
  for (int i = 0; i < 30; ++i)
    pattern += "*a";
  EXPECT_FALSE(matches(pattern + "*b", std::string(100'000, 'a')));
}

}  // namespace
}  // namespace hourglass::cli
