#include "cli/access_log/rule.hpp"

#include <algorithm>
#include <utility>

#include "base/nearest_name.hpp"
#include "cli/access_log/traffic_lists.hpp"

namespace hourglass::cli {
namespace {

using Sign = ConditionText::Sign;

constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string fault(std::string_view rule, const std::string& what) {
  return "rule `" + std::string(rule) + "`: " + what;
}

void skip_white_space(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kWhiteSpace), rest.size()));
}

/// Takes a pattern in quotes, the first of which has been taken; false if it does not end, or something
/// stands right behind it.
bool take_quoted(std::string_view& rest, std::string& pattern) {
  while (!rest.empty() && rest.front() != '"') {
    if (rest.starts_with("\\\"") || rest.starts_with("\\\\"))
      rest.remove_prefix(1);
    pattern += rest.front();
    rest.remove_prefix(1);
  }
  if (rest.empty())
    return false;
  rest.remove_prefix(1);
  return rest.empty() || kWhiteSpace.find(rest.front()) != std::string_view::npos;
}

/// Takes what stands before the next white space.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find_first_of(kWhiteSpace));
  rest.remove_prefix(word.size());
  return word;
}

/// Takes a condition from the front of `rest`. The failure says what is wrong with it.
base::Expected<ConditionText, std::string> take_condition(std::string_view& rest) {
  ConditionText condition;
  const std::string_view name = rest.substr(0, rest.find_first_of("= \t\r\n"));
  if (name.size() == rest.size() || rest[name.size()] != '=') {
    condition.field = take_word(rest);
    return condition;
  }
  rest.remove_prefix(name.size() + 1);
  const bool differs = name.ends_with('!');
  condition.sign = differs ? Sign::differs : Sign::equals;
  condition.field = name.substr(0, name.size() - (differs ? 1 : 0));
  if (condition.field.empty())
    return base::unexpected<std::string>("there is no field before the equals sign");
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    if (!take_quoted(rest, condition.pattern))
      return base::unexpected<std::string>(
          "a pattern in quotes does not end, or something stands right behind it");
    return condition;
  }
  condition.pattern = take_word(rest);
  if (condition.pattern.find('"') != std::string::npos)
    return base::unexpected<std::string>(
        "a quote stands inside a pattern; put quotes around it and \\ before it");
  return condition;
}

}  // namespace

base::Expected<std::vector<ConditionText>, std::string> parse_rule(std::string_view rule) {
  std::vector<ConditionText> conditions;
  std::string_view rest = rule;
  for (skip_white_space(rest); !rest.empty(); skip_white_space(rest)) {
    auto condition = take_condition(rest);
    if (!condition)
      return base::unexpected(fault(rule, condition.error()));
    conditions.push_back(std::move(*condition));
  }
  if (conditions.empty())
    return base::unexpected(fault(rule, "it is empty"));
  return conditions;
}

base::Expected<void, std::string> Rule::add_word(const std::string& word, FieldList& fields) {
  if (word == "robots") {
    robot_agent_ = fields.place_of("user_agent");
    robot_search_ = std::make_shared<const WordSearch>(robot_words(), robot_exceptions());
  } else if (word == "assets") {
    asset_path_ = fields.place_of("path");
  } else if (word == "none") {
    takes_nothing_ = true;
  } else if (word != "all") {
    return base::unexpected("`" + word + "` is no condition; did you mean " +
                            base::nearest_name(word, {"robots", "assets", "all", "none"}) +
                            ", or FIELD=PATTERN?");
  }
  return {};
}

base::Expected<Rule, std::string> Rule::make(std::string_view rule, FieldList& fields) {
  const auto conditions = parse_rule(rule);
  if (!conditions)
    return base::unexpected(conditions.error());
  Rule made;
  for (const ConditionText& condition : *conditions) {
    if (condition.sign == Sign::word) {
      if (const auto added = made.add_word(condition.field, fields); !added)
        return base::unexpected(fault(rule, added.error()));
      continue;
    }
    const std::size_t place = fields.place_of(condition.field);
    const auto letters =
        is_user_agent(fields.fields()[place]) ? Glob::Case::ignored : Glob::Case::distinguished;
    made.comparisons_.push_back({place, Glob(condition.pattern, letters),
                                 condition.pattern.empty() || condition.pattern == "-",
                                 condition.sign == Sign::differs});
  }
  return made;
}

bool Rule::takes(const std::vector<FieldValue>& values) const {
  for (const Comparison& comparison : comparisons_) {
    const FieldValue& value = values[comparison.place];
    const bool equal = value.is_absent() ? comparison.takes_absent : comparison.pattern.matches(value.text);
    if (equal == comparison.negated)
      return false;
  }
  return !takes_nothing_ && (asset_path_ == kNowhere || takes_as_asset(values)) &&
         (robot_agent_ == kNowhere || takes_as_robot(values));
}

bool Rule::takes_as_asset(const std::vector<FieldValue>& values) const {
  return is_asset(values[asset_path_].text);
}

bool Rule::takes_as_robot(const std::vector<FieldValue>& values) const {
  const FieldValue& agent = values[robot_agent_];
  return agent.is_absent() ? agent.written : robot_search_->finds_in(agent.text);
}

}  // namespace hourglass::cli
