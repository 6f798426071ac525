#include "adapters/influxdb/paged_selection.hpp"

namespace hourglass::adapters::influxdb {

std::string page_statement(const Selection& selection, std::int64_t from) {
  std::string statement = "SELECT " + selection.columns + " FROM \"" + std::string(selection.measurement) +
                          "\" WHERE " + selection.condition + " AND time >= " + std::to_string(from) +
                          " AND time < " + std::to_string(selection.range.to);
  if (!selection.grouping.empty())
    statement += " GROUP BY " + std::string(selection.grouping);
  return statement + " LIMIT " + std::to_string(kPageRows);
}

}  // namespace hourglass::adapters::influxdb
