#include "cluster/fold/duplicates.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

CountedEvent event(std::uint64_t boot, std::uint64_t sequence, std::optional<std::uint8_t> key = {}) {
  CountedEvent event{{BootId{boot}, sequence}, std::nullopt, core::Hour{1}, core::Kind::click, UserId{1}};
  if (key)
    event.key = KeyDigest{*key};
  return event;
}

TEST(DuplicatesTest, TellsIdentitiesApart) {
  Duplicates duplicates(milliseconds{100});
  EXPECT_TRUE(duplicates.mark(event(1, 1)));
  EXPECT_TRUE(duplicates.mark(event(2, 1)));
  EXPECT_FALSE(duplicates.mark(event(1, 1)));
}

TEST(DuplicatesTest, EveryOccurrenceRefreshesTheWindow) {
  Duplicates duplicates(milliseconds{100});
  std::uint64_t sequence = 0;
  const auto occurs_at = [&](std::int64_t time) {
    duplicates.advance(LogTime{time});
    const bool is_new = duplicates.mark(event(1, ++sequence, 7));
    duplicates.prune();
    return is_new;
  };
  EXPECT_TRUE(occurs_at(1'000));
  EXPECT_FALSE(occurs_at(1'099));
  EXPECT_FALSE(occurs_at(1'198));
  EXPECT_TRUE(occurs_at(1'298));
}

TEST(DuplicatesTest, ARepeatedRecordRefreshesTheWindowToo) {
  Duplicates duplicates(milliseconds{100});
  duplicates.advance(LogTime{1'000});
  EXPECT_TRUE(duplicates.mark(event(1, 1, 7)));
  duplicates.advance(LogTime{1'090});
  EXPECT_FALSE(duplicates.mark(event(1, 1, 7)));
  duplicates.advance(LogTime{1'150});
  EXPECT_FALSE(duplicates.mark(event(1, 2, 7)));
}

TEST(DuplicatesTest, TheClockDoesNotGoBack) {
  Duplicates duplicates(milliseconds{100});
  duplicates.advance(LogTime{1'000});
  duplicates.advance(LogTime{500});
  EXPECT_EQ(duplicates.time(), LogTime{1'000});
}

TEST(DuplicatesTest, IsTheSameAfterItWasWritten) {
  Duplicates duplicates(milliseconds{100});
  duplicates.advance(LogTime{1'000});
  for (const std::uint64_t sequence : {1, 4, 9})
    duplicates.mark(event(0xabcdef, sequence));
  duplicates.mark(event(3, 1, 5));
  const std::string text = duplicates.boots_text();
  EXPECT_EQ(text, "0000000000000003 1000 1;0000000000abcdef 1000 9:2-3,5-8");
  auto read = Duplicates::from_text(milliseconds{100}, LogTime{1'000}, text);
  ASSERT_TRUE(read);
  read->remember(KeyDigest{5}, LogTime{900});
  read->remember(KeyDigest{5}, LogTime{1'000});
  read->remember(KeyDigest{5}, LogTime{950});
  EXPECT_EQ(read->boots_text(), text);
  EXPECT_EQ(read->keys(), duplicates.keys());
  EXPECT_FALSE(read->mark(event(3, 2, 5)));
  EXPECT_TRUE(read->mark(event(0xabcdef, 6)));
}

TEST(DuplicatesTest, ReadsNoOtherText) {
  for (const char* text :
       {"x", "1 2 3", "0000000000000003 1000", "0000000000000003 x 1", "0000000000000003 1000 1;;"})
    EXPECT_FALSE(Duplicates::from_text(milliseconds{1}, LogTime{0}, text)) << text;
  EXPECT_TRUE(Duplicates::from_text(milliseconds{1}, LogTime{0}, ""));
}

TEST(DuplicatesTest, PruningDecidesNothing) {
  for (const bool prunes : {false, true}) {
    Duplicates duplicates(milliseconds{100});
    duplicates.advance(LogTime{1'000});
    EXPECT_TRUE(duplicates.mark(event(1, 5, 1)));
    duplicates.advance(LogTime{1'100});
    if (prunes)
      duplicates.prune();
    EXPECT_TRUE(duplicates.mark(event(1, 5, 1)));
    EXPECT_EQ(duplicates.boots_text(), "0000000000000001 1100 5:1-4");
  }
}

TEST(DuplicatesTest, ForgetsProducersThatAreSilentForAWindow) {
  Duplicates duplicates(milliseconds{100});
  duplicates.advance(LogTime{1'000});
  duplicates.mark(event(1, 1, 1));
  duplicates.advance(LogTime{1'100});
  duplicates.prune();
  EXPECT_EQ(duplicates.boots_text(), "");
  EXPECT_TRUE(duplicates.keys().empty());
}

}  // namespace
}  // namespace hourglass::cluster
