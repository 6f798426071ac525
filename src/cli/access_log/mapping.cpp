#include "cli/access_log/mapping.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest_name.hpp"
#include "cli/access_log/field.hpp"
#include "cli/access_log/log_format.hpp"
#include "cli/access_log/log_time.hpp"
#include "cli/access_log/rule.hpp"
#include "cli/hashing/value_digest.hpp"

namespace hourglass::cli {
namespace {

using Texts = std::vector<std::string>;

/// What is to be known of a format before its lines are read.
struct FormatFacts {
  std::string_view name;
  bool only_standard_fields;
  bool has_defaults;  // of time, user and rules
  bool has_user_agent;
  std::unique_ptr<LogFormat> (*make)(const std::vector<Field>&);
};

constexpr std::array kFormats = {
    FormatFacts{"common", true, true, false, make_combined_format},
    FormatFacts{"combined", true, true, true, make_combined_format},
    FormatFacts{"nginx", true, true, true, make_combined_format},
    FormatFacts{"apache", true, true, true, make_combined_format},
    FormatFacts{"json", false, false, false, make_json_format},
    FormatFacts{"caddy", false, true, true, make_caddy_format},
    FormatFacts{"cloudfront", false, true, true, make_cloudfront_format},
};

/// What nobody looks at is no impression. Cheap rules come first.
const Texts& default_leave_out() {
  static const Texts rules = {"method!=GET", "status=3?? status!=304", "status=4??", "status=5??", "assets",
                              "robots"};
  return rules;
}

/// Where it is said what counts, assets, methods and redirections are as it says.
const Texts& default_leave_out_beside_rules() {
  static const Texts rules = {"status=4??", "status=5??", "robots"};
  return rules;
}

base::Expected<const FormatFacts*, std::string> format_named(const std::string& name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const FormatFacts& format) { return format.name == name; });
  if (found != kFormats.end())
    return &*found;
  if (name.empty())
    return base::unexpected<std::string>("the format of the lines is missing");
  return base::unexpected("format: there is no format " + name + "; did you mean " +
                          base::nearest_name(name, access_log_formats()) + "?");
}

/// The options with the defaults of the format filled in. The failure names the option that has none.
base::Expected<MappingOptions, std::string> with_defaults(MappingOptions options, const FormatFacts& format) {
  const bool has_rules = !options.click.empty() || !options.impression.empty();
  if (!format.has_defaults) {
    const auto missing = [&](const std::string& option) {
      return base::unexpected(option + " is missing; the format " + options.format + " does not say");
    };
    if (options.time.empty())
      return missing("time, the field with the time,");
    if (options.user.empty())
      return missing("user, the fields that tell users apart,");
    if (!has_rules)
      return missing("click or impression, the rules for what counts,");
    return options;
  }
  if (options.time.empty())
    options.time = "time";
  if (options.user.empty()) {
    options.user = {"remote_addr"};
    if (format.has_user_agent)
      options.user.emplace_back("user_agent");
    options.hash_user = true;
  }
  if (options.leave_out.empty())
    options.leave_out = has_rules ? default_leave_out_beside_rules() : default_leave_out();
  if (!has_rules)
    options.impression = {"all"};
  return options;
}

/// Refuses names that the format cannot have.
base::Expected<void, std::string> check_field(const std::string& option, const std::string& name,
                                              const FormatFacts& format) {
  if (name.empty() || name == "query.")
    return base::unexpected(option + ": the name of a field is empty");
  if (!format.only_standard_fields || field_named(name).standard)
    return {};
  return base::unexpected(option + ": the format " + std::string(format.name) + " has no field " + name +
                          "; did you mean " + base::nearest_name(name, standard_field_names()) + "?");
}

