#include "engine/hours/user_set.hpp"

namespace hourglass::engine {

bool UserSet::insert(std::uint64_t user_hash) {
  Table& table = split_.empty() ? small_ : split_[table_of(user_hash)];
  const bool is_new = table.insert(user_hash).second;
  size_ += is_new ? 1 : 0;
  if (split_.empty() && size_ == kSplitSize)
    split();
  return is_new;
}

bool UserSet::contains(std::uint64_t user_hash) const {
  const Table& table = split_.empty() ? small_ : split_[table_of(user_hash)];
  return table.contains(user_hash);
}

void UserSet::split() {
  split_.resize(kTableCount);
  for (const std::uint64_t user_hash : small_)
    split_[table_of(user_hash)].insert(user_hash);
  small_ = Table();
}

}  // namespace hourglass::engine
