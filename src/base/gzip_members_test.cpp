#include "base/gzip_members.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"

namespace hourglass::base {
namespace {

struct Outcome {
  std::string text;
  bool failed = false;
};

/// Decodes pieces of the input into little room, until all of it is used or the decoder fails.
Outcome decode(GzipMembers& members, std::string_view input, std::size_t piece) {
  Outcome outcome;
  std::array<char, 7> room{};
  while (true) {
    const auto step = members.decode(input.substr(0, piece), room);
    if (!step) {
      EXPECT_EQ(step.error(), GzipMembers::Fault::broken);
      outcome.failed = true;
      return outcome;
    }
    outcome.text.append(room.data(), step->produced);
    input.remove_prefix(step->consumed);
    if (step->consumed == 0 && step->produced == 0) {
      EXPECT_TRUE(input.empty()) << "it stands still";
      return outcome;
    }
  }
}

TEST(GzipMembers, AreReadOneBehindTheOtherHoweverTheyArrive) {
  const std::string input = gzip("hello, world") + gzip("") + gzip("again");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, input.size()}) {
    GzipMembers members;
    EXPECT_FALSE(members.is_complete());
    const Outcome outcome = decode(members, input, piece);
    EXPECT_EQ(outcome.text, "hello, worldagain");
    EXPECT_FALSE(outcome.failed);
    EXPECT_TRUE(members.is_complete());
  }
}

TEST(GzipMembers, AreNotCompleteWhenTheLastIsCut) {
  const std::string input = gzip("hello") + gzip("again");
  GzipMembers members;
  decode(members, std::string_view(input).substr(0, input.size() - 1), 5);
  EXPECT_FALSE(members.is_complete());
}

TEST(GzipMembers, GiveTheTextBeforeAFaultAndStayBroken) {
  std::string input = gzip("hello");
  input[input.size() - 6] = static_cast<char>(input[input.size() - 6] ^ 1);  // of the checksum
  GzipMembers members;
  const Outcome outcome = decode(members, input, input.size());
  EXPECT_EQ(outcome.text, "hello");
  EXPECT_TRUE(outcome.failed);
  EXPECT_TRUE(members.is_broken());
  EXPECT_TRUE(decode(members, gzip("more"), 3).failed);
}

}  // namespace
}  // namespace hourglass::base
