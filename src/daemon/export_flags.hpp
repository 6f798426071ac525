#pragma once

#include <CLI/CLI.hpp>

#include "daemon/export_arguments.hpp"

namespace hourglass::daemon {

/// Adds the flags of `hourglass export` to a command; the parser then writes into `arguments`.
void add_export_flags(CLI::App& command, ExportArguments& arguments);

}  // namespace hourglass::daemon
