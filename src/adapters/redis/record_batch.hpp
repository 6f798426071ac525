#pragma once

#include <span>
#include <string>
#include <vector>

#include "cluster/log/record.hpp"

namespace hourglass::adapters {

/// Records as the script that counts them takes them. Foreign ones only move the log clock, so they are in
/// the times alone.
struct RecordBatch {
  std::string packed;             // producers, hours and records, in MessagePack
  std::vector<core::Hour> hours;  // each once, in the order in which the records name them
  cluster::LogTime time{0};       // the highest of any record
  std::string last_record;        // empty: there is no well-formed one
};

RecordBatch pack_records(std::span<const cluster::Record> records);

}  // namespace hourglass::adapters
