#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input/line_splitter.hpp"

namespace hourglass::cli {

/// A line with a text of its own.
struct KeptLine {
  std::string text;
  std::uint64_t number = 0;
  std::uint64_t end_offset = 0;
  bool is_too_long = false;
  bool is_cut = false;

  KeptLine() = default;
  explicit KeptLine(const Line& line)
      : text(line.text),
        number(line.number),
        end_offset(line.end_offset),
        is_too_long(line.is_too_long),
        is_cut(line.is_cut) {}

  friend bool operator==(const KeptLine&, const KeptLine&) = default;
};

/// The lines of a text that is all there: a second and plain implementation of LineSplitter.
inline std::vector<KeptLine> plain_lines(const std::string& text, std::size_t max_line_bytes) {
  std::vector<KeptLine> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t at = text.find('\n', begin);
    const bool is_cut = at == std::string::npos;
    const std::size_t end = is_cut ? text.size() : at;
    KeptLine line;
    line.text = text.substr(begin, end - begin);
    if (!line.text.empty() && line.text.back() == '\r')
      line.text.pop_back();
    line.is_too_long = line.text.size() > max_line_bytes;
    if (line.is_too_long)
      line.text.clear();
    line.number = lines.size() + 1;
    line.end_offset = is_cut ? end : end + 1;
    line.is_cut = is_cut;
    begin = line.end_offset;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace hourglass::cli
