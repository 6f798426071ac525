#include "cli/send/summary.hpp"

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

TEST(Summary, AccountsForEveryLine) {
  Summary summary;
  summary.lines = 10;
  summary.accepted = 4;
  summary.left_out = 2;
  summary.refuse("not_mapped", "there is no field status");
  summary.refuse("invalid_user", "user is empty");
  summary.refuse("not_mapped", "the time cannot be read");
  EXPECT_EQ(summary.refused_lines(), 3U);
  EXPECT_EQ(summary.open_lines(), 1U);
  summary.idempotency_window = std::chrono::hours{24};
  EXPECT_EQ(summary.text(),
            "10 lines: 4 accepted, 2 left out, 3 refused, 1 not sent\n"
            "  invalid_user  1  user is empty\n"
            "  not_mapped    2  there is no field status\n"
            "Sending the same again within 24h counts nothing twice.\n");
}

TEST(Summary, PromisesNothingWhereNothingWasAccepted) {
  Summary summary;
  EXPECT_EQ(summary.text(), "0 lines: 0 accepted, 0 left out, 0 refused\n");
}

TEST(Durations, AreWrittenInTheLargestUnit) {
  EXPECT_EQ(duration_text(std::chrono::seconds{90}), "90s");
  EXPECT_EQ(duration_text(std::chrono::minutes{11}), "11m");
  EXPECT_EQ(duration_text(std::chrono::hours{24}), "24h");
  EXPECT_EQ(duration_text(std::chrono::hours{48}), "2d");
  EXPECT_EQ(duration_text(std::chrono::seconds{0}), "0s");
}

}  // namespace
}  // namespace hourglass::cli
