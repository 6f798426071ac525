#pragma once

#include <string_view>

namespace hourglass::core {

/// Whether the text is a number by the grammar of RFC 8259, of whatever size.
bool is_json_number(std::string_view text);

}  // namespace hourglass::core
