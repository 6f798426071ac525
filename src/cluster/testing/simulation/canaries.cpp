#include "cluster/testing/simulation/canaries.hpp"

namespace hourglass::cluster::simulation {
namespace {

constexpr Canary kCanaries[] = {
    {"AckEarly", Weakness::ack_early, 100},
    {"NoIdentities", Weakness::no_identities, 100},
    {"NoKeys", Weakness::no_keys, 100},
    {"NoFence", Weakness::no_fence, 100},
    {"SetsNotCompared", Weakness::sets_not_compared, 100},
    {"UsersExpire", Weakness::users_expire, 100},
    {"DropUnchecked", Weakness::drop_unchecked, 100},
    {"NilIsZero", Weakness::nil_is_zero, 100},
    {"NoIdleCheck", Weakness::no_idle_check, 100},
    {"ImportNoDuplicates", Weakness::import_no_duplicates, 100},
    {"ImportNoHourNext", Weakness::import_no_hour_next, 100},
    {"ImportSomeHours", Weakness::import_some_hours, 100},
    {"ImportNotCompared", Weakness::import_not_compared, 100},
    {"DuplicatesInMemory", Weakness::duplicates_in_memory, 100},
    {"ProgressFirst", Weakness::progress_first, 100},
    {"ConfirmedEarly", Weakness::confirmed_early, 100},
    {"TotalsWithoutNext", Weakness::totals_without_next, 100},
    {"HourNextForgotten", Weakness::hour_next_forgotten, 100},
    {"LaterUsersLoaded", Weakness::later_users_loaded, 100},
    {"LaterKeysLoaded", Weakness::later_keys_loaded, 100},
    {"Skipping", Weakness::skipping, 100},
    {"NoMark", Weakness::no_mark, 100},
    {"BarrierOfBefore", Weakness::barrier_of_before, 100},
    {"BarrierIgnored", Weakness::barrier_ignored, 100},
    {"TotalsBeforeProgress", Weakness::totals_before_progress, 100},
    {"NextFromElsewhere", Weakness::next_from_elsewhere, 100},
    {"UsersCountedWhenRead", Weakness::users_counted_when_read, 100},
};

}  // namespace

std::span<const Canary> canaries() {
  return kCanaries;
}

}  // namespace hourglass::cluster::simulation
