#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/log/record.hpp"

namespace hourglass::adapters {

/// A record of the topic that is not of the form of Hourglass, as it came; what was null is none.
struct ForeignRecord {
  cluster::Partition partition;
  cluster::Offset offset;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

}  // namespace hourglass::adapters
