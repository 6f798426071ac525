#pragma once

#include <filesystem>

namespace hourglass::store_spike {

struct SpikeSettings {
  std::filesystem::path directory;
  unsigned rounds = 3;
  double seconds = 1.5;  // of each load
};

/// Commits a second, latencies and bytes of everything that can make events durable, in turns.
void measure_commits(const SpikeSettings& settings);

/// How long it takes to open a store of a million events and to rebuild the users of their hour.
void measure_recovery(const SpikeSettings& settings);

/// A million users of a sealed hour: size, time to write, time to look users up.
void measure_sealed_hour(const SpikeSettings& settings);

/// Flips single bits of synced files and looks at what opens and what is missing then.
void measure_damage(const SpikeSettings& settings);

}  // namespace hourglass::store_spike
