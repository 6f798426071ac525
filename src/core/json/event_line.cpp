#include "core/json/event_line.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <simdjson.h>

#include "core/json/json_number.hpp"

namespace hourglass::core {
namespace {

namespace ondemand = simdjson::ondemand;
using base::ErrorCode;
using base::fail;

constexpr int kMaxDepth = 64;

/// A member of the line that the event is made from: its value, or what is wrong with it.
struct Member {
  bool present = false;
  bool repeated = false;
  bool right_type = false;
  std::string text;  // of a string: unescaped; of a number: as it stands
};

struct Members {
  Member timestamp;
  Member user;
  Member event;
  Member id;

  Member* named(std::string_view name) {
    if (name == "timestamp")
      return &timestamp;
    if (name == "user")
      return &user;
    if (name == "event")
      return &event;
    return name == "id" ? &id : nullptr;
  }
};

std::string_view without_white_space_behind(std::string_view token) {
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view{} : token.substr(0, end + 1);
}

bool is_valid_value(ondemand::value value, int depth);

bool is_valid_array(ondemand::array array, int depth) {
  if (depth > kMaxDepth)
    return false;
  for (auto element : array) {
    ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS || !is_valid_value(value, depth))
      return false;
  }
  return true;
}

bool is_valid_object(ondemand::object object, int depth) {
  if (depth > kMaxDepth)
    return false;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS || !is_valid_value(value, depth))
      return false;
  }
  return true;
}

/// simdjson looks at a value only when it is asked for, so every one is. `depth`: of what the value is in.
bool is_valid_value(ondemand::value value, int depth) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS)
    return false;
  switch (type) {
    case ondemand::json_type::array: {
      ondemand::array array;
      return value.get_array().get(array) == simdjson::SUCCESS && is_valid_array(array, depth + 1);
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      return value.get_object().get(object) == simdjson::SUCCESS && is_valid_object(object, depth + 1);
    }
    case ondemand::json_type::number:
      return is_json_number(without_white_space_behind(value.raw_json_token()));
    case ondemand::json_type::string: {
      std::string_view text;
      return value.get_string().get(text) == simdjson::SUCCESS;
    }
    case ondemand::json_type::boolean: {
      bool truth = false;
      return value.get_bool().get(truth) == simdjson::SUCCESS;
    }
    case ondemand::json_type::null: {
      bool null = false;
      return value.is_null().get(null) == simdjson::SUCCESS && null;
    }
  }
  return false;
}

/// Reads a value that belongs to the event; false if it is not valid JSON.
bool read_member(Member& member, ondemand::value value, ondemand::json_type wanted) {
  member.repeated = member.present;
  member.present = true;
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS)
    return false;
  member.right_type = type == wanted;
  if (!member.right_type)
    return is_valid_value(value, 1);
  if (type == ondemand::json_type::number) {
    member.text = without_white_space_behind(value.raw_json_token());
    return is_json_number(member.text);
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS)
    return false;
  member.text = text;
  return true;
}

bool read_members(Members& members, ondemand::document& document) {
  ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS)
    return false;
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS)
      return false;
    Member* member = members.named(name);
    const auto wanted =
        member == &members.timestamp ? ondemand::json_type::number : ondemand::json_type::string;
    ondemand::value value;
    if (field.value().get(value) != simdjson::SUCCESS)
      return false;
    if (!(member != nullptr ? read_member(*member, value, wanted) : is_valid_value(value, 1)))
      return false;
  }
  const char* behind = nullptr;
  return document.current_location().get(behind) ==
         simdjson::OUT_OF_BOUNDS;  // nothing but white space follows
}

base::Result<Timestamp> timestamp_of(const Member& member, const EventLimits& limits, Timestamp now) {
  if (!member.present)
    return fail(ErrorCode::missing_timestamp, "the member timestamp is missing");
  if (member.repeated)
    return fail(ErrorCode::duplicate_parameter, "the member timestamp occurs more than once");
  if (!member.right_type)
    return fail(ErrorCode::invalid_timestamp, "timestamp is not an integer");
  auto timestamp = parse_timestamp(member.text);
  if (!timestamp)
    return timestamp;
  if (const auto checked = limits.check(*timestamp, now); !checked)
    return base::unexpected(checked.error());
  return timestamp;
}

