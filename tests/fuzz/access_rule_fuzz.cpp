// A rule that is valid says the same when it is written anew, and takes or leaves any line.

#include <cstdint>
#include <string>
#include <vector>

#include "check.hpp"
#include "cli/access_log/log_time.hpp"
#include "cli/access_log/rule.hpp"
#include "core/iso_time.hpp"

using hourglass::fuzz::check;
namespace cli = hourglass::cli;
namespace core = hourglass::core;

namespace {

std::string written(const std::vector<cli::ConditionText>& conditions) {
  std::string rule;
  for (const cli::ConditionText& condition : conditions) {
    rule += (rule.empty() ? "" : "  ") + condition.field;
    if (condition.sign == cli::ConditionText::Sign::word)
      continue;
    rule += condition.sign == cli::ConditionText::Sign::differs ? "!=\"" : "=\"";
    for (const char byte : condition.pattern)
      rule += byte == '"' || byte == '\\' ? std::string("\\") + byte : std::string(1, byte);
    rule += '"';
  }
  return rule;
}

void check_time(std::string_view text) {
  const auto time = cli::parse_log_time(text);
  if (!time)
    return;
  check(*time <= core::kMaxTimestamp, "the time is in range");
  const auto again = core::parse_iso_time(core::iso_time_text(*time));
  check(again && *again == *time, "written down it is the same time");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_time(text);
  const auto conditions = cli::parse_rule(text);
  if (!conditions)
    return 0;
  const auto again = cli::parse_rule(written(*conditions));
  check(again && *again == *conditions, "written anew it is the same rule");
  cli::FieldList fields;
  const auto rule = cli::Rule::make(text, fields);
  if (!rule)
    return 0;
  std::vector<cli::FieldValue> values(fields.fields().size());
  static_cast<void>(rule->takes(values));
  for (cli::FieldValue& value : values)
    value = cli::written_value(text);
  static_cast<void>(rule->takes(values));
  return 0;
}
