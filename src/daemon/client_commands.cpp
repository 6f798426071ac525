#include "daemon/client_commands.hpp"

#include <CLI/CLI.hpp>

#include "daemon/setting.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kSendExamples =
    "Each FILE holds events in NDJSON, as POST /analytics/batch takes them, or is an access log when "
    "--format or\n"
    "--mapping says so; gzip and zstd are told by their first bytes, and - is the standard input. A line "
    "without\n"
    "an id of its own gets one from --source, what it says, and how often it stood in its file before: "
    "sending\n"
    "the same again, under another name, compressed or continued, counts nothing twice within the server's\n"
    "idempotency.window. Give every server whose log you send a --source of its own.\n"
    "\n"
    "Examples:\n"
    "  hourglass send events.ndjson\n"
    "  hourglass send --format combined --click 'path=/out/*' --impression 'path=/*' access.log "
    "access.log.1\n"
    "  hourglass send --mapping shop.toml --source web1 --follow /var/log/nginx/access.log\n"
    "  zcat old.gz | hourglass send --server http://counter:8080 --rejects refused.txt -";

constexpr const char* kTotalsExamples =
    "WHEN is an hour, named by any time in it: milliseconds since 1970, ISO 8601, or now, which is the "
    "default. A\n"
    "date without a time of day stands for the 24 hours of that day. All times are UTC unless they say "
    "otherwise.\n"
    "\n"
    "Examples:\n"
    "  hourglass totals\n"
    "  hourglass totals 2023-11-14T22:00Z\n"
    "  hourglass totals --from 2023-11-01 --to 2023-12-01 --format csv";

constexpr std::size_t kMaxConnections = 64;

/// An option that takes one value each time it stands there.
CLI::Option* add_repeated(CLI::App& app, const char* name, std::vector<std::string>& into, const char* help) {
  return app.add_option(name, into, help)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_server(CLI::App& app, std::string& into) {
  app.add_option("--server", into, "The server. Default: " + into + ".")->type_name("URL");
}

template <typename Value>
std::optional<Value> if_given(const CLI::App& app, const char* option, const std::string& value) {
  return app.count(option) > 0 ? std::optional<Value>(value) : std::nullopt;
}

/// A duration, or nothing for "forever".
base::Expected<std::optional<std::chrono::milliseconds>, std::string> parse_retry_for(
    const std::string& text) {
  constexpr std::int64_t kYear = std::int64_t{365} * 86'400'000;
  const Setting setting{.name = "--retry-for",
                        .type = SettingType::duration,
                        .default_text = "",
                        .maximum = kYear,
                        .word = "forever",
                        .help = ""};
  const auto value = parse_setting(setting, text);
  if (!value)
    return base::unexpected("--retry-for " + value.error());
  return value->is_word() ? std::nullopt : std::optional(std::chrono::milliseconds{value->number()});
}

}  // namespace

SendCommand::SendCommand(CLI::App& parent)
    : app_(parent.add_subcommand("send", "Send events or access logs to a server")) {
  app_->footer(kSendExamples);
  app_->allow_extras();
  app_->add_option("FILE", options_.inputs, "What to send; - is the standard input")->type_name("...");
  add_server(*app_, options_.server);
  app_->add_option("--source", options_.source,
                   "Name of the place that the lines come from, a part of their ids. Default: none.")
      ->type_name("NAME");
  add_mapping_options();
  app_->add_option("--rejects", rejects_, "Write refused lines and why to this file")->type_name("PATH");
  app_->add_flag("--follow", options_.follow,
                 "Go on with what is written to the one FILE, through its rotation, until a signal comes");
  app_->add_option(
          "--position", position_,
          "Where --follow keeps its place. Default: the FILE's name with .hourglass-position behind it.")
      ->type_name("PATH");
  app_->add_option("--connections", options_.connections,
                   "How many batches are sent at once, 1 to 64. Default: 4.")
      ->type_name("COUNT");
  app_->add_option(
          "--retry-for", retry_for_,
          "How long a batch is tried again that the server cannot take, or forever. Default: 10m, with "
          "--follow forever.")
      ->type_name("DURATION");
}

