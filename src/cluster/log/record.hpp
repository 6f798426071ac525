#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/log/partition.hpp"
#include "cluster/log/user_id.hpp"
#include "core/event.hpp"
#include "core/json/event_line.hpp"
#include "core/siphash.hpp"

namespace hourglass::cluster {

/// 64 random bits that a producer drew when it was made; 0 is never drawn.
using BootId = base::StrongType<std::uint64_t, struct BootIdTag>;

/// What tells a record from every other: a broker may append one twice, with the same identity.
struct EventIdentity {
  BootId boot;
  std::uint64_t sequence = 0;  // from 1, counted by the producer for each partition

  friend auto operator<=>(const EventIdentity&, const EventIdentity&) = default;
};

/// Beyond it a number would not be exact in a script of Redis.
inline constexpr std::uint64_t kMaxSequence = (1ULL << 53U) - 1;

/// The first 16 bytes of SHA-256(user, one zero byte, key): the same on every replica, without a secret.
using KeyDigest = std::array<std::uint8_t, 16>;

/// An event as the stores count it.
struct CountedEvent {
  EventIdentity identity;
  std::optional<KeyDigest> key;
  core::Hour hour;
  core::Kind kind{};
  UserId user;

  friend bool operator==(const CountedEvent&, const CountedEvent&) = default;
};

/// A record of the log as a worker has read it.
struct Record {
  Offset offset;
  LogTime time;
  std::optional<CountedEvent> event;  // none: a foreign record, which takes its offset and is no number

  friend bool operator==(const Record&, const Record&) = default;
};

/// A header of a record; the views outlive the call only.
struct RecordHeader {
  std::string_view name;
  std::string_view value;
};

/// A record as it is in the topic. Key: the user's bytes. Value: the line of NDJSON, without its end.
/// Headers: `eid`, 16 bytes, the boot id and the sequence, big endian; `ik`, the digest of the key, if there
/// is one.
struct RecordBytes {
  std::string key;
  std::string value;
  std::string identity;
  std::string key_digest;  // empty: none
};

inline constexpr std::string_view kIdentityHeader = "eid";
inline constexpr std::string_view kKeyHeader = "ik";

/// Hours behind this one cannot be named by a nanosecond of 64 bits: 2262-04-11.
inline constexpr core::Hour kLastHour{2'562'046};

/// A record that no store counts: its offset tells where the log ended when it was appended.
RecordBytes marker_record();
bool is_marker(std::string_view value);

KeyDigest key_digest(std::string_view user, std::string_view key);

RecordBytes encode_record(const core::Event& event, EventIdentity identity);

/// Reads records back. Keeps working memory; one thread at a time.
class RecordDecoder {
 public:
  explicit RecordDecoder(const core::HashKey& cluster_key) : cluster_key_(cluster_key) {}

  /// What the record counts as; none where it is foreign: not of the form above in any respect, or for an
  /// hour behind kLastHour.
  std::optional<CountedEvent> decode(std::string_view key, std::string_view value,
                                     const std::vector<RecordHeader>& headers);

 private:
  core::HashKey cluster_key_;
  core::EventLineParser parser_{core::IdempotencyKey::kMaxLineBytes};
};

}  // namespace hourglass::cluster
