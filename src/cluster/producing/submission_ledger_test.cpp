#include "cluster/producing/submission_ledger.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using base::ErrorCode;
using std::chrono::seconds;

constexpr Partition kFirst{0};
constexpr Partition kSecond{1};

class NoOrigin final : public ports::SubmissionOrigin {
  void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}
};

class SubmissionLedgerTest : public ::testing::Test {
 protected:
  SubmissionLedger::Token open(std::size_t records, seconds deadline = seconds{5}) {
    return ledger_.open(std::make_unique<ports::Submission>(origin_), records, 2, deadline);
  }

  /// What a submission of two records ends with.
  std::optional<ErrorCode> outcome(Delivery first, Delivery second) {
    const auto token = open(2);
    EXPECT_EQ(ledger_.delivered(token, kFirst, first, std::nullopt), nullptr);
    const auto submission = ledger_.delivered(token, kFirst, second, std::nullopt);
    return submission->failure ? std::optional(submission->failure->code) : std::nullopt;
  }

  NoOrigin origin_;
  SubmissionLedger ledger_;
};

TEST_F(SubmissionLedgerTest, IsDurableWhenEveryRecordIs) {
  EXPECT_EQ(outcome(Delivery::persisted, Delivery::persisted), std::nullopt);
}

TEST_F(SubmissionLedgerTest, IsRefusedOnlyWhenNoRecordCanBeInTheLog) {
  EXPECT_EQ(outcome(Delivery::not_persisted, Delivery::not_persisted), ErrorCode::store_unavailable);
  EXPECT_EQ(outcome(Delivery::not_persisted, Delivery::persisted), ErrorCode::outcome_unknown);
  EXPECT_EQ(outcome(Delivery::not_persisted, Delivery::unknown), ErrorCode::outcome_unknown);
  EXPECT_EQ(outcome(Delivery::persisted, Delivery::unknown), ErrorCode::outcome_unknown);
}

TEST_F(SubmissionLedgerTest, TellsWhereTheRecordsStand) {
  const auto token = open(3);
  ledger_.delivered(token, kSecond, Delivery::persisted, Offset{7});
  ledger_.delivered(token, kSecond, Delivery::persisted, Offset{5});
  const auto submission = ledger_.delivered(token, kFirst, Delivery::persisted, Offset{0});
  EXPECT_EQ(submission->written.next, (std::vector<std::int64_t>{1, 8}));
}

TEST_F(SubmissionLedgerTest, GivesBackOnceWhatWasTooLate) {
  const auto token = open(1);
  const auto other = open(1, seconds{9});
  EXPECT_TRUE(ledger_.expire(seconds{4}).empty());
  const auto expired = ledger_.expire(seconds{5});
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired.front()->failure->code, ErrorCode::outcome_unknown);
  EXPECT_EQ(ledger_.open_submissions(), 1U);
  EXPECT_EQ(ledger_.delivered(token, kFirst, Delivery::persisted, Offset{1}), nullptr);
  EXPECT_NE(ledger_.delivered(other, kFirst, Delivery::persisted, Offset{2}), nullptr);
  EXPECT_EQ(ledger_.open_submissions(), 0U);
}

TEST_F(SubmissionLedgerTest, OfALateOneThatFailedWhollyNothingIsClaimed) {
  const auto token = open(2);
  ledger_.delivered(token, kFirst, Delivery::not_persisted, std::nullopt);
  EXPECT_EQ(ledger_.expire(seconds{5}).front()->failure->code, ErrorCode::outcome_unknown);
}

}  // namespace
}  // namespace hourglass::cluster
