#pragma once

#include "adapters/redis/connection.hpp"

namespace hourglass::adapters {

/// The scripts that change a partition, each in one atomic step. Lua in Redis takes nothing back, so each
/// looks at everything that could make a command fail, the types of its keys too, before its first write.
/// Each answers an array whose first element says how it went:
///   {"moved", next}         the partition stands elsewhere; nil: nowhere
///   {"fingerprint", other}  it belongs to a cluster with other settings
///   and what stands beside each.
///
/// A file of Redis that was cut within the effects of a script loads without any of them; but they may stay
/// in it, and are then executed at the start after that one, with the scripts that ran in between. So the
/// first change of each is to add one to `opened` of meta, and the last is to set `closed` to what that gave,
/// with all else that says where the partition stands. Whatever is executed once too often makes `opened`
/// too high, while `closed` is what the last script said. As long as they differ, only a copy may be put in
/// the place of the partition, wherever it was seen to stand. A change that is alone in its script needs no
/// such pair.

/// Counts records. KEYS: meta, boots, iks, the users of each hour of the batch. ARGV: fingerprint, from, to,
/// highest time, window in ms, most missing ranges of a producer, last record or nothing, batch.
/// The batch, in MessagePack: {producers, hours in decimal digits, records}, and a record: offset, highest
/// time up to it, place of its producer, sequence, place of its hour, 1 for a click and 0 for an impression,
/// user in decimal digits, digest of its key or nothing; one behind the other.
/// Answers {"applied"}, or {"corrupt", next}, where that is where it says that it stands.
RedisScript apply_script();

/// Forgets hours, and changes nothing where there is nothing to forget. Where a script was torn, the
/// partition stands nowhere. KEYS: meta. ARGV: fingerprint, lowest hour that stays, what the cold store holds
/// all records below, how the keys of users begin. Answers {"dropped", floor}, {"busy"}, or {"broken",
/// field}.
RedisScript drop_script();

/// Puts a copy in the place of the partition. KEYS: meta, boots, iks, hours and iks of the copy. ARGV:
/// fingerprint, where the partition stands or nothing, next, time, last record or nothing, floor, how the
/// keys of users begin, how those of the copy do, how many hours the copy has, how many keys,
/// producers in MessagePack: {producer, value...}; then further keys to be removed.
/// Answers {"placed"}, {"incomplete", what is missing}, or {"cleared"}: meta or its `opened` was
/// of another kind and is no more, and the script is to be run again.
RedisScript place_script();

}  // namespace hourglass::adapters
