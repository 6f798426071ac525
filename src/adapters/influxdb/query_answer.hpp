#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters::influxdb {

/// A value of a row: nothing where it is null, or a number that is no integer of 64 bits with its sign.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string_view>;

/// A row of an answer to InfluxQL; what it points at outlives the call only.
struct Row {
  std::size_t statement = 0;      // of the query, from 0, that it answers
  std::string_view tag;           // what the tag is by which the query groups; empty where it does not
  std::span<const Value> values;  // in the order of the query; the time comes first

  /// None where the value is another one, or there are fewer.
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t column) const;
  [[nodiscard]] std::optional<std::string_view> text(std::size_t column) const;
};

/// Takes a row; false where it is not what was asked for.
using RowSink = std::function<bool(const Row&)>;

/// Reads the body of a 200 to /query with chunked=true: a JSON text a line. What it says of a failure becomes
/// one, and so does a body that is none of InfluxDB's, or not all of it: each of the statements has to be
/// answered, in their order. Rows may have gone to the sink by then.
cluster::StoreResult<void> read_rows(std::string_view body, const RowSink& sink, std::size_t statements = 1);

/// The sentence of an error answer, `{"error":"..."}` or `{"message":"..."}`, for people; what the body
/// begins with where it is none.
std::string error_text(std::string_view body);

/// What the API of 2.x says of a bucket.
struct BucketFacts {
  bool exists = false;
  std::int64_t retention_seconds = 0;  // 0: for ever
};

/// Reads the body of a 200 to /api/v2/buckets; none where it is no such answer.
std::optional<BucketFacts> read_bucket(std::string_view body, std::string_view name);

}  // namespace hourglass::adapters::influxdb
