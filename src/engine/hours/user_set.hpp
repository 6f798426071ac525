#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

namespace hourglass::engine {

/// The exact set of the users of one hour, as hashes. It begins as one flat table; when that has grown it is
/// split into 256, so that no later growth moves more than 1/256 of the users while the writer waits.
/// One thread at a time.
class UserSet {
 public:
  /// Returns whether the user was new.
  bool insert(std::uint64_t user_hash);

  [[nodiscard]] bool contains(std::uint64_t user_hash) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  /// The hashes are uniform already (SipHash); the table takes them as they are.
  struct AsItIs {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t hash) const noexcept { return hash; }
  };
  using Table = boost::unordered_flat_set<std::uint64_t, AsItIs>;

  static constexpr std::size_t kTableCount = 256;
  static constexpr std::size_t kSplitSize =
      16'384;  // users; rehashing so many takes well below a millisecond

  /// Boost's table takes a place from the highest bits of a hash and a tag from the lowest eight. The table
  /// is chosen by bits between those: equal high bits would put all users of a table into one corner of it.
  static std::size_t table_of(std::uint64_t user_hash) { return (user_hash >> 16) % kTableCount; }

  void split();

  Table small_;               // all users, until there are kSplitSize
  std::vector<Table> split_;  // after that: kTableCount tables
  std::uint64_t size_ = 0;
};

}  // namespace hourglass::engine
