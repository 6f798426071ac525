#include "cli/send/event_id.hpp"

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

// printf '4:web1hello' | sha256sum | cut -c1-32
TEST(EventId, IsTheBeginningOfTheSha256OfSourceAndLine) {
  LineDigest digest("web1");
  EXPECT_EQ(event_id(digest.of("hello"), 0), "0c2ac0790b80a058ee6eb5bb55ca0bbb");
  EXPECT_EQ(event_id(digest.of("hello"), 2), "0c2ac0790b80a058ee6eb5bb55ca0bbb-2");
  LineDigest nameless("");
  EXPECT_EQ(event_id(nameless.of(""), 0), "ba768b331fd86cec803be04e56ab2b3d");
}

TEST(EventId, TellsSourcesApartWhateverTheLineSays) {
  LineDigest one("a");
  LineDigest other("ab");
  EXPECT_NE(one.of("bc"), other.of("c"));
  EXPECT_NE(one.of("x"), one.of("y"));
  EXPECT_EQ(one.of("x"), one.of("x"));
}

}  // namespace
}  // namespace hourglass::cli
