#include "http/authority.hpp"

#include <string>

#include <gtest/gtest.h>

namespace hourglass::http {
namespace {

TEST(Authority, IsAHostWithOrWithoutAPort) {
  for (const char* right : {"localhost",
                            "example.org",
                            "a",
                            "a_b",
                            "-",
                            "~",
                            "1.2.3.4",
                            "999.1",
                            "a:",
                            "a:0",
                            "a:80",
                            "a:65535",
                            "a:0000000000080",
                            "a%20b",
                            "%41",
                            "%41:80",
                            "%C3%A4",
                            "!$&'()*+,;=",
                            "[::1]",
                            "[::]:8080",
                            "[::1]:",
                            "[2001:db8::8:800:200c:417a]",
                            "[::ffff:1.2.3.4]",
                            "[1:2:3:4:5:6:7:8]",
                            "[v1.a]",
                            "[vF.a:b]:1"})
    EXPECT_TRUE(is_valid_authority(right)) << right;
}

TEST(Authority, IsNothingElse) {
  for (const char* wrong : {"",
                            ":",
                            ":80",
                            "a:b",
                            "a:b:c",
                            "a:1:2",
                            "a:65536",
                            "a:99999",
                            "a:-1",
                            "a: 1",
                            "a:1 ",
                            "a:18446744073709551697",
                            "%",
                            "%4",
                            "%zz",
                            "a%",
                            "a%4",
                            "a%4g",
                            "%%41",
                            "a b",
                            "a/b",
                            "a@b",
                            "u:p@h",
                            "a\\",
                            "a\"b",
                            "a<b",
                            "a^b",
                            "a|b",
                            "a?b",
                            "ä",
                            "[",
                            "[]",
                            "[::1",
                            "::1",
                            "::1]",
                            "[::1]x",
                            "[::1]:x",
                            "[::1]:99999",
                            "[[::1]]",
                            "[::1%25eth0]",
                            "[::1%eth0]",
                            "[:::1]",
                            "[1:2:3:4:5:6:7:8:9]",
                            "[12345::]",
                            "[1.2.3.4]",
                            "[::1.2.3.256]",
                            "[v.a]",
                            "[v1.]",
                            "[v1]",
                            "[vg.a]",
                            "[v]",
                            "a[::1]",
                            "a]",
                            "x:[::1]"})
    EXPECT_FALSE(is_valid_authority(wrong)) << wrong;
  EXPECT_FALSE(is_valid_authority(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_valid_authority(std::string_view("[::1\0]", 6)));
}

}  // namespace
}  // namespace hourglass::http
