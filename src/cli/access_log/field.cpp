#include "cli/access_log/field.hpp"

#include <algorithm>
#include <array>

#include "cli/access_log/glob.hpp"

namespace hourglass::cli {
namespace {

struct NamedField {
  std::string_view name;
  StandardField field;
};

constexpr std::array kStandardFields = {
    NamedField{"remote_addr", StandardField::remote_addr},
    NamedField{"remote_user", StandardField::remote_user},
    NamedField{"time", StandardField::time},
    NamedField{"method", StandardField::method},
    NamedField{"target", StandardField::target},
    NamedField{"path", StandardField::path},
    NamedField{"query", StandardField::query},
    NamedField{"protocol", StandardField::protocol},
    NamedField{"status", StandardField::status},
    NamedField{"bytes", StandardField::bytes},
    NamedField{"referer", StandardField::referer},
    NamedField{"user_agent", StandardField::user_agent},
};

constexpr std::string_view kParameterPrefix = "query.";

}  // namespace

Field field_named(std::string_view name) {
  for (const NamedField& known : kStandardFields) {
    if (known.name == name)
      return {std::string(name), known.field, {}};
  }
  if (name.starts_with(kParameterPrefix) && name.size() > kParameterPrefix.size())
    return {std::string(name), StandardField::query_parameter,
            std::string(name.substr(kParameterPrefix.size()))};
  return {std::string(name), std::nullopt, {}};
}

std::vector<std::string> standard_field_names() {
  std::vector<std::string> names;
  names.reserve(kStandardFields.size());
  for (const NamedField& known : kStandardFields)
    names.emplace_back(known.name);
  return names;
}

std::size_t FieldList::place_of(std::string_view name) {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
  const auto place = static_cast<std::size_t>(found - fields_.begin());
  if (found == fields_.end())
    fields_.push_back(field_named(name));
  return place;
}

bool is_user_agent(const Field& field) {
  std::string name = field.name;
  for (char& byte : name)
    byte = lower_case(byte == '-' ? '_' : byte);
  return name.ends_with("user_agent") || name.ends_with("(user_agent)");
}

}  // namespace hourglass::cli
