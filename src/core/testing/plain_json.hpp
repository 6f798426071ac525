#pragma once

#include <string_view>

namespace hourglass::core {

/// Whether the text is one RFC 8259 object in UTF-8, nested no deeper than 64 levels. Slow and plain: the
/// second opinion that tests compare the real parser with.
bool is_plain_json_object(std::string_view text);

}  // namespace hourglass::core
