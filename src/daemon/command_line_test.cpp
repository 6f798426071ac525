#include "daemon/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/testing/sample_settings.hpp"

namespace hourglass::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

auto parse(const std::vector<std::string>& arguments) {
  return parse_command_line(kSampleSettings, arguments);
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  if (parsed)
    return "taken";
  EXPECT_EQ(parsed.error().exit_code, kExitUsage);
  return parsed.error().output;
}

TEST(CommandLine, KnowsItsCommands) {
  EXPECT_EQ(parse({"serve"})->command, CommandLine::Command::serve);
  EXPECT_EQ(parse({"config"})->command, CommandLine::Command::config);
  EXPECT_TRUE(parse({"serve"})->flags.empty());
  EXPECT_EQ(parse({"serve"})->config_file, std::nullopt);
}

TEST(CommandLine, SomeCommandsTakeADirectory) {
  EXPECT_EQ(parse({"backup", "/b"})->command, CommandLine::Command::backup);
  EXPECT_EQ(parse({"backup", "/b"})->directory, "/b");
  EXPECT_EQ(parse({"backup", "--mill-name", "x", "serve"})->directory, "serve");
  EXPECT_EQ(parse({"verify"})->command, CommandLine::Command::verify);
  EXPECT_EQ(parse({"verify"})->directory, std::nullopt);
  EXPECT_EQ(parse({"verify", "/b", "--mill-name=x"})->directory, "/b");
  EXPECT_EQ(parse({"serve"})->directory, std::nullopt);
  EXPECT_THAT(refusal({"backup"}), HasSubstr("the directory of the backup is missing"));
  EXPECT_THAT(refusal({"backup", "/b", "/c"}), HasSubstr("unexpected argument /c"));
  EXPECT_THAT(refusal({"verify", "/b", "/c"}), HasSubstr("unexpected argument /c"));
  EXPECT_THAT(refusal({"bakup", "/b"}), HasSubstr("did you mean backup?"));
}

TEST(CommandLine, ExportTakesItsOwnFlags) {
  const auto plain = parse({"export", "--mill-name", "x"});
  ASSERT_TRUE(plain) << plain.error().output;
  EXPECT_EQ(plain->command, CommandLine::Command::export_events);
  EXPECT_THAT(plain->flags, ElementsAre(Pair("mill.name", "x")));
  const auto nothing = plain->export_arguments.options("/data", core::Timestamp{7});
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->data, "/data");
  EXPECT_FALSE(nothing->server || nothing->from || nothing->to || nothing->output);

  const auto all = parse({"export", "--from", "5", "--to=9", "--output", "--from", "--server="});
  ASSERT_TRUE(all) << all.error().output;
  const auto options = all->export_arguments.options("/data", core::Timestamp{7});
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->from, core::Timestamp{5});
  EXPECT_EQ(options->to, core::Timestamp{9});
  EXPECT_EQ(options->output, "--from");
  EXPECT_EQ(options->server, "");
  EXPECT_THAT(
      parse({"export", "--to", "soon"})->export_arguments.options("/data", core::Timestamp{7}).error(),
      HasSubstr("the time soon is neither"));
  EXPECT_EQ(parse({"export", "--to", "now"})->export_arguments.options("/data", core::Timestamp{7})->to,
            core::Timestamp{7});

  EXPECT_THAT(refusal({"serve", "--output", "x"}), HasSubstr("the flag --output belongs behind export"));
  EXPECT_THAT(refusal({"export", "--from", "5", "--from", "6"}), HasSubstr("--from takes one value"));
  EXPECT_THAT(refusal({"export", "file"}), HasSubstr("unexpected argument file"));
}

TEST(CommandLine, SendTakesFilesAndItsOwnFlags) {
  const auto plain = parse({"send", "a.log", "-"});
  ASSERT_TRUE(plain) << plain.error().output;
  EXPECT_EQ(plain->command, CommandLine::Command::send);
  EXPECT_THAT(plain->send.inputs, ElementsAre("a.log", "-"));
  EXPECT_EQ(plain->send.server, "http://127.0.0.1:8080");
  EXPECT_EQ(plain->send.retry_for, std::chrono::minutes{10});

  const auto rules = parse({"send", "--format", "combined", "--user", "remote_addr,user_agent", "--click",
                            "path=/a", "--click=path=/b", "--leave-out", "robots", "--", "x.log", "-y.log"});
  ASSERT_TRUE(rules) << rules.error().output;
  EXPECT_THAT(rules->send.inputs, ElementsAre("x.log", "-y.log"));
  EXPECT_THAT(rules->send.mapping.user, ElementsAre("remote_addr", "user_agent"));
  EXPECT_THAT(rules->send.mapping.click, ElementsAre("path=/a", "path=/b"));
  EXPECT_THAT(rules->send.mapping.leave_out, ElementsAre("robots"));
  EXPECT_FALSE(parse({"send", "--follow", "x.log"})->send.retry_for) << "without end";
}

TEST(CommandLine, SendRefusesWhatDoesNotFitTogether) {
  EXPECT_THAT(refusal({"send"}), HasSubstr("the files to send are missing"));
  EXPECT_THAT(refusal({"send", "--follow", "a", "b"}), HasSubstr("--follow takes one file"));
  EXPECT_THAT(refusal({"send", "--follow", "-"}), HasSubstr("--follow takes one file"));
  EXPECT_THAT(refusal({"send", "--position", "p", "a"}), HasSubstr("--position belongs to --follow"));
  EXPECT_THAT(refusal({"send", "--connections", "0", "a"}), HasSubstr("--connections"));
  EXPECT_THAT(refusal({"send", "--connections", "x", "a"}), HasSubstr("--connections"));
  EXPECT_THAT(refusal({"send", "--retry-for", "soon", "a"}), HasSubstr("--retry-for must be a duration"));
  EXPECT_THAT(refusal({"send", "--clik", "x", "a"}), HasSubstr("did you mean --click?"));
}