void SendCommand::add_mapping_options() {
  cli::MappingOptions& mapping = options_.mapping;
  std::string formats = "ndjson";
  for (const std::string& format : cli::access_log_formats())
    formats += ", " + format;
  app_->add_option("--mapping", mapping_file_,
                   "TOML file with the options below; those that are given here as well hold")
      ->type_name("PATH");
  app_->add_option("--format", mapping.format, "What the lines are: " + formats + ". Default: ndjson.")
      ->type_name("NAME");
  app_->add_option("--user", mapping.user,
                   "Field with the user; several, with commas between them, are hashed together. Default: "
                   "remote_addr,user_agent, as far as the format has them, hashed.")
      ->delimiter(',')
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("FIELD");
  app_->add_flag("--hash-user", mapping.hash_user, "Hash a single field, too");
  app_->add_option("--time", mapping.time, "Field with the time. Default: that of the format.")
      ->type_name("FIELD");
  add_repeated(*app_, "--click", mapping.click,
               "Which lines are clicks: FIELD=PATTERN, several in one must all hold")
      ->type_name("RULE");
  add_repeated(*app_, "--impression", mapping.impression, "Which lines are impressions")->type_name("RULE");
  add_repeated(*app_, "--leave-out", mapping.leave_out,
               "Which lines are neither, before all else: also robots, assets")
      ->type_name("RULE");
}

base::Expected<cli::SendOptions, std::string> SendCommand::result() const {
  cli::SendOptions options = options_;
  options.mapping_file = if_given<std::filesystem::path>(*app_, "--mapping", mapping_file_);
  options.rejects = if_given<std::filesystem::path>(*app_, "--rejects", rejects_);
  options.position = if_given<std::filesystem::path>(*app_, "--position", position_);
  if (options.inputs.empty())
    return base::unexpected(std::string("the files to send are missing; - is the standard input"));
  if (options.follow && (options.inputs.size() != 1 || options.inputs.front() == "-"))
    return base::unexpected(std::string("--follow takes one file"));
  if (options.position && !options.follow)
    return base::unexpected(std::string("--position belongs to --follow"));
  if (options.connections < 1 || options.connections > kMaxConnections)
    return base::unexpected(std::string("--connections is not a number from 1 to 64"));
  const auto retry_for = parse_retry_for(app_->count("--retry-for") > 0 ? retry_for_
                                         : options.follow               ? "forever"
                                                                        : "10m");
  if (!retry_for)
    return base::unexpected(retry_for.error());
  options.retry_for = *retry_for;
  return options;
}

TotalsCommand::TotalsCommand(CLI::App& parent)
    : app_(parent.add_subcommand("totals", "Show the totals of hours")) {
  app_->footer(kTotalsExamples);
  app_->allow_extras();
  app_->add_option("WHEN", options_.when, "The hours to show")->type_name("...");
  app_->add_option("--from", from_, "The first hour of a range")->type_name("WHEN");
  app_->add_option("--to", to_,
                   "Where the range ends; this moment is not in it. Default: with the current hour.")
      ->type_name("WHEN");
  app_->add_option("--format", format_, "table, csv or json. Default: table.")->type_name("FORMAT");
  add_server(*app_, options_.server);
}

base::Expected<cli::TotalsOptions, std::string> TotalsCommand::result() const {
  cli::TotalsOptions options = options_;
  options.from = if_given<std::string>(*app_, "--from", from_);
  options.to = if_given<std::string>(*app_, "--to", to_);
  if (format_ == "csv")
    options.format = cli::TotalsFormat::csv;
  else if (format_ == "json")
    options.format = cli::TotalsFormat::json;
  else if (format_ != "table")
    return base::unexpected("--format " + format_ + " is none of table, csv and json");
  return options;
}

}  // namespace hourglass::daemon
