#include "daemon/man_page.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/build_facts.hpp"
#include "daemon/command_line.hpp"

namespace hourglass::daemon {
namespace {

constexpr std::string_view kSettingsIntroduction =
    "Every command that takes settings takes them all. A setting has one name and four places, of which the "
    "first wins: its flag, its variable in the environment, the TOML file that --config names (http.port is "
    "port under [http]), its default. A name that is not known is an error in each of them. "
    "`hourglass config` shows what holds and where it came from.";

constexpr std::string_view kSignals =
    "SIGTERM and SIGINT end `hourglass serve` in order: every request that has arrived completely is "
    "answered, and the store is closed. A second one ends it at once. After SIGKILL or a power cut the next "
    "start recovers: no event that was acknowledged is lost or counted twice.";

struct ExitStatus {
  int code;
  std::string_view meaning;
};

constexpr ExitStatus kExitStatuses[] = {
    {kExitDone, "Done."},
    {kExitFailed, "Failed at run time; the last lines on standard error name the file or the address."},
    {kExitUsage, "Usage or configuration: the message names the flag, the variable or the key."},
};

/// The text with everything escaped that roff, or a terminal, would not show as it stands.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '`': out += "\\(ga"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      case '"': out += "\\(dq"; break;
      default: out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

/// A line of text; one that begins like a request of roff is kept from being one.
std::string line_of(std::string_view text) {
  const bool is_request = text.starts_with('.');
  return (is_request ? "\\&" : "") + escaped(text) + "\n";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The text behind the flags of a command: paragraphs, and examples, which are indented by two spaces.
std::string footer(const std::string& text) {
  std::string page;
  bool begins = true;
  bool in_example = false;
  for (const std::string_view line : lines_of(text)) {
    const bool is_example = line.starts_with("  ");
    if (in_example && !is_example)
      page += ".EE\n.RE\n";
    if (line.empty()) {
      begins = true;
    } else if (is_example) {
      page += in_example ? "" : ".RS 4\n.EX\n";
      page += line_of(line.substr(2));
    } else {
      page += begins || in_example ? ".PP\n" : "";
      page += line_of(line);
      begins = false;
    }
    in_example = is_example;
  }
  return page + (in_example ? ".EE\n.RE\n" : "");
}

bool is_setting(std::span<const Setting> table, const CLI::Option& option) {
  return std::any_of(table.begin(), table.end(), [&](const Setting& setting) {
    return option.check_lname(flag_name(setting.name).substr(2));
  });
}

/// A positional as the synopsis has it: optional ones in brackets.
std::string argument(const CLI::Option& option) {
  const std::string name = italic(option.get_name(true)) + (option.get_expected_max() > 1 ? " ..." : "");
  return option.get_required() ? name : "[" + name + "]";
}

std::string described_option(const CLI::Option& option) {
  const bool is_positional = option.get_positional();
  std::string page =
      ".TP\n" + (is_positional ? italic(option.get_name(true)) : bold(option.get_name(false, true)));
  if (!is_positional && option.get_expected_max() > 0 && !option.get_type_name().empty())
    page += " " + italic(option.get_type_name());
  return page + "\n" + line_of(option.get_description());
}

std::string described_command(const CLI::App& command, std::span<const Setting> table) {
  std::string synopsis = bold("hourglass " + command.get_name());
  std::string options;
  bool takes_settings = false;
  for (const CLI::Option* option : command.get_options()) {
    if (is_setting(table, *option)) {
      takes_settings = true;
      continue;
    }
    if (option == command.get_help_ptr())  // is told once, for all
      continue;
    if (option->get_positional())
      synopsis += " " + argument(*option);
    options += described_option(*option);
  }
  synopsis += " [" + italic("FLAGS") + "]";
  std::string page = ".SS " + escaped(command.get_name()) + "\n" + synopsis + "\n.PP\n" +
                     line_of(command.get_description() + ".") + options;
  if (takes_settings)
    page += ".PP\nAnd every setting below.\n";
  return page + footer(command.get_footer());
}

std::string described_setting(const Setting& setting) {
  return ".TP\n" + bold(flag_name(setting.name)) + " " + italic(value_name(setting)) + "\n" +
         line_of(setting.help) + "Default: " + bold(setting.default_text) +
         ". Allowed: " + escaped(describe_allowed(setting)) + ". Name: " + bold(setting.name) +
         ", in the environment: " + bold(environment_name(setting.name)) + ".\n";
}

std::string page_of(const CLI::App& app, std::span<const Setting> table) {
  const BuildFacts build = build_facts();
  std::string page = ".\\\" Generated: build/release/man_page prints this page.\n";
  page += ".TH HOURGLASS 1 \"\" \"hourglass " + build.version + "\" \"User Commands\"\n";
  page += ".SH NAME\nhourglass \\- count unique users, clicks and impressions of every hour\n";
  page += ".SH SYNOPSIS\n" + bold("hourglass") + " " + italic("COMMAND") + " [" + italic("FLAGS") + "]\n";
  page += ".SH DESCRIPTION\n" + line_of(app.get_description()) + ".SS Options\n";
  for (const CLI::Option* option : app.get_options())
    page += described_option(*option);
  page += ".SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands(std::function<bool(const CLI::App*)>{}))
    page += described_command(*command, table);
  page += ".SH SETTINGS\n" + line_of(kSettingsIntroduction);
  for (const Setting& setting : table)
    page += described_setting(setting);
  page += ".SH SIGNALS\n" + line_of(kSignals) + ".SH EXIT STATUS\n";
  for (const ExitStatus& status : kExitStatuses)
    page += ".TP\n" + bold(std::to_string(status.code)) + "\n" + line_of(status.meaning);
  return page + ".SH EXAMPLES\n" + footer(app.get_footer());
}

}  // namespace

std::string man_page(std::span<const Setting> table) {
  std::string page;
  describe_command_line(table, [&](const CLI::App& app) { page = page_of(app, table); });
  return page;
}

}  // namespace hourglass::daemon
