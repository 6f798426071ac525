#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store_spike/sample_events.hpp"

namespace hourglass::store_spike {

/// Something that makes events durable. Belongs to the committing thread.
class CommitTarget {
 public:
  virtual ~CommitTarget() = default;

  /// The events are on stable storage when this returns.
  virtual void commit(std::span<const SampleEvent> events) = 0;

  /// Does what is left to be done so that the bytes sent to the disk can be compared; how many bytes its
  /// files hold then.
  virtual std::uint64_t settle() = 0;
};

struct TargetKind {
  std::string name;
  std::function<std::unique_ptr<CommitTarget>(const std::filesystem::path& directory)> make;
};

/// Everything that is compared, the bare files first.
std::vector<TargetKind> target_kinds();

}  // namespace hourglass::store_spike
