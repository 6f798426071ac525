// A position file is refused, or it is what its position is written as; and every position is read back. The
// bytes stand for a whole file, and for the fields of a position.

#include <cstdint>
#include <cstring>
#include <string>

#include "check.hpp"
#include "cli/input/log_position.hpp"

using hourglass::fuzz::check;
namespace cli = hourglass::cli;

namespace {

/// The next number off the front; 0 when there is none.
std::uint64_t number_of(std::string_view& bytes) {
  std::uint64_t number = 0;
  const std::size_t size = std::min(bytes.size(), sizeof(number));
  std::memcpy(&number, bytes.data(), size);
  bytes.remove_prefix(size);
  return number;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto position = cli::parse_position(bytes))
    check(cli::to_text(*position) == bytes, "a position that is read is written as it was");
  std::string_view fields = bytes;
  cli::LogPosition position;
  position.beginning = {number_of(fields) % (cli::kBeginningBytes + 1), number_of(fields)};
  position.file = {number_of(fields), static_cast<std::int64_t>(number_of(fields))};
  position.offset = number_of(fields);
  position.line = number_of(fields);
  position.since = static_cast<std::int64_t>(number_of(fields));
  position.counts = number_of(fields);
  position.log = fields.substr(0, fields.find('\n'));
  std::string text = cli::to_text(position);
  check(cli::parse_position(text) == position, "a position that is written is read back");
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  check(!cli::parse_position(text), "a damaged one is refused");
  return 0;
}
