#include "core/hour_range.hpp"

#include "core/hour_text.hpp"

namespace hourglass::core {

base::Result<HourRange> hours_touched(std::optional<Timestamp> from, std::optional<Timestamp> to) {
  HourRange range;
  if (from)
    range.first = hour_of(*from);
  if (to && *to <= from.value_or(Timestamp{0}))
    return base::fail(base::ErrorCode::invalid_parameter, "from is not before to");
  if (to)
    range.end = Hour{hour_of(Timestamp{to->value() - 1}).value() + 1};
  return range;
}

void HourList::add(Hour hour) {
  const bool is_neighbour = count_ > 0 && hour.value() == last_.value() + 1;
  const bool last_is_named = !spans_.empty() && spans_.back().last == last_;
  ++count_;
  last_ = hour;
  if (is_neighbour && last_is_named)
    spans_.back().last = hour;
  else if (spans_.size() < kMaxSpans)
    spans_.push_back({hour, hour});
}

std::string HourList::text() const {
  std::string text;
  std::uint64_t named = 0;
  for (const Span& span : spans_) {
    text += (text.empty() ? "" : ", ") + hour_name(span.first);
    if (span.first != span.last)
      text += "/" + hour_name(span.last);
    named += span.last.value() - span.first.value() + 1;
  }
  return named < count_ ? text + ", ..." : text;
}

}  // namespace hourglass::core
