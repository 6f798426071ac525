#pragma once

#include <string>

#include "core/hour_range.hpp"

namespace hourglass::http {

/// A part of an export: whole lines.
struct ExportPiece {
  std::string lines;
  bool is_last = false;
  core::HourList incomplete_hours;  // known with the last piece
};

}  // namespace hourglass::http
