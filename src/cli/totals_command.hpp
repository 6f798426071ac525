#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/server/server_client.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

enum class TotalsFormat { table, csv, json };

struct TotalsOptions {
  std::vector<std::string> when;  // as cli/when.hpp reads them
  std::optional<std::string> from;
  std::optional<std::string> to;
  TotalsFormat format = TotalsFormat::table;
  std::string server{kDefaultServer};
};

/// `hourglass totals`: asks a server for the totals of hours and writes a row for each. Returns the exit
/// code.
int show_totals(const TotalsOptions& options, core::Timestamp now, const Output& output);

}  // namespace hourglass::cli
