#pragma once

#include <string>
#include <string_view>

namespace hourglass::cli {

/// Appends `text` without the escapes that nginx and Apache write: `\xHH`, `\"`, `\\`, `\n`, `\t`, `\r`,
/// `\b`, `\v`. What is none of them stays as it stands.
void append_unescaped(std::string& to, std::string_view text);

/// Appends `text` with its percent-encoding undone. A percent sign without two hexadecimal digits stays as it
/// stands.
void append_percent_decoded(std::string& to, std::string_view text);

/// The same, and a plus is a space, as in the queries that forms make.
void append_form_decoded(std::string& to, std::string_view text);

}  // namespace hourglass::cli
