#pragma once

#include <span>
#include <string>

#include "daemon/setting.hpp"

namespace hourglass::daemon {

/// The manual page hourglass(1) as roff, of the commands that the command line knows and of the settings in
/// the table. Nothing in it changes from one day, or one machine, to the next. A pure function.
std::string man_page(std::span<const Setting> table);

}  // namespace hourglass::daemon
