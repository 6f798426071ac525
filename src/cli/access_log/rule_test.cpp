#include "cli/access_log/rule.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cli/access_log/traffic_lists.hpp"

namespace hourglass::cli {
namespace {

using Sign = ConditionText::Sign;

/// Whether a rule takes a line that has these fields and no others; all of them are written.
bool takes(const std::string& rule, const std::vector<std::pair<std::string, std::string>>& line) {
  FieldList fields;
  const auto made = Rule::make(rule, fields);
  EXPECT_TRUE(made) << (made ? "" : made.error());
  std::vector<FieldValue> values(fields.fields().size());
  for (const auto& [name, text] : line) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (fields.fields()[i].name == name)
        values[i] = written_value(text);
    }
  }
  return made && made->takes(values);
}

TEST(Rule, IsTakenApart) {
  const auto rule = parse_rule(
      R"(  path=/a*  status!=4??	user_agent="Some \"Bot\" \\ x" robots query.a=b=c referer=)");
  ASSERT_TRUE(rule) << rule.error();
  const std::vector<ConditionText> expected = {{"path", Sign::equals, "/a*"},
                                               {"status", Sign::differs, "4??"},
                                               {"user_agent", Sign::equals, R"(Some "Bot" \ x)"},
                                               {"robots", Sign::word, ""},
                                               {"query.a", Sign::equals, "b=c"},
                                               {"referer", Sign::equals, ""}};
  EXPECT_EQ(*rule, expected);
}

TEST(Rule, IsRefusedWithItsText) {
  for (const char* wrong : {"", "  ", "=x", "!=x", "robts", "path", "path= /x", "a=\"x", "a=\"x\"y", "a=x\"y",
                            "path ! =x", "status=2?? and"}) {
    FieldList fields;
    const auto rule = Rule::make(wrong, fields);
    ASSERT_FALSE(rule) << wrong;
    EXPECT_NE(rule.error().find("`" + std::string(wrong) + "`"), std::string::npos) << rule.error();
  }
  FieldList fields;
  EXPECT_NE(Rule::make("robts", fields).error().find("did you mean robots"), std::string::npos);
}

TEST(Rule, WantsAllItsConditions) {
  EXPECT_TRUE(takes("method=GET status=2??", {{"method", "GET"}, {"status", "200"}}));
  EXPECT_FALSE(takes("method=GET status=2??", {{"method", "GET"}, {"status", "301"}}));
  EXPECT_FALSE(takes("status=3?? status!=304", {{"status", "304"}}));
  EXPECT_TRUE(takes("status=3?? status!=304", {{"status", "302"}}));
  EXPECT_FALSE(takes("status=200 assets", {{"status", "200"}, {"path", "/a"}}));
  EXPECT_TRUE(takes("status=200 assets", {{"status", "200"}, {"path", "/a.css"}}));
}

TEST(Rule, ComparesAbsentFields) {
  EXPECT_TRUE(takes("referer=", {}));
  EXPECT_TRUE(takes("referer=-", {{"referer", "-"}}));
  EXPECT_TRUE(takes("referer=", {{"referer", ""}}));
  EXPECT_FALSE(takes("referer=*", {{"referer", "-"}})) << "a star is for those who have one";
  EXPECT_FALSE(takes("referer=?", {{"referer", "-"}}));
  EXPECT_TRUE(takes("method!=GET", {}));
  EXPECT_FALSE(takes("referer!=-", {}));
  EXPECT_TRUE(takes("referer!=", {{"referer", "x"}}));
}

TEST(Rule, ComparesUserAgentsWithoutRegardToCase) {
  EXPECT_TRUE(takes("user_agent=*FIREFOX*", {{"user_agent", "Mozilla Firefox"}}));
  EXPECT_TRUE(takes("request.headers.User-Agent=*x*", {{"request.headers.User-Agent", "X"}}));
  EXPECT_TRUE(takes("cs(User-Agent)=*x*", {{"cs(User-Agent)", "X"}}));
  EXPECT_FALSE(takes("path=/A", {{"path", "/a"}}));
  EXPECT_FALSE(takes("method=get", {{"method", "GET"}}));
}

TEST(Rule, Words) {
  EXPECT_TRUE(takes("all", {}));
  EXPECT_FALSE(takes("none", {}));
  EXPECT_FALSE(takes("all none", {}));
  EXPECT_TRUE(takes("robots", {{"user_agent", "-"}})) << "who does not say what it is";
  EXPECT_FALSE(takes("robots", {})) << "the format has no user agents";
}

TEST(Robots, AreKnown) {
  for (const char* agent :
       {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/7.88.1",
        "Wget/1.21", "python-requests/2.31.0", "Go-http-client/2.0", "Mozilla/5.0 (compatible; bingbot/2.0)",
        "facebookexternalhit/1.1", "Pingdom.com_bot_version_1.4", "kube-probe/1.28",
        "Mozilla/5.0 (compatible; YandexBot/3.0)", "AhrefsBot", "GPTBot/1.0", "Java/17.0.1",
        "Mozilla/5.0 HeadlessChrome/119.0", "CUBOT crawler", "cubotbot"})
    EXPECT_TRUE(takes("robots", {{"user_agent", agent}})) << agent;
}

TEST(Robots, ArePeopleNot) {
  for (const char* agent : {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                            "Gecko) Chrome/119.0.0.0 Safari/537.36",
                            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 "
                            "(KHTML, like Gecko) Version/17.1 "
                            "Mobile/15E148 Safari/604.1",
                            "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
                            "Mozilla/5.0 (Linux; Android 10; CUBOT_X18_Plus) AppleWebKit/537.36 Chrome/119.0 "
                            "Mobile Safari/537.36",
                            "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
                            "Opera/9.80 (J2ME/MIDP; Opera Mini/5.1)", "x"})
    EXPECT_FALSE(takes("robots", {{"user_agent", agent}})) << agent;
}

TEST(WordSearch, FindsWhatASearchWordByWordFinds) {
  std::mt19937_64 random(base::test_seed());
  const auto text_of = [&](std::size_t size, std::string_view letters) {
    std::string text;
    for (; size > 0; --size)
      text += letters[random() % letters.size()];
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> words;
    for (std::size_t count = 1 + random() % 5; count > 0; --count)
      words.push_back(text_of(1 + random() % 4, "abc/"));
    const WordSearch search({words.begin(), words.end()}, {});
    for (int i = 0; i < 50; ++i) {
      const std::string text = text_of(random() % 12, "abc/d");
      std::string shouted = text;
      for (char& letter : shouted)
        letter = static_cast<char>(std::toupper(letter));
      const bool expected = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return text.find(word) != std::string::npos;
      });
      ASSERT_EQ(search.finds_in(text), expected) << text;
      ASSERT_EQ(search.finds_in(shouted), expected) << text;
    }
  }
}

TEST(Assets, AreKnownByTheirEndings) {
  for (const char* path : {"/a.css", "/A.JS", "/x/y.min.js", "/f.woff2", "/site.webmanifest", ".png"})
    EXPECT_TRUE(is_asset(path)) << path;
  for (const char* path :
       {"", "/", "/a.html", "/css", "/a.css/", "/a.", "/a.cssx", "/a.verylongending", "/robots.txt"})
    EXPECT_FALSE(is_asset(path)) << path;
  for (const std::string_view ending : asset_endings())
    EXPECT_TRUE(is_asset("/a." + std::string(ending))) << ending;
}

}  // namespace
}  // namespace hourglass::cli
