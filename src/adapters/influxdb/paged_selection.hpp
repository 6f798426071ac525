#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/influxdb/influx_connection.hpp"
#include "adapters/influxdb/point_lines.hpp"

namespace hourglass::adapters::influxdb {

/// Points of one measurement in one range of time.
struct Selection {
  std::string columns;  // as InfluxQL has them
  std::string_view measurement;
  std::string condition;  // beside the one on the time
  TimeRange range;
  std::string_view grouping;  // by time; empty: none
};

/// The most rows that are asked for at once, which bounds the time and the memory that an answer takes.
inline constexpr std::size_t kPageRows = 50'000;

std::string page_statement(const Selection& selection, std::int64_t from);

/// Reads what may be of any size, page by page, in the order of time. `read` makes a point of a row, or
/// nothing where the row is none.
template <typename Read>
auto select_all(InfluxConnection& connection, const Selection& selection, const Read& read)
    -> cluster::StoreResult<std::vector<typename decltype(read(Row{}))::value_type>> {
  std::vector<typename decltype(read(Row{}))::value_type> points;
  std::int64_t from = selection.range.from;
  while (true) {
    std::size_t rows = 0;
    std::int64_t last_time = from;
    std::size_t before_last = points.size();  // how many points are earlier than last_time
    auto page = connection.query(page_statement(selection, from), [&](const Row& row) {
      const auto time = row.integer(0);
      auto point = read(row);
      if (!time || !point || *time < last_time)
        return false;
      if (*time > last_time)
        before_last = points.size();
      last_time = *time;
      points.push_back(*std::move(point));
      ++rows;
      return true;
    });
    if (!page)
      return tl::unexpected(std::move(page.error()));
    if (rows < kPageRows)
      return points;
    if (last_time == from)
      return connection.named({cluster::Remedy::person, "holds more points of one time than there can be"});
    // Others of the last time may not have come: all of them come again.
    points.resize(before_last);
    from = last_time;
  }
}

}  // namespace hourglass::adapters::influxdb
