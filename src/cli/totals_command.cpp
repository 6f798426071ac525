#include "cli/totals_command.hpp"

#include <charconv>
#include <iomanip>

#include "cli/when.hpp"
#include "core/iso_time.hpp"
#include "core/totals.hpp"

namespace hourglass::cli {
namespace {

constexpr int kOk = 200;
constexpr int kHourWidth = 20;
constexpr int kNumberWidth = 14;

/// "2023-11-14T22:00:00Z", as programs that read the rows expect a time.
std::string begin_text(core::Hour hour) {
  return core::iso_time_text(core::begin_of(hour));
}

/// Reads "NAME,N\n" off the front; nothing if something else stands there.
std::optional<std::uint64_t> take_line(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name) || text.size() == name.size() || text[name.size()] != ',')
    return std::nullopt;
  const std::string_view number = text.substr(name.size() + 1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end == number.data() + number.size() || *end != '\n')
    return std::nullopt;
  text = number.substr(static_cast<std::size_t>(end - number.data()) + 1);
  return value;
}

std::optional<core::Totals> parse_totals(std::string_view text) {
  const auto users = take_line(text, "unique_users");
  const auto clicks = take_line(text, "clicks");
  const auto impressions = take_line(text, "impressions");
  if (!users || !clicks || !impressions || !text.empty())
    return std::nullopt;
  core::Totals totals;
  totals.unique_users = *users;
  totals.clicks = *clicks;
  totals.impressions = *impressions;
  return totals;
}

base::Expected<core::Totals, std::string> ask(ServerClient& client, core::Hour hour) {
  const std::string path = "/analytics?timestamp=" + std::to_string(core::begin_of(hour).value());
  const auto answer = client.get(path);
  if (!answer)
    return base::unexpected(answer.error());
  if (answer->status != kOk)
    return base::unexpected(answer->problem() + ", when asked for " + begin_text(hour));
  const auto totals = parse_totals(answer->body);
  if (!totals)
    return base::unexpected("the server " + answer->from + " does not answer as Hourglass does");
  return *totals;
}

/// Writes rows as one of the formats has them.
class Rows {
 public:
  Rows(std::ostream& out, TotalsFormat format) : out_(out), format_(format) {
    if (format_ == TotalsFormat::table)
      out_ << std::left << std::setw(kHourWidth) << "HOUR" << std::right << std::setw(kNumberWidth)
           << "UNIQUE USERS" << std::setw(kNumberWidth) << "CLICKS" << std::setw(kNumberWidth)
           << "IMPRESSIONS"
           << "\n";
    else if (format_ == TotalsFormat::csv)
      out_ << "hour,unique_users,clicks,impressions\n";
    else
      out_ << "[";
  }

  void add(core::Hour hour, const core::Totals& totals) {
    const std::string name = begin_text(hour);
    if (format_ == TotalsFormat::table)
      out_ << std::left << std::setw(kHourWidth) << name << std::right << std::setw(kNumberWidth)
           << totals.unique_users << std::setw(kNumberWidth) << totals.clicks << std::setw(kNumberWidth)
           << totals.impressions << "\n";
    else if (format_ == TotalsFormat::csv)
      out_ << name << "," << totals.unique_users << "," << totals.clicks << "," << totals.impressions << "\n";
    else
      out_ << (is_first_ ? "\n" : ",\n") << R"({"hour":")" << name << R"(","unique_users":)"
           << totals.unique_users << R"(,"clicks":)" << totals.clicks << R"(,"impressions":)"
           << totals.impressions << "}";
    is_first_ = false;
  }

  void end() {
    if (format_ == TotalsFormat::json)
      out_ << "\n]\n";
  }

 private:
  std::ostream& out_;
  const TotalsFormat format_;
  bool is_first_ = true;
};

base::Expected<std::vector<core::Hour>, std::string> hours_of(const TotalsOptions& options,
                                                              core::Timestamp now) {
  if (options.from && !options.when.empty())
    return base::unexpected(std::string("name either single hours or a range with --from"));
  if (options.from)
    return parse_hour_range(*options.from, options.to, now);
  if (options.to)
    return base::unexpected(std::string("--to needs --from"));
  return parse_hours(options.when.empty() ? std::vector<std::string>{"now"} : options.when, now);
}

}  // namespace

int show_totals(const TotalsOptions& options, core::Timestamp now, const Output& output) {
  const auto hours = hours_of(options, now);
  if (!hours)
    return output.fail(kExitUsage, hours.error());
  auto client = ServerClient::to(options.server);
  if (!client)
    return output.fail(kExitUsage, client.error());
  auto totals = ask(*client, hours->front());
  if (!totals)  // before a head stands there without a row
    return output.fail(kExitFailed, totals.error());
  Rows rows(output.results, options.format);
  rows.add(hours->front(), *totals);
  for (std::size_t i = 1; i < hours->size(); ++i) {
    totals = ask(*client, (*hours)[i]);
    if (!totals) {
      output.results << std::flush;
      return output.fail(kExitFailed, totals.error());
    }
    rows.add((*hours)[i], *totals);
  }
  rows.end();
  return output.end(kExitDone);
}

}  // namespace hourglass::cli