base::Result<User> user_of(Member& member) {
  if (!member.present)
    return fail(ErrorCode::missing_user, "the member user is missing");
  if (member.repeated)
    return fail(ErrorCode::duplicate_parameter, "the member user occurs more than once");
  if (!member.right_type)
    return fail(ErrorCode::invalid_user, "user is not a string");
  return User::from_bytes(std::move(member.text));
}

base::Result<Kind> kind_of(const Member& member) {
  if (!member.present)
    return fail(ErrorCode::missing_event, "the member event is missing");
  if (member.repeated)
    return fail(ErrorCode::duplicate_parameter, "the member event occurs more than once");
  if (member.right_type && member.text == "click")
    return Kind::click;
  if (member.right_type && member.text == "impression")
    return Kind::impression;
  return fail(ErrorCode::invalid_event, "event is neither click nor impression");
}

base::Result<std::optional<IdempotencyKey>> key_of(Member& member, std::size_t longest) {
  if (!member.present)
    return std::nullopt;
  if (member.repeated)
    return fail(ErrorCode::duplicate_parameter, "the member id occurs more than once");
  if (!member.right_type)
    return fail(ErrorCode::invalid_idempotency_key, "id is not a string");
  auto key = IdempotencyKey::from_text(std::move(member.text), longest);
  if (!key)
    return base::failure_of(std::move(key));
  return std::move(*key);
}

base::Result<Event> event_of(Members& members, const EventLimits& limits, Timestamp now,
                             std::size_t longest_id) {
  const auto timestamp = timestamp_of(members.timestamp, limits, now);
  if (!timestamp)
    return base::unexpected(timestamp.error());
  auto user = user_of(members.user);
  if (!user)
    return base::unexpected(user.error());
  const auto kind = kind_of(members.event);
  if (!kind)
    return base::unexpected(kind.error());
  auto key = key_of(members.id, longest_id);
  if (!key)
    return base::unexpected(key.error());
  return Event{*timestamp, std::move(*user), *kind, std::move(*key)};
}

}  // namespace

class EventLineParser::Implementation {
 public:
  explicit Implementation(std::size_t longest_id) : longest_id_(longest_id) {}

  base::Result<Event> parse(std::string_view line, const EventLimits& limits, Timestamp now) {
    Members members;
    const bool valid = read(members, line);
    if (line.size() > kOrdinaryLineSize)
      release_memory();
    if (!valid)
      return fail(ErrorCode::invalid_json, "the line is not one valid JSON object");
    return event_of(members, limits, now, longest_id_);
  }

 private:
  bool read(Members& members, std::string_view line) {
    // The parser may read some bytes beyond the end, so it gets a copy with room behind it. NUL never occurs
    // in valid JSON, but would end the text early for some of its checks.
    if (line.find('\0') != std::string_view::npos)
      return false;
    buffer_.assign(line);
    buffer_.append(simdjson::SIMDJSON_PADDING, '\0');
    ondemand::document document;
    if (parser_.iterate(buffer_.data(), line.size(), buffer_.size()).get(document) != simdjson::SUCCESS)
      return false;
    return read_members(members, document);
  }

  /// What the parser keeps between lines is several times the longest line, and there may be a parser for
  /// each of many connections.
  void release_memory() {
    parser_ = ondemand::parser();
    std::string().swap(buffer_);  // an assignment would keep its memory
  }

  static constexpr std::size_t kOrdinaryLineSize = 64 * 1024;

  const std::size_t longest_id_;
  ondemand::parser parser_;
  std::string buffer_;
};

EventLineParser::EventLineParser(std::size_t longest_id)
    : implementation_(std::make_unique<Implementation>(longest_id)) {}
EventLineParser::~EventLineParser() = default;
EventLineParser::EventLineParser(EventLineParser&&) noexcept = default;
EventLineParser& EventLineParser::operator=(EventLineParser&&) noexcept = default;

base::Result<Event> EventLineParser::parse(std::string_view line, const EventLimits& limits, Timestamp now) {
  return implementation_->parse(line, limits, now);
}

}  // namespace hourglass::core
