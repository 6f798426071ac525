#include "cluster/testing/simulation/canaries.hpp"

namespace hourglass::cluster::simulation {
namespace {

constexpr Canary kCanaries[] = {
    {"AckEarly", Weakness::ack_early, 30},
    {"NoIdentities", Weakness::no_identities, 30},
    {"NoKeys", Weakness::no_keys, 30},
    {"NoFence", Weakness::no_fence, 100},
    {"SetsNotCompared", Weakness::sets_not_compared, 400},
    {"UsersExpire", Weakness::users_expire, 100},
    {"DropUnchecked", Weakness::drop_unchecked, 10000},
    {"NilIsZero", Weakness::nil_is_zero, 100},
    {"NoIdleCheck", Weakness::no_idle_check, 200},
    {"ImportNoDuplicates", Weakness::import_no_duplicates, 600},
    {"ImportNoHourNext", Weakness::import_no_hour_next, 300},
    {"ImportSomeHours", Weakness::import_some_hours, 200},
    {"DuplicatesInMemory", Weakness::duplicates_in_memory, 100},
    {"ProgressFirst", Weakness::progress_first, 30},
    {"ConfirmedEarly", Weakness::confirmed_early, 30},
    {"TotalsWithoutNext", Weakness::totals_without_next, 400},
    {"HourNextForgotten", Weakness::hour_next_forgotten, 40},
    {"LaterUsersLoaded", Weakness::later_users_loaded, 40},
    {"LaterUsersFound", Weakness::later_users_found, 200},
    {"UsersBeforeTotals", Weakness::users_before_totals, 2500},
    {"LaterKeysLoaded", Weakness::later_keys_loaded, 60},
    {"Skipping", Weakness::skipping, 60},
    {"NoMark", Weakness::no_mark, 200},
    {"BarrierOfBefore", Weakness::barrier_of_before, 30},
    {"BarrierIgnored", Weakness::barrier_ignored, 30},
    {"TotalsBeforeProgress", Weakness::totals_before_progress, 200},
    {"NextFromElsewhere", Weakness::next_from_elsewhere, 100},
    {"UsersCountedWhenRead", Weakness::users_counted_when_read, 100},
};

}  // namespace

std::span<const Canary> canaries() {
  return kCanaries;
}

}  // namespace hourglass::cluster::simulation
