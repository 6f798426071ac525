#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/access_log/field.hpp"
#include "cli/access_log/glob.hpp"
#include "cli/access_log/word_search.hpp"

namespace hourglass::cli {

/// A condition of a rule as it is written: `status=2??`, `method!=GET`, or a word such as `robots`.
struct ConditionText {
  std::string field;  // or the word
  enum class Sign : std::uint8_t { equals, differs, word } sign = Sign::word;
  std::string pattern;

  friend bool operator==(const ConditionText&, const ConditionText&) = default;
};

/// Takes a rule apart: conditions between spaces; a pattern may stand in double quotes, in which `\"` is a
/// quote and
/// `\\` a backslash. There is at least one condition. The failure quotes the rule.
base::Expected<std::vector<ConditionText>, std::string> parse_rule(std::string_view rule);

/// Conditions that all have to hold for a line. Immutable; any thread.
class Rule {
 public:
  /// Adds the fields that it looks at to `fields`. The failure quotes the rule.
  static base::Expected<Rule, std::string> make(std::string_view rule, FieldList& fields);

  /// `values`: of the fields in the list that the rule was made with.
  [[nodiscard]] bool takes(const std::vector<FieldValue>& values) const;

 private:
  /// An absent field equals the empty pattern and `-` only: `remote_user=*` is for those who have one.
  struct Comparison {
    std::size_t place;
    Glob pattern;
    bool takes_absent;
    bool negated;
  };

  [[nodiscard]] bool takes_as_asset(const std::vector<FieldValue>& values) const;
  [[nodiscard]] bool takes_as_robot(const std::vector<FieldValue>& values) const;
  base::Expected<void, std::string> add_word(const std::string& word, FieldList& fields);

  static constexpr std::size_t kNowhere = SIZE_MAX;

  std::vector<Comparison> comparisons_;
  std::size_t asset_path_ = kNowhere;   // the place of the path, if it has to be one of an asset
  std::size_t robot_agent_ = kNowhere;  // the place of the user agent, if it has to be a robot's
  std::shared_ptr<const WordSearch> robot_search_;
  bool takes_nothing_ = false;
};

}  // namespace hourglass::cli
