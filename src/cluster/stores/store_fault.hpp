#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace hourglass::cluster {

/// What is to be done about a store that did not do as asked.
enum class Remedy : std::uint8_t {
  retry,   // it is dead, hangs, or cut the connection: whether it did as asked is not known
  person,  // it refuses, and will go on refusing until somebody mends it
};

/// A failure of Redis, the cold store or the log, as a value. The message is for the operator: which server,
/// what was asked, what it said.
struct StoreFault {
  Remedy remedy = Remedy::retry;
  std::string message;
};

template <typename T>
using StoreResult = base::Expected<T, StoreFault>;

inline tl::unexpected<StoreFault> store_fault(Remedy remedy, std::string message) {
  return tl::unexpected<StoreFault>(StoreFault{remedy, std::move(message)});
}

}  // namespace hourglass::cluster
