#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/log/record.hpp"
#include "cluster/stores/partition_store.hpp"

namespace hourglass::adapters {

/// 16 hexadecimal digits.
std::string boot_text(cluster::BootId boot);

/// "offset boot sequence", as meta holds it; nothing of any other text.
std::string last_record_text(const cluster::LastRecord& last);
std::optional<cluster::LastRecord> parse_last_record(std::string_view text);

/// The 16 bytes of a digest.
inline std::string_view bytes_of(const cluster::KeyDigest& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace hourglass::adapters
