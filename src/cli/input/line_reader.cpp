#include "cli/input/line_reader.hpp"

#include <utility>

namespace hourglass::cli {

base::Expected<LineReader, std::string> LineReader::open(const std::string& path, StopDescriptor stop) {
  auto file = TextFile::open(path, stop);
  if (!file)
    return base::unexpected(std::move(file.error()));
  return LineReader(std::move(*file));
}

base::Expected<std::optional<Line>, std::string> LineReader::next() {
  was_stopped_ = false;
  for (;;) {
    if (auto line = splitter_.next())
      return line;
    if (failure_)
      return base::unexpected(*failure_);
    if (is_at_end_)
      return splitter_.take_rest();
    const auto piece = file_.read(splitter_.room());
    if (!piece) {
      failure_ = piece.error();
      continue;
    }
    if (piece->is_stopped) {
      was_stopped_ = true;
      return std::nullopt;
    }
    splitter_.take(piece->bytes);
    is_at_end_ = piece->bytes == 0;
  }
}

}  // namespace hourglass::cli
