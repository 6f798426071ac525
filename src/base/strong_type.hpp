#pragma once

#include <compare>

namespace hourglass::base {

/// A number that must not be mixed with other numbers: an hour is not a sequence. `Tag` only tells the
/// types apart. Ordered and comparable; arithmetic is written out on value() where it makes sense.
template <typename Number, typename Tag>
class StrongType {
 public:
  constexpr StrongType() = default;
  constexpr explicit StrongType(Number value) : value_(value) {}

  [[nodiscard]] constexpr Number value() const { return value_; }

  friend constexpr auto operator<=>(const StrongType&, const StrongType&) = default;

 private:
  Number value_{};
};

}  // namespace hourglass::base
