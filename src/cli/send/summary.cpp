#include "cli/send/summary.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hourglass::cli {
namespace {

/// Ours has some thirty codes; one that is none of ours may make up any number.
constexpr std::size_t kMaxCodes = 50;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

void Summary::refuse(const std::string& code, const std::string& why) {
  const bool is_known = refused.size() < kMaxCodes || refused.contains(code);
  Reason& reason = refused[is_known ? code : "other"];
  if (reason.lines++ == 0)
    reason.why = why;
}

std::uint64_t Summary::refused_lines() const {
  std::uint64_t sum = 0;
  for (const auto& [code, reason] : refused)
    sum += reason.lines;
  return sum;
}

std::string Summary::text() const {
  std::string text = std::to_string(lines) + " lines: " + std::to_string(accepted) + " accepted, " +
                     std::to_string(left_out) + " left out, " + std::to_string(refused_lines()) + " refused";
  if (open_lines() > 0)
    text += ", " + std::to_string(open_lines()) + " not sent";
  text += "\n";
  std::size_t width = 0;
  for (const auto& [code, reason] : refused)
    width = std::max(width, code.size());
  for (const auto& [code, reason] : refused)
    text += "  " + padded(code, width) + "  " + std::to_string(reason.lines) + "  " + reason.why + "\n";
  if (accepted > 0 && idempotency_window)
    text +=
        "Sending the same again within " + duration_text(*idempotency_window) + " counts nothing twice.\n";
  return text;
}

std::string duration_text(std::chrono::seconds duration) {
  constexpr std::array<std::pair<std::uint64_t, char>, 3> kUnits{{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}}};
  const auto seconds = static_cast<std::uint64_t>(duration.count());
  for (const auto& [size, unit] : kUnits) {
    // A day is written as 24h: so the default of the server is.
    if (seconds > size && seconds % size == 0)
      return std::to_string(seconds / size) + unit;
  }
  return std::to_string(seconds) + "s";
}

}  // namespace hourglass::cli
