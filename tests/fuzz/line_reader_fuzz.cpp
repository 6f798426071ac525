// Lines of a file are those of its text, whatever the text is, plain or compressed; and whatever bytes a file
// has, reading it ends, and gives lines in order. The first byte says in which form the rest is.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "check.hpp"
#include "cli/input/line_reader.hpp"
#include "cli/input/testing/compressed.hpp"
#include "cli/input/testing/plain_lines.hpp"

using hourglass::fuzz::check;
namespace cli = hourglass::cli;
namespace engine = hourglass::engine;

namespace {

struct Outcome {
  std::vector<cli::KeptLine> lines;
  bool failed = false;
};

Outcome read(const std::string& content) {
  engine::Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  check(::write(file.number(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
            ::lseek(file.number(), 0, SEEK_SET) == 0,
        "the file is written");
  auto text = cli::TextFile::over(std::move(file), "fuzz", {});
  check(text.has_value(), "the file is opened");
  cli::LineReader reader(std::move(*text));
  Outcome outcome;
  for (auto line = reader.next();; line = reader.next()) {
    outcome.failed = !line;
    if (!line || !*line)
      return outcome;
    outcome.lines.emplace_back(**line);
  }
}

/// Lines as they come from any bytes: one behind the other, and only the last may be cut.
void check_order(const Outcome& outcome) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < outcome.lines.size(); ++i) {
    const cli::KeptLine& line = outcome.lines[i];
    check(line.number == i + 1 && line.end_offset > offset, "lines are in order");
    check(!line.is_cut || (i + 1 == outcome.lines.size() && !outcome.failed), "only the last line is cut");
    offset = line.end_offset;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string first = rest.substr(0, rest.size() / 2);
  const std::string second = rest.substr(first.size());
  Outcome outcome;
  switch (data[0] % 4) {
    case 0: outcome = read(rest); break;
    case 1: outcome = read(cli::gzip(first) + cli::gzip(second)); break;
    case 2: outcome = read(cli::zstd(first) + cli::zstd(second)); break;
    default: {
      // Text whose first bytes pass for no compression.
      outcome = read("x" + rest);
      check(!outcome.failed && outcome.lines == cli::plain_lines("x" + rest, cli::kMaxLineBytes),
            "plain lines are those of the text");
      return 0;
    }
  }
  check_order(outcome);
  check(data[0] % 4 == 0 || (!outcome.failed && outcome.lines == cli::plain_lines(rest, cli::kMaxLineBytes)),
        "compressed lines are those of the text");
  return 0;
}
