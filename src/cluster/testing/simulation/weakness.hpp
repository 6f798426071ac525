#pragma once

#include <array>
#include <cstdint>

namespace hourglass::cluster::simulation {

/// What is left out or done wrongly, one thing at a time, around the code that is tested: so that it behaves
/// as one that had forgotten a step of the protocol. A simulation that is worth anything finds each of them.
enum class Weakness : std::uint8_t {
  none,
  ack_early,                // acknowledged before the log has it
  no_identities,            // records without the identity that producers gave them
  no_keys,                  // records without their Idempotency-Key
  no_fence,                 // the hot store applies without comparing where it stands
  sets_not_compared,        // the hot store counts users in sets that have lost some
  users_expire,             // the same, and sets of users expire when their hour ends
  drop_unchecked,           // hours leave the hot store before the cold store has them
  nil_is_zero,              // a hot store that holds nothing is read as zeros
  no_idle_check,            // a worker that waits does not see that its store has lost data
  import_no_duplicates,     // the hot store comes back without what tells duplicates
  import_no_hour_next,      // ... without the places up to which its hours are counted
  import_some_hours,        // ... without hours of the future
  duplicates_in_memory,     // what tells duplicates is not in the cold store
  progress_first,           // the cold store's progress is written before what it vouches for
  confirmed_early,          // the cold store confirms before it has written
  totals_without_next,      // totals are identified by their hour only: the last write stays
  hour_next_forgotten,      // a worker of the cold store takes totals for those of its progress
  later_users_loaded,       // ... and users that its totals do not count yet
  later_users_found,        // ... the same where it looks them up one by one
  users_before_totals,      // ... and asks for users before their totals
  later_keys_loaded,        // ... and keys behind its progress
  skipping,                 // the log gives what it has instead of what was asked for
  no_mark,                  // a replica forgets which state it has answered from
  barrier_of_before,        // a strong read takes the ends of the log that an earlier one has asked for
  barrier_ignored,          // a strong read answers from any state
  totals_before_progress,   // a strong read of the cold store asks for progress last
  next_from_elsewhere,      // a strong read of the hot store takes its place from another answer
  users_counted_when_read,  // unique users are counted when they are read, clicks were counted before
};

/// A weakness, and within how many seeds it has to be found.
struct Canary {
  const char* name;
  Weakness weakness;
  std::uint64_t seeds;
};

}  // namespace hourglass::cluster::simulation
