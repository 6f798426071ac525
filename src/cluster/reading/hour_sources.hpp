#pragma once

#include <optional>
#include <span>
#include <vector>

#include "cluster/log/partition.hpp"
#include "cluster/stores/period.hpp"
#include "cluster/stores/store_fault.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster {

/// Totals of a period in one partition of a store, all of one state.
struct PartialTotals {
  core::Totals totals;
  Offset next;  // they hold every record below it
};

/// What the hot store says of one hour in one partition; nothing where the hour is to be read from the cold
/// store.
using HotHour = std::optional<PartialTotals>;

/// What the hot store of one partition said of all the hours asked for; or it did not answer.
using HotAnswer = StoreResult<std::vector<HotHour>>;

/// Reads hours from the hot store, of all partitions in one round trip to each server. One thread at a time.
class HotReader {
 public:
  virtual ~HotReader() = default;

  /// By partition: those hours, in their order. A server that does not answer fails only its partitions.
  virtual std::vector<HotAnswer> read(std::span<const core::Hour> hours) = 0;
};

/// Reads totals from the cold store, of all partitions in one request. One thread at a time.
class ColdReader {
 public:
  virtual ~ColdReader() = default;

  /// By partition: everything below it is in the totals that a later call reads. 0 where nothing is.
  virtual StoreResult<std::vector<Offset>> progress() = 0;

  /// By partition: the newest totals; zeros with next = 0 where there are none.
  virtual StoreResult<std::vector<PartialTotals>> totals(Period period) = 0;
};

}  // namespace hourglass::cluster
