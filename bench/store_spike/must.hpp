#pragma once

#include <stdexcept>
#include <string>

#include "engine/files/file_system.hpp"
#include "engine/store_failure.hpp"
#include "rocksdb/status.h"

namespace hourglass::store_spike {

/// A measurement that cannot be made ends the program: main() prints why.
inline void must(bool succeeded, const std::string& what) {
  if (!succeeded)
    throw std::runtime_error(what);
}

inline void must(const rocksdb::Status& status) {
  must(status.ok(), status.ToString());
}

template <typename T>
T must(engine::StoreResult<T> result) {
  if (!result)
    throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>)
    return std::move(*result);
}

template <typename T>
T must(engine::IoResult<T> result) {
  if (!result)
    throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>)
    return std::move(*result);
}

}  // namespace hourglass::store_spike