TEST(CommandLine, TotalsTakesHours) {
  const auto parsed = parse({"totals", "now", "2023-11-14", "--format", "csv"});
  ASSERT_TRUE(parsed) << parsed.error().output;
  EXPECT_EQ(parsed->command, CommandLine::Command::totals);
  EXPECT_THAT(parsed->totals.when, ElementsAre("now", "2023-11-14"));
  EXPECT_EQ(parsed->totals.format, cli::TotalsFormat::csv);
  EXPECT_THAT(refusal({"totals", "--format", "xml"}), HasSubstr("--format xml is none of"));
}

TEST(CommandLine, TakesEverySettingInBothForms) {
  const auto parsed = parse({"serve", "--mill-name", "a b", "--grain-sack-size=16KiB", "--config=x.toml"});
  ASSERT_TRUE(parsed) << parsed.error().output;
  EXPECT_THAT(parsed->flags, ElementsAre(Pair("mill.name", "a b"), Pair("grain.sack_size", "16KiB")));
  EXPECT_EQ(parsed->config_file, "x.toml");
  EXPECT_EQ(parse({"config", "--config", "y.toml"})->config_file, "y.toml");
}

TEST(CommandLine, TakesTheValueAsItStands) {
  for (const char* value :
       {"--kind", "-1", "=", "a=b", "--kind=", "[a,b]", "", " ", "--", "serve", "%1", "\"x\""}) {
    EXPECT_THAT(parse({"serve", "--mill-name", value})->flags, ElementsAre(Pair("mill.name", value)))
        << value;
    const auto joined = parse({"serve", std::string("--mill-name=") + value, "--kind", "wind"});
    ASSERT_TRUE(joined) << joined.error().output;
    EXPECT_THAT(joined->flags, ElementsAre(Pair("mill.name", value), Pair("kind", "wind"))) << value;
  }
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal({}), StartsWith("hourglass: a command is missing\n"));
  EXPECT_THAT(refusal({}), HasSubstr("Usage:"));
  EXPECT_THAT(refusal({"serv"}), StartsWith("hourglass: unknown command serv; did you mean serve?\nUsage:"));
  EXPECT_THAT(refusal({"serve", "extra"}), HasSubstr("unexpected argument extra"));
  EXPECT_THAT(refusal({"serve", "config"}), HasSubstr("unexpected argument config"));
  EXPECT_THAT(refusal({"serve", "--mil-name", "x"}),
              HasSubstr("unknown flag --mil-name; did you mean --mill-name?"));
  EXPECT_THAT(refusal({"serve", "--mil-name=x"}),
              HasSubstr("unknown flag --mil-name; did you mean --mill-name?"));
  EXPECT_THAT(refusal({"serve", "--hlep"}), HasSubstr("did you mean --help?"));
  EXPECT_THAT(refusal({"--verson"}), HasSubstr("did you mean --version?"));
  EXPECT_THAT(refusal({"--mill-name", "x", "serve"}), HasSubstr("--mill-name belongs behind a command"));
  EXPECT_THAT(refusal({"serve", "-n"}), HasSubstr("unknown flag -n"));
  EXPECT_THAT(refusal({"serve", ""}), HasSubstr("unexpected argument"));
}

TEST(CommandLine, RefusesAFlagWithoutAValueOrTwice) {
  EXPECT_THAT(refusal({"serve", "--mill-name"}), HasSubstr("--mill-name takes one value and may stand once"));
  EXPECT_THAT(refusal({"serve", "--kind=wind", "--kind=wind"}),
              HasSubstr("--kind takes one value and may stand once"));
  EXPECT_THAT(refusal({"serve", "--config"}), HasSubstr("--config takes one value"));
}

TEST(CommandLine, HelpShowsTheCommandsAndEverySettingOfOne) {
  const auto help = parse({"--help"});
  ASSERT_FALSE(help);
  EXPECT_EQ(help.error().exit_code, kExitDone);
  EXPECT_THAT(help.error().output, HasSubstr("Examples:\n  hourglass serve\n"));
  EXPECT_THAT(help.error().output, HasSubstr("config"));
  for (const char* command : {"serve", "config", "backup", "verify"}) {
    const auto own = parse({command, "--help"});
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().exit_code, kExitDone);
    EXPECT_THAT(own.error().output, HasSubstr("Examples:"));
    for (const Setting& setting : kSampleSettings)
      EXPECT_THAT(own.error().output, HasSubstr(flag_name(setting.name) + " " + value_name(setting)));
  }
}

TEST(CommandLine, VersionSaysWhichBuildItIs) {
  const auto version = parse({"--version"});
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().exit_code, kExitDone);
  EXPECT_THAT(version.error().output,
              ::testing::ContainsRegex("^hourglass [0-9]+\\.[0-9]+\\.[0-9]+\n"
                                       "commit: (unknown|[0-9a-f]{12})\n"
                                       "build: [^\n]*\ncompiler: [^\n]+\nlibraries: [^\n]+\n$"));
}

}  // namespace
}  // namespace hourglass::daemon