base::Expected<std::vector<Rule>, std::string> make_rules(const std::string& option, const Texts& texts,
                                                          FieldList& fields, const FormatFacts& format) {
  std::vector<Rule> rules;
  for (const std::string& text : texts) {
    std::string place = option;
    place.append(": rule `").append(text).append("`");
    const auto conditions = parse_rule(text);
    if (!conditions)
      return base::unexpected(option + ": " + conditions.error());
    for (const ConditionText& condition : *conditions) {
      if (condition.sign == ConditionText::Sign::word)
        continue;
      const auto checked = check_field(place, condition.field, format);
      if (!checked)
        return base::unexpected(checked.error());
    }
    auto rule = Rule::make(text, fields);
    if (!rule)
      return base::unexpected(option + ": " + rule.error());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> access_log_formats() {
  std::vector<std::string> names;
  names.reserve(kFormats.size());
  for (const FormatFacts& format : kFormats)
    names.emplace_back(format.name);
  return names;
}

class LineMapping::Implementation {
 public:
  static base::Expected<std::unique_ptr<Implementation>, std::string> make(const MappingOptions& given) {
    const auto format = format_named(given.format);
    if (!format)
      return base::unexpected(format.error());
    const auto options = with_defaults(given, **format);
    if (!options)
      return base::unexpected(options.error());
    auto made = std::make_unique<Implementation>();
    if (const auto placed = made->place_fields(*options, **format); !placed)
      return base::unexpected(placed.error());
    return made;
  }

  MappedLine map(std::string_view line) {
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (is_blank(line))
      return LeftOut{};
    const auto content = format_->read(line, values_);
    if (!content)
      return NotMapped{content.error()};
    const auto kind = *content == LineContent::entry ? kind_of_line() : std::nullopt;
    if (!kind)
      return LeftOut{};
    if (values_[time_].is_absent())
      return no_field(time_);
    const auto timestamp = parse_log_time(values_[time_].text);
    if (!timestamp)
      return NotMapped{timestamp.error().message};
    return with_user(MappedEvent{*timestamp, *kind, {}});
  }

  void begin_file() { format_->begin_file(); }

 private:
  base::Expected<void, std::string> place_fields(const MappingOptions& options, const FormatFacts& format) {
    for (auto [option, texts, rules] : {std::tuple{"leave_out", &options.leave_out, &leave_out_},
                                        std::tuple{"click", &options.click, &click_},
                                        std::tuple{"impression", &options.impression, &impression_}}) {
      auto made = make_rules(option, *texts, fields_, format);
      if (!made)
        return base::unexpected(made.error());
      *rules = std::move(*made);
    }
    if (auto checked = check_field("time", options.time, format); !checked)
      return checked;
    time_ = fields_.place_of(options.time);
    for (const std::string& name : options.user) {
      if (auto checked = check_field("user", name, format); !checked)
        return checked;
      user_.push_back(fields_.place_of(name));
    }
    hashed_ = options.hash_user || user_.size() > 1;
    format_ = format.make(fields_.fields());
    values_.resize(fields_.fields().size());
    return {};
  }

  /// Nothing if the line is not to be counted.
  [[nodiscard]] std::optional<core::Kind> kind_of_line() const {
    if (takes(leave_out_))
      return std::nullopt;
    if (takes(click_))
      return core::Kind::click;
    return takes(impression_) ? std::optional(core::Kind::impression) : std::nullopt;
  }

  [[nodiscard]] bool takes(const std::vector<Rule>& rules) const {
    return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.takes(values_); });
  }

  [[nodiscard]] NotMapped no_field(std::size_t place) const {
    return {"the line has no " + fields_.fields()[place].name};
  }

  MappedLine with_user(MappedEvent event) {
    for (const std::size_t place : user_) {
      if (values_[place].is_absent())
        return no_field(place);
    }
    if (!hashed_) {
      auto user = core::User::from_bytes(std::string(values_[user_.front()].text));
      if (!user)
        return NotMapped{user.error().message};
      event.user = user->bytes();
      return event;
    }
    hash_.begin();
    for (const std::size_t place : user_)
      hash_.add(values_[place].text);
    event.user = hex_text(hash_.end());
    return event;
  }

  FieldList fields_;
  std::vector<Rule> leave_out_;
  std::vector<Rule> click_;
  std::vector<Rule> impression_;
  std::size_t time_ = 0;           // a place in fields_, as those of user_
  std::vector<std::size_t> user_;  // at least one
  bool hashed_ = false;
  ValueDigest hash_;
  std::unique_ptr<LogFormat> format_;
  std::vector<FieldValue> values_;  // of the line at hand
};

LineMapping::LineMapping(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
LineMapping::~LineMapping() = default;
LineMapping::LineMapping(LineMapping&&) noexcept = default;
LineMapping& LineMapping::operator=(LineMapping&&) noexcept = default;

base::Expected<LineMapping, std::string> LineMapping::make(const MappingOptions& options) {
  auto made = Implementation::make(options);
  if (!made)
    return base::unexpected(made.error());
  return LineMapping(std::move(*made));
}

MappedLine LineMapping::map(std::string_view line) {
  return implementation_->map(line);
}

void LineMapping::begin_file() {
  implementation_->begin_file();
}

}  // namespace hourglass::cli
