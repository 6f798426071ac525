#pragma once

#include "adapters/influxdb/influx_settings.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters::influxdb {

/// Whether the database can be the cold store: it answers, is of version 1 or 2, and keeps what is in the
/// bucket for ever. Of 1.x the database is made where there is none. What is wrong with something that
/// answers is for a person to mend, and names the setting concerned.
cluster::StoreResult<void> check_influx(const InfluxSettings& settings);

}  // namespace hourglass::adapters::influxdb
