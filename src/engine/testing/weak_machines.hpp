#pragma once

#include "engine/testing/checked_store.hpp"

namespace hourglass::engine {

/// Machines that break what the store relies on, each in one way: so that a store on it behaves as one that
/// had left out a step of its own. A simulation that is worth anything finds every one of them out.
namespace weak_machines {

Machine log_is_not_synced();
Machine runs_are_not_synced();
Machine names_of_runs_are_not_synced();
Machine names_of_event_files_are_not_synced();
Machine superseded_runs_go_first();
Machine segments_go_early();
Machine log_is_not_rewritten_at_opening();
Machine log_is_written_late();
Machine runs_of_hours_lose_a_user();
Machine runs_of_keys_lose_a_key();
Machine clock_jumps_pass_for_time();
Machine space_seems_endless();

}  // namespace weak_machines
}  // namespace hourglass::engine
