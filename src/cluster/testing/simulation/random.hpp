#pragma once

#include <cstdint>
#include <utility>

namespace hourglass::cluster::simulation {

/// Numbers that follow from a seed alone (splitmix64): quick to begin with, the same with every library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31U);
  }

  /// From 0 to limit - 1.
  std::uint64_t below(std::uint64_t limit) { return ((bits() >> 32U) * limit) >> 32U; }

  /// From first to last.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first + 1)));
  }

  /// True in so many of a hundred cases.
  bool percent(std::uint64_t chance) { return below(100) < chance; }

  template <typename Container>
  auto& pick(Container& container) {
    return container[below(container.size())];
  }

  template <typename Container>
  void shuffle(Container& container) {
    for (std::size_t left = container.size(); left > 1; --left)
      std::swap(container[left - 1], container[below(left)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace hourglass::cluster::simulation
