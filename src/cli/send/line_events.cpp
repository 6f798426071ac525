#include "cli/send/line_events.hpp"

#include <utility>

#include "core/json/event_line_text.hpp"

namespace hourglass::cli {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r";

LineOutcome refused(std::string code, std::string why) {
  return RefusedLine{std::move(code), std::move(why)};
}

/// From the second time on, the number stands behind the digest.
std::string event_id(const core::Hash128& digest, std::uint64_t earlier) {
  return earlier == 0 ? hex_text(digest) : hex_text(digest) + "-" + std::to_string(earlier);
}

LineOutcome refused(const base::Error& error) {
  return refused(std::string(base::to_string(error.code)), error.message);
}

}  // namespace

LineEvents::LineEvents(std::string source, std::optional<LineMapping> mapping)
    : source_(std::move(source)), mapping_(std::move(mapping)) {}

void LineEvents::begin_file() {
  if (mapping_)
    mapping_->begin_file();
}

base::Expected<LineOutcome, std::string> LineEvents::take(std::string_view line, const LineCount& count) {
  return mapping_ ? take_mapped(line, count) : take_json(line, count);
}

base::Expected<LineOutcome, std::string> LineEvents::take_json(std::string_view line,
                                                               const LineCount& count) {
  if (line.find_first_not_of(kWhiteSpace) == std::string_view::npos)
    return SentLine{};
  const auto event = parser_.parse(line, {}, core::Timestamp{});
  if (!event)
    return refused(event.error());
  if (!event->key)
    return sent(line, count, event->timestamp, event->user.bytes(), event->kind);
  event_.clear();
  core::append_event_line(event_, {event->timestamp, event->user.bytes(), event->kind, event->key->text()});
  return SentLine{event_};
}

base::Expected<LineOutcome, std::string> LineEvents::take_mapped(std::string_view line,
                                                                 const LineCount& count) {
  const MappedLine mapped = mapping_->map(line);
  if (const auto* not_mapped = std::get_if<NotMapped>(&mapped))
    return refused("not_mapped", not_mapped->why);
  const auto* event = std::get_if<MappedEvent>(&mapped);
  if (event == nullptr)
    return SentLine{};
  return sent(line, count, event->timestamp, event->user, event->kind);
}

base::Expected<LineOutcome, std::string> LineEvents::sent(std::string_view line, const LineCount& count,
                                                          core::Timestamp timestamp, std::string_view user,
                                                          core::Kind kind) {
  digest_.begin();
  digest_.add(source_);
  digest_.add(line);
  const core::Hash128 digest = digest_.end();
  const auto earlier = count({timestamp, digest});
  if (!earlier)
    return base::unexpected(earlier.error());
  event_.clear();
  core::append_event_line(event_, {timestamp, user, kind, event_id(digest, *earlier)});
  return SentLine{event_};
}

}  // namespace hourglass::cli
