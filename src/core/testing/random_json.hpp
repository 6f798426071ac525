#pragma once

#include <random>
#include <string>

namespace hourglass::core {

/// A random RFC 8259 value, with white space wherever it may stand, nested no deeper than `levels`. At 0 it
/// is no array and no object.
std::string random_json(std::mt19937_64& random, int levels);

/// A random string of JSON: the text between the quotes is whole UTF-8, some of it escaped.
std::string random_json_string(std::mt19937_64& random);

/// A little white space, or none.
std::string random_white_space(std::mt19937_64& random);

/// Changes, adds or removes a few bytes.
void damage(std::mt19937_64& random, std::string& text);

}  // namespace hourglass::core
