#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace hourglass::cli {

/// The fields that every format of access logs has by the same name, as far as it has them.
enum class StandardField : std::uint8_t {
  remote_addr,
  remote_user,
  time,
  method,
  target,
  path,
  query,
  query_parameter,  // `query.NAME`
  protocol,
  status,
  bytes,
  referer,
  user_agent,
};

/// A field that a rule, the user or the time asks for, by name.
struct Field {
  std::string name;
  std::optional<StandardField> standard;  // none: a name that only the format knows
  std::string parameter;                  // NAME of `query.NAME`
};

Field field_named(std::string_view name);

/// The names of the standard fields, for messages.
std::vector<std::string> standard_field_names();

/// What a line says of a field. A field that is missing, empty or `-` is absent.
struct FieldValue {
  std::string_view text;  // empty: absent
  bool written = false;   // whether the line has a place for it, be it `-`

  [[nodiscard]] bool is_absent() const { return text.empty(); }
};

/// The value of a field that stands in the line as `text`.
inline FieldValue written_value(std::string_view text) {
  return {text == "-" ? std::string_view{} : text, true};
}

/// The distinct fields that are asked for. The place of a field is where its value stands.
class FieldList {
 public:
  std::size_t place_of(std::string_view name);
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// Whether values of the field are compared without regard to case, as user agents are.
bool is_user_agent(const Field& field);

}  // namespace hourglass::cli
