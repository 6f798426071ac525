#pragma once

#include <string>
#include <variant>

#include "cli/access_log/mapping.hpp"

namespace hourglass::cli {

/// What became of a line, for comparing: `click 1700000000000 ann`, `left out`, `not mapped: the line has no
/// time`.
inline std::string mapped_text(const MappedLine& line) {
  if (const auto* event = std::get_if<MappedEvent>(&line))
    return (event->kind == core::Kind::click ? "click " : "impression ") +
           std::to_string(event->timestamp.value()) + " " + event->user;
  if (const auto* fault = std::get_if<NotMapped>(&line))
    return "not mapped: " + fault->why;
  return "left out";
}

}  // namespace hourglass::cli
