#include "cli/input/testing/log_sender.hpp"

#include <functional>

namespace hourglass::cli {
namespace {

/// A line begins with its time, a number.
LineKey key_of(std::string_view text) {
  std::uint64_t time = 0;
  for (const char digit : text.substr(0, text.find(' ')))
    time = time * 10 + static_cast<std::uint64_t>(digit - '0');
  return {core::Timestamp{time}, {std::hash<std::string_view>()(text), 0}};
}

}  // namespace

std::string LogSender::start() {
  FollowSettings settings;
  settings.log = *scratch_ / "log";
  settings.position = *scratch_ / "log.position";
  settings.temporary = scratch_->path();
  settings.grace = grace;
  settings.notice = [this](const std::string& notice) { notices.push_back(notice); };
  given.clear();
  last_.reset();
  auto log = FollowedLog::open(std::move(settings));
  if (!log)
    return log.error();
  log_.emplace(std::move(*log));
  return "";
}

std::string LogSender::take(std::size_t most) {
  for (std::size_t taken = 0; taken < most; ++taken) {
    auto next = log_->next(std::chrono::milliseconds{0});
    if (!next)
      return next.error();
    const auto* line = std::get_if<FollowedLine>(&*next);
    if (line == nullptr)
      return "";
    const std::string text(line->line.text);
    const auto count = log_->count(key_of(text));
    if (!count)
      return count.error();
    given.push_back((line->is_replayed ? "replayed " : "") + text + (line->line.is_cut ? " (cut)" : ""));
    if (!line->is_replayed)
      sent.insert(text + "#" + std::to_string(*count));
    last_ = line->place;
  }
  return "";
}

std::string LogSender::keep() {
  if (!last_)
    return "";
  const auto kept = log_->keep(*last_);
  return kept ? "" : kept.error();
}

}  // namespace hourglass::cli
