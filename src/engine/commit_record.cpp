#include "engine/commit_record.hpp"

#include <utility>

namespace hourglass::engine {
namespace {

constexpr std::uint8_t kImpressionFlag = 0x01;
constexpr std::uint8_t kKeyFlag = 0x02;
constexpr std::uint8_t kNewUserFlag = 0x04;
constexpr std::uint8_t kKnownFlags = kImpressionFlag | kKeyFlag | kNewUserFlag;

/// The fewest bytes an event can take: flags, time, length of the user and one byte of it. Bounds what a
/// count may claim before memory is reserved for it.
constexpr std::size_t kSmallestEvent = 4;

RecordedEvent read_event(ByteReader& reader, core::Timestamp previous) {
  const auto flags = reader.fixed<std::uint8_t>();
  const std::int64_t delta = unzigzag(reader.varint());
  const std::uint64_t user_size = reader.varint();
  RecordedEvent event{};
  event.timestamp = core::Timestamp{previous.value() + static_cast<std::uint64_t>(delta)};
  event.kind = (flags & kImpressionFlag) != 0 ? core::Kind::impression : core::Kind::click;
  const bool valid = (flags & ~kKnownFlags) == 0 && event.timestamp <= core::kMaxTimestamp &&
                     user_size >= 1 && user_size <= core::User::kMaxBytes;
  // An impossible length makes the reader fail, and with it the whole record.
  event.user = reader.bytes(valid ? user_size : reader.rest().size() + 1);
  if ((flags & kKeyFlag) != 0)
    event.key = reader.hash();
  event.is_new_user = (flags & kNewUserFlag) != 0;
  return event;
}

}  // namespace

CommitEncoder::CommitEncoder(Sequence first_sequence, core::Timestamp log_time)
    : first_sequence_(first_sequence), log_time_(log_time), previous_timestamp_(log_time) {}

void CommitEncoder::add_event(const RecordedEvent& event) {
  std::uint8_t flags = event.kind == core::Kind::impression ? kImpressionFlag : 0;
  if (event.key)
    flags |= kKeyFlag;
  if (event.is_new_user)
    flags |= kNewUserFlag;
  events_.push_back(static_cast<char>(flags));
  const auto delta = static_cast<std::int64_t>(event.timestamp.value() - previous_timestamp_.value());
  append_varint(events_, zigzag(delta));
  append_varint(events_, event.user.size());
  events_ += event.user;
  if (event.key)
    append_hash(events_, *event.key);
  previous_timestamp_ = event.timestamp;
  ++event_count_;
}

void CommitEncoder::add_refreshed_key(const core::Hash128& key) {
  append_hash(refreshed_keys_, key);
  ++refreshed_count_;
}

std::string CommitEncoder::take() {
  std::string payload;
  payload.reserve(2 * sizeof(std::uint64_t) + 20 + events_.size() + refreshed_keys_.size());
  append_fixed(payload, first_sequence_.value());
  append_fixed(payload, log_time_.value());
  append_varint(payload, event_count_);
  append_varint(payload, refreshed_count_);
  payload += events_;
  payload += refreshed_keys_;
  return payload;
}

std::optional<Commit> decode_commit(std::string_view payload) {
  ByteReader reader(payload);
  Commit commit;
  commit.first_sequence = Sequence{reader.fixed<std::uint64_t>()};
  commit.log_time = core::Timestamp{reader.fixed<std::uint64_t>()};
  const std::uint64_t event_count = reader.varint();
  const std::uint64_t refreshed_count = reader.varint();
  if (reader.failed() || event_count > payload.size() / kSmallestEvent ||
      refreshed_count > payload.size() / sizeof(core::Hash128))
    return std::nullopt;

  commit.events.reserve(event_count);
  core::Timestamp previous = commit.log_time;
  for (std::uint64_t i = 0; i < event_count && !reader.failed(); ++i) {
    commit.events.push_back(read_event(reader, previous));
    previous = commit.events.back().timestamp;
  }
  commit.refreshed_keys.reserve(refreshed_count);
  for (std::uint64_t i = 0; i < refreshed_count && !reader.failed(); ++i)
    commit.refreshed_keys.push_back(reader.hash());
  if (!reader.at_end())
    return std::nullopt;
  return commit;
}

}  // namespace hourglass::engine
