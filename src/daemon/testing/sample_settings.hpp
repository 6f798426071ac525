#pragma once

#include <array>
#include <limits>

#include "daemon/setting.hpp"

namespace hourglass::daemon {

/// A table with a setting of every type, for tests of what works with any table.
inline constexpr std::array kSampleSettings{
    Setting{.name = "mill.name", .type = SettingType::text, .default_text = "old", .help = "Name."},
    Setting{.name = "mill.address", .type = SettingType::address, .default_text = "::1", .help = "Place."},
    Setting{.name = "mill.sail_count",
            .type = SettingType::count,
            .default_text = "4",
            .minimum = 1,
            .maximum = 99,
            .word = "many",
            .help = "Sails."},
    Setting{.name = "grain.sack_size",
            .type = SettingType::size,
            .default_text = "1KiB",
            .minimum = 16,
            .maximum = std::int64_t{1} << 40,
            .help = "Sack."},
    Setting{.name = "grain.drying_time",
            .type = SettingType::duration,
            .default_text = "forever",
            .minimum = 10,
            .maximum = 40LL * 86'400'000,
            .word = "forever",
            .help = "Drying."},
    Setting{.name = "kind",
            .type = SettingType::choice,
            .default_text = "wind",
            .choices = "wind|water",
            .absent = "steam",
            .help = "What drives it."},
    Setting{.name = "mill.turning",
            .type = SettingType::choice,
            .default_text = "false",
            .choices = kTrueOrFalse,
            .help = "Whether it does."},
    Setting{.name = "miller.password",
            .type = SettingType::text,
            .default_text = "",
            .help = "Door.",
            .secret = true},
};

}  // namespace hourglass::daemon
