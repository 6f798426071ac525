#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace hourglass::base {

/// A value or the reason why there is none.
template <typename T>
using Result = tl::expected<T, Error>;

/// Makes the failed side of a Result: `return fail(ErrorCode::invalid_user, "user is empty");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Hands the failure of one Result on as the failure of another.
template <typename T>
tl::unexpected<Error> failure_of(Result<T>&& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

}  // namespace hourglass::base
