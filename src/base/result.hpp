#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace hourglass::base {

/// A value, or a failure of the given type.
template <typename T, typename Failure>
using Expected = tl::expected<T, Failure>;

/// Makes the failed side of an Expected.
template <typename Failure>
tl::unexpected<Failure> unexpected(Failure failure) {
  return tl::unexpected<Failure>(std::move(failure));
}

/// A value or the reason why there is none.
template <typename T>
using Result = Expected<T, Error>;

/// Makes the failed side of a Result: `return fail(ErrorCode::invalid_user, "user is empty");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Hands the failure of one Result on as the failure of another.
template <typename T>
tl::unexpected<Error> failure_of(Result<T>&& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

/// Why a part of the program could not start: one sentence for the operator that names the file, address or
/// setting concerned.
struct StartFailure {
  std::string message;
};

template <typename T>
using StartResult = Expected<T, StartFailure>;

inline tl::unexpected<StartFailure> fail_start(std::string message) {
  return tl::unexpected<StartFailure>(StartFailure{std::move(message)});
}

}  // namespace hourglass::base
