#include "engine/hours/unique_users.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "engine/hours/hour_run_cursor.hpp"

namespace hourglass::engine {
namespace {

/// So many users, or fewer, are counted at a time: their set stays in the cache of a core.
constexpr std::uint64_t kUsersAtATime = 32'768;

struct AsItIs {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t hash) const noexcept { return hash; }
};
using Set = boost::unordered_flat_set<std::uint64_t, AsItIs>;

/// The users of one hour from one place, in ascending order.
class Source {
 public:
  explicit Source(std::vector<std::uint64_t> sorted) : users_(std::move(sorted)) {}
  Source(HourRunCursor cursor, std::vector<std::uint64_t> users)
      : cursor_(std::move(cursor)), users_(std::move(users)) {}

  /// Puts every user up to `last` into the set, without its upper `shift` bits: they are the same for all.
  StoreResult<void> take_up_to(std::uint64_t last, unsigned shift, Set& set) {
    while (!users_.empty()) {
      for (; next_ < users_.size() && users_[next_] <= last; ++next_)
        set.insert(users_[next_] << shift);
      if (next_ < users_.size() || !cursor_)
        return {};
      auto more = cursor_->next_users();
      if (!more)
        return base::unexpected(more.error());
      users_ = std::move(*more);
      next_ = 0;
    }
    return {};
  }

 private:
  std::optional<HourRunCursor> cursor_;
  std::vector<std::uint64_t> users_;
  std::size_t next_ = 0;
};

StoreResult<std::vector<Source>> open_sources(HourUsers& users) {
  std::vector<Source> sources;
  for (auto& unsaved : users.unsaved) {
    std::sort(unsaved.begin(), unsaved.end());
    sources.emplace_back(std::move(unsaved));
  }
  for (const core::Hour hour : users.hours) {
    for (const auto& run : *users.runs) {
      if (hour < run->first_hour() || run->last_hour() < hour)
        continue;
      HourRunCursor cursor(run);
      const auto found = cursor.seek(hour);
      if (!found)
        return base::unexpected(found.error());
      if (!*found || cursor.hour() != hour)
        continue;
      auto first = cursor.next_users();
      if (!first)
        return base::unexpected(first.error());
      if (!first->empty())
        sources.emplace_back(std::move(cursor), std::move(*first));
    }
  }
  return sources;
}

}  // namespace

StoreResult<std::uint64_t> count_unique_users(HourUsers users) {
  auto sources = open_sources(users);
  if (!sources)
    return base::unexpected(sources.error());
  // Hashes are uniform, so equal shares of their range hold about equally many users.
  const auto parts_wanted = std::max<std::uint64_t>(2, users.at_most / kUsersAtATime);
  const unsigned shift = static_cast<unsigned>(std::bit_width(parts_wanted - 1));
  std::uint64_t count = 0;
  Set set;
  for (std::uint64_t part = 0; part < (1ULL << shift); ++part) {
    const std::uint64_t last = ((part + 1) << (64 - shift)) - 1;
    set.clear();
    for (Source& source : *sources) {
      if (auto taken = source.take_up_to(last, shift, set); !taken)
        return base::unexpected(taken.error());
    }
    count += set.size();
  }
  return count;
}

}  // namespace hourglass::engine
