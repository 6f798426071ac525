#include "cli/send/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace hourglass::cli {
namespace {

constexpr std::chrono::milliseconds kOnTerminal{200};
constexpr std::chrono::milliseconds kElsewhere{10'000};
constexpr std::uint64_t kMillisecondsPerSecond = 1'000;

/// "1.5 GB": in powers of a thousand, as disks are sold and networks measured.
std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"bytes", "kB", "MB", "GB", "TB"};
  constexpr double kStep = 1000;
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= kStep && unit + 1 < kUnits.size()) {
    size /= kStep;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text.data();
}

/// "0:07", "12:30", "3:05:00".
std::string time_text(std::uint64_t seconds) {
  constexpr std::uint64_t kSixty = 60;
  std::array<char, 32> text{};
  const unsigned long long hours = seconds / (kSixty * kSixty);
  const unsigned long long minutes = seconds / kSixty % kSixty;
  const unsigned long long rest = seconds % kSixty;
  if (hours > 0)
    std::snprintf(text.data(), text.size(), "%llu:%02llu:%02llu", hours, minutes, rest);
  else
    std::snprintf(text.data(), text.size(), "%llu:%02llu", minutes, rest);
  return text.data();
}

}  // namespace

std::string progress_text(const ProgressFigures& figures) {
  const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(figures.took.count(), 1));
  std::string text = figures.input + ": " + std::to_string(figures.lines) + " lines, ";
  if (figures.bytes_total > 0)
    text += std::to_string(std::min<std::uint64_t>(figures.bytes_read * 100 / figures.bytes_total, 100)) +
            "% of " + size_text(figures.bytes_total);
  else
    text += size_text(figures.bytes_read);
  text += ", " + std::to_string(figures.lines * kMillisecondsPerSecond / took) + " lines/s";
  if (figures.bytes_total > figures.bytes_read && figures.bytes_read > 0) {
    const double left = static_cast<double>(figures.bytes_total - figures.bytes_read) /
                        static_cast<double>(figures.bytes_read) * static_cast<double>(took);
    text += ", " + time_text(static_cast<std::uint64_t>(left) / kMillisecondsPerSecond) + " left";
  }
  if (!figures.trouble.empty())
    text += "; tries again: " + figures.trouble;
  return text;
}

bool Progress::is_due() const {
  return Clock::now() - shown_ >= (is_terminal_ ? kOnTerminal : kElsewhere);
}

void Progress::show(const ProgressFigures& figures) {
  clear();
  stream_ << progress_text(figures) << (is_terminal_ ? "" : "\n") << std::flush;
  stands_ = is_terminal_;
  shown_ = Clock::now();
}

void Progress::clear() {
  if (stands_)
    stream_ << "\r\033[K" << std::flush;
  stands_ = false;
}

std::chrono::milliseconds Progress::took() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
}

}  // namespace hourglass::cli
