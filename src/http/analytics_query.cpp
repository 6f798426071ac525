#include "http/analytics_query.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/hexadecimal.hpp"

namespace hourglass::http {

using base::ErrorCode;
using base::fail;

namespace {

/// A parameter that a route knows: how often it stands in the query, and its value as it stands there.
struct Parameter {
  std::size_t count = 0;
  std::string_view value;

  void add(std::string_view text) {
    if (count++ == 0)
      value = text;
  }
};

/// Calls `take` with the name and the value, both as they stand, of each parameter.
template <typename Take>
void for_each_parameter(std::string_view query, Take take) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    take(parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size())));
  }
}

/// Undoes percent-encoding; a plus is a space.
base::Result<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at] == '+' ? ' ' : text[at]);
      continue;
    }
    const int high = at + 2 < text.size() ? base::hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? base::hex_digit(text[at + 2]) : -1;
    if (low < 0)
      return fail(ErrorCode::invalid_escape, "a percent sign is not followed by two hexadecimal digits");
    decoded.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return decoded;
}

base::Result<core::Timestamp> timestamp_of(const Parameter& parameter) {
  if (parameter.count == 0)
    return fail(ErrorCode::missing_timestamp, "the parameter timestamp is missing");
  if (parameter.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the parameter timestamp occurs more than once");
  return core::parse_timestamp(parameter.value);
}

/// Nothing where the parameter is not given.
base::Result<std::optional<core::Timestamp>> bound_of(const Parameter& parameter, const std::string& name) {
  if (parameter.count == 0)
    return std::nullopt;
  if (parameter.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the parameter " + name + " occurs more than once");
  auto timestamp = core::parse_timestamp(parameter.value);
  if (!timestamp)
    return fail(timestamp.error().code, name + ": " + timestamp.error().message);
  return *timestamp;
}

base::Result<core::User> user_of(const Parameter& parameter) {
  if (parameter.count == 0)
    return fail(ErrorCode::missing_user, "the parameter user is missing");
  if (parameter.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the parameter user occurs more than once");
  auto decoded = decode(parameter.value);
  if (!decoded)
    return base::failure_of(std::move(decoded));
  return core::User::from_bytes(std::move(*decoded));
}

base::Result<core::Kind> kind_of(const Parameter& click, const Parameter& impression) {
  if (click.count == 0 && impression.count == 0)
    return fail(ErrorCode::missing_event, "neither click nor impression is given");
  if (click.count > 0 && impression.count > 0)
    return fail(ErrorCode::ambiguous_event, "both click and impression are given");
  const Parameter& given = click.count > 0 ? click : impression;
  if (given.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the event occurs more than once");
  if (!given.value.empty())
    return fail(ErrorCode::invalid_parameter, "click and impression take no value");
  return click.count > 0 ? core::Kind::click : core::Kind::impression;
}

base::Result<std::optional<core::IdempotencyKey>> key_of(const Parameter& id, const KeyHeader& header) {
  if (id.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the parameter id occurs more than once");
  auto from_header = parse_key_header(header);
  if (!from_header || id.count == 0)
    return from_header;
  auto decoded = decode(id.value);
  if (!decoded)
    return base::failure_of(std::move(decoded));
  auto key = core::IdempotencyKey::from_text(std::move(*decoded));
  if (!key)
    return base::failure_of(std::move(key));
  if (*from_header && **from_header != *key)
    return fail(ErrorCode::invalid_idempotency_key, "the header Idempotency-Key and the parameter id differ");
  return std::move(*key);
}

}  // namespace

base::Result<std::optional<core::IdempotencyKey>> parse_key_header(const KeyHeader& header) {
  if (header.count == 0)
    return std::nullopt;
  if (header.count > 1)
    return fail(ErrorCode::invalid_idempotency_key, "the header Idempotency-Key occurs more than once");
  auto key = core::IdempotencyKey::from_text(std::string(header.value));
  if (!key)
    return base::failure_of(std::move(key));
  return std::move(*key);
}

base::Result<core::Event> parse_event_query(std::string_view query, const KeyHeader& header,
                                            const core::EventLimits& limits, core::Timestamp now) {
  Parameter timestamp, user, click, impression, id;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) {
    if (name == "timestamp")
      timestamp.add(value);
    else if (name == "user")
      user.add(value);
    else if (name == "click")
      click.add(value);
    else if (name == "impression")
      impression.add(value);
    else if (name == "id")
      id.add(value);
  });
  const auto time = timestamp_of(timestamp);
  if (!time)
    return base::unexpected(time.error());
  if (const auto checked = limits.check(*time, now); !checked)
    return base::unexpected(checked.error());
  auto name = user_of(user);
  if (!name)
    return base::unexpected(name.error());
  const auto kind = kind_of(click, impression);
  if (!kind)
    return base::unexpected(kind.error());
  auto key = key_of(id, header);
  if (!key)
    return base::unexpected(key.error());
  return core::Event{*time, std::move(*name), *kind, std::move(*key)};
}

base::Result<ReadQuery> parse_read_query(std::string_view query) {
  Parameter timestamp, consistency;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) {
    if (name == "timestamp")
      timestamp.add(value);
    else if (name == "consistency")
      consistency.add(value);
  });
  const auto time = timestamp_of(timestamp);
  if (!time)
    return base::unexpected(time.error());
  if (consistency.count > 1)
    return fail(ErrorCode::duplicate_parameter, "the parameter consistency occurs more than once");
  if (consistency.count == 1 && consistency.value != "fast" && consistency.value != "strong")
    return fail(ErrorCode::invalid_parameter, "consistency is neither fast nor strong");
  const bool is_strong = consistency.count == 1 && consistency.value == "strong";
  return ReadQuery{core::hour_of(*time), is_strong ? ports::Consistency::strong : ports::Consistency::fast};
}

base::Result<core::HourRange> parse_export_query(std::string_view query) {
  Parameter from, to;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) {
    if (name == "from")
      from.add(value);
    else if (name == "to")
      to.add(value);
  });
  const auto begin = bound_of(from, "from");
  if (!begin)
    return base::unexpected(begin.error());
  const auto end = bound_of(to, "to");
  if (!end)
    return base::unexpected(end.error());
  return core::hours_touched(*begin, *end);
}

}  // namespace hourglass::http
