#include "cli/send/batch.hpp"

namespace hourglass::cli {

std::string_view Batch::events_of(std::size_t first, std::size_t count) const {
  const std::size_t begin = lines[first].event_begin;
  const std::size_t end = first + count < lines.size() ? lines[first + count].event_begin : events.size();
  return std::string_view(events).substr(begin, end - begin);
}

std::string_view Batch::original_of(std::size_t line) const {
  const std::size_t begin = lines[line].original_begin;
  const std::size_t end = line + 1 < lines.size() ? lines[line + 1].original_begin : originals.size();
  return std::string_view(originals).substr(begin, end - begin);
}

}  // namespace hourglass::cli
