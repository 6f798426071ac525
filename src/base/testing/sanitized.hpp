#pragma once

namespace hourglass::base {

/// Whether the program is built with a sanitizer, under which everything takes some ten times as long. Tests
/// that try every case of many then try some.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace hourglass::base
