#pragma once

#include "base/error.hpp"

namespace hourglass::http {

/// The status code that an error is answered with.
int status_of(base::ErrorCode code);

}  // namespace hourglass::http
