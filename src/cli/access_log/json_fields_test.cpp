#include "cli/access_log/json_fields.hpp"

#include <string>

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

/// The value that `path` leads to; `(none)` where there is none, `(broken)` where the line is not JSON.
std::string value(const std::string& line, const std::string& path) {
  JsonFields fields({path});
  if (!fields.read(line))
    return "(broken)";
  const FieldValue& found = fields.values().front();
  if (!found.written)
    return "(none)";
  return found.is_absent() ? "(absent)" : std::string(found.text);
}

TEST(JsonFields, FindMembersByTheirPaths) {
  const std::string line = R"({"a":{"b":{"c":"deep"},"n":1},"b":"top"})";
  EXPECT_EQ(value(line, "b"), "top");
  EXPECT_EQ(value(line, "a.b.c"), "deep");
  EXPECT_EQ(value(line, "a.n"), "1");
  for (const char* path : {"c", "a", "a.b", "a.b.c.d", "b.c", "a.", ".a", "", "a..n", "A.n"})
    EXPECT_EQ(value(line, path), "(none)") << path;
}

TEST(JsonFields, ReadEveryKindOfValue) {
  EXPECT_EQ(value(R"({"a":"x\"\u00e4\n"})", "a"), "x\"\xC3\xA4\n");
  EXPECT_EQ(value(R"({"a":1700000000.1234567890123456789 })", "a"), "1700000000.1234567890123456789");
  EXPECT_EQ(value(R"({"a":-1e5})", "a"), "-1e5");
  EXPECT_EQ(value(R"({"a":true})", "a"), "true");
  EXPECT_EQ(value(R"({"a":false})", "a"), "false");
  EXPECT_EQ(value(R"({"a":null})", "a"), "(absent)");
  EXPECT_EQ(value(R"({"a":""})", "a"), "(absent)");
  EXPECT_EQ(value(R"({"a":"-"})", "a"), "(absent)");
  EXPECT_EQ(value(R"({"a":{}})", "a"), "(none)");
  EXPECT_EQ(value(R"({"\u0061":1})", "a"), "1");
}

TEST(JsonFields, TakeTheFirstElementOfAnArray) {
  EXPECT_EQ(value(R"({"a":["x","y"],"b":1})", "a"), "x");
  EXPECT_EQ(value(R"({"a":["x","y"],"b":1})", "b"), "1");
  EXPECT_EQ(value(R"({"a":[[["x"]],2]})", "a"), "x");
  EXPECT_EQ(value(R"({"a":[{"b":1},{"b":2,"c":3}],"d":4})", "a.b"), "1");
  EXPECT_EQ(value(R"({"a":[{"b":1},{"b":2,"c":3}],"d":4})", "a.c"), "(none)");
  EXPECT_EQ(value(R"({"a":[{"b":1},{"b":2,"c":3}],"d":4})", "d"), "4");
  EXPECT_EQ(value(R"({"a":[]})", "a"), "(none)");
}

TEST(JsonFields, PreferTheLongestName) {
  EXPECT_EQ(value(R"({"a":{"b":"ways"},"a.b":"name"})", "a.b"), "name");
  EXPECT_EQ(value(R"({"a.b":"name","a":{"b":"ways"}})", "a.b"), "name");
  EXPECT_EQ(value(R"({"a":{"b.c":2,"b":{"c":3}},"a.b":{"c":1}})", "a.b.c"), "1");
  EXPECT_EQ(value(R"({"a":{"b":{"c":3},"b.c":2}})", "a.b.c"), "2");
  EXPECT_EQ(value(R"({"a.b":{"x":1},"a":{"b":{"c":3}}})", "a.b.c"), "3")
      << "a longer name that leads nowhere";
  EXPECT_EQ(value(R"({"a.b":5,"a":{"b":{"c":3}}})", "a.b.c"), "3");
  EXPECT_EQ(value(R"({"a":1,"a":2})", "a"), "1") << "of two by one name the first";
  EXPECT_EQ(value(R"({"a":{"b":1},"a":{"b":2,"c":3}})", "a.c"), "3");
}

TEST(JsonFields, FindManyAtOnce) {
  JsonFields fields({"b.c", "a", "b.d", "e"});
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(fields.read(R"({"b":{"d":"2","x":[1,{"y":2}],"c":"1"},"z":{"a":9},"a":"3"})"));
    EXPECT_EQ(fields.values()[0].text, "1");
    EXPECT_EQ(fields.values()[1].text, "3");
    EXPECT_EQ(fields.values()[2].text, "2");
    EXPECT_FALSE(fields.values()[3].written);
    ASSERT_TRUE(fields.read("{}"));
    EXPECT_FALSE(fields.values()[0].written) << "nothing of the line before";
  }
}

TEST(JsonFields, RefuseWhatIsNoObject) {
  for (const char* line : {"", "x", "1", "\"a\"", "[1]", "{", R"({"a":1)", R"({"a":"x)", R"({"a":)",
                           R"({"a":1}})", R"({"a":1} {})", R"({"a":1},)", R"({"a" 1})", R"({a:1})",
                           "{\"a\":\"\xFF\"}", R"({"a":01})", R"({"a":tru})", R"({"a":"\ud800"})", "null"})
    EXPECT_EQ(value(line, "a"), "(broken)") << line;
  EXPECT_EQ(value(std::string("{\"a\":1}\0", 8), "a"), "(broken)");
  EXPECT_EQ(value(std::string("{\"a\":") + std::string(1'000'000, '['), "a"), "(broken)");
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += R"({"a":)";
  EXPECT_EQ(value(deep, "a.a.a"), "(broken)");
}

TEST(JsonFields, RefuseALineThatIsCutAnywhere) {
  const std::string line = R"({"a":{"b":["x",{"c":1.5}],"d":true},"e":null,"f":"\u00e4"})";
  for (std::size_t size = 0; size < line.size(); ++size)
    EXPECT_EQ(value(line.substr(0, size), "a.b"), "(broken)") << size;
  EXPECT_EQ(value(line, "a.b"), "x");
}

TEST(JsonFields, ReadAShortLineAfterALongOne) {
  JsonFields fields({"a"});
  ASSERT_TRUE(fields.read(R"({"x":")" + std::string(1 << 20, 'x') + R"(","a":1})"));
  EXPECT_EQ(fields.values()[0].text, "1");
  ASSERT_TRUE(fields.read(R"({"a":2})"));
  EXPECT_EQ(fields.values()[0].text, "2");
}

}  // namespace
}  // namespace hourglass::cli
