#include "cli/export_command.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/testing/scratch_directory.hpp"

namespace hourglass::cli {
namespace {

const std::string kLines = "{\"timestamp\":1,\"user\":\"a\",\"event\":\"click\",\"id\":\"x-1\"}\n";

class ExportCommandTest : public ::testing::Test {
 protected:
  ExportCommandTest() { options_.server = "http://127.0.0.1:1"; }

  static ServerAnswer answer(int status, std::optional<std::string> incomplete_hours) {
    ServerAnswer made;
    made.status = status;
    made.incomplete_hours = std::move(incomplete_hours);
    return made;
  }

  int run() {
    results_.str("");
    errors_.str("");
    return export_events(
        options_,
        [this](const std::string& path,
               const ServerClient::BodySink& sink) -> base::Expected<ServerAnswer, std::string> {
          asked_ = *options_.server + path;
          if (answer_ && answer_->status == 200 && !sink(kLines))
            return base::unexpected(std::string("ended by the sink"));
          return answer_;
        },
        {results_, errors_});
  }

  const base::ScratchDirectory temporary_;
  const std::filesystem::path folder_ = temporary_.path();
  ExportOptions options_;
  base::Expected<ServerAnswer, std::string> answer_ = answer(200, "0");
  std::string asked_;
  std::ostringstream results_;
  std::ostringstream errors_;
};

TEST_F(ExportCommandTest, WritesWhatTheServerGives) {
  EXPECT_EQ(run(), kExitDone);
  EXPECT_EQ(results_.str(), kLines);
  EXPECT_EQ(errors_.str(), "");
  EXPECT_EQ(asked_, "http://127.0.0.1:1/analytics/events");
  options_.to = core::Timestamp{9};
  run();
  EXPECT_EQ(asked_, "http://127.0.0.1:1/analytics/events?to=9");
  options_.from = core::Timestamp{5};
  run();
  EXPECT_EQ(asked_, "http://127.0.0.1:1/analytics/events?from=5&to=9");
}

TEST_F(ExportCommandTest, NoTimeAtAllIsAFaultOfUsage) {
  options_.from = options_.to = core::Timestamp{9};
  EXPECT_EQ(run(), kExitUsage);
  EXPECT_EQ(errors_.str(), "hourglass: from is not before to\n");
}

TEST_F(ExportCommandTest, NamesTheHoursOfWhichEventsAreGoneAndKeepsTheOthers) {
  options_.output = folder_ / "events";
  answer_->incomplete_hours = "2; 2023-11-14T20:00Z, 2023-11-14T22:00Z";
  EXPECT_EQ(run(), kExitFailed);
  EXPECT_EQ(errors_.str(),
            "hourglass: the totals of 2 hours are kept, but not all of their events: 2023-11-14T20:00Z, "
            "2023-11-14T22:00Z\n");
  EXPECT_EQ(results_.str(), "1 event exported\n");
  EXPECT_EQ(std::filesystem::file_size(*options_.output), kLines.size());
}

TEST_F(ExportCommandTest, AnExportThatDoesNotComeToItsEndLeavesNoFile) {
  options_.output = folder_ / "events";
  for (const auto& given : std::vector<base::Expected<ServerAnswer, std::string>>{
           base::unexpected(std::string("the connection was closed")), answer(403, {}), answer(200, {}),
           answer(200, "many")}) {
    answer_ = given;
    EXPECT_EQ(run(), kExitFailed);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    EXPECT_FALSE(errors_.str().empty());
    EXPECT_EQ(results_.str(), "");
  }
}

TEST_F(ExportCommandTest, AStandardOutputThatTakesNothingIsAFailure) {
  results_.setstate(std::ios::badbit);
  EXPECT_EQ(run(), kExitFailed);
  EXPECT_EQ(errors_.str(), "hourglass: cannot write to the standard output\n");
}

TEST_F(ExportCommandTest, ADirectoryWithoutAStoreIsNamed) {
  options_.server.reset();
  options_.data = folder_;
  EXPECT_EQ(run(), kExitFailed);
  EXPECT_NE(errors_.str().find(folder_.string()), std::string::npos) << errors_.str();
}

}  // namespace
}  // namespace hourglass::cli
