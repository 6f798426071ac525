#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hour.hpp"
#include "core/totals.hpp"
#include "engine/bytes.hpp"

namespace hourglass::engine {

/// Hours and the hashes of their users lie in pages of this many bytes: docs/formats/hours.md.
inline constexpr std::size_t kHourPageSize = 4096;

/// Users of one hour in one page, in ascending order of their hashes. Points into the page, which is whole.
struct HourGroup {
  core::Hour hour;
  bool begins = false;      // the first group of its hour: bears the totals
  core::Totals totals;      // where it begins
  std::uint64_t count = 0;  // of users
  std::uint64_t first = 0;  // the smallest hash
  unsigned width = 0;       // bits of each distance to the next hash
  const char* distances = nullptr;

  /// Calls `visit(hash)` for each user in ascending order until it returns false.
  template <typename Visit>
  void for_each(Visit visit) const {
    const std::uint64_t mask = ~0ULL >> (64 - std::max(width, 1U));
    std::uint64_t hash = first;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) {
        const std::uint64_t bit = (i - 1) * width;
        hash += load(distances + bit / 8) >> (bit % 8) & mask;
      }
      if (!visit(hash))
        return;
    }
  }

  [[nodiscard]] bool contains(std::uint64_t wanted) const {
    bool found = false;
    for_each([&](std::uint64_t hash) {
      found = hash == wanted;
      return hash < wanted;
    });
    return found;
  }

 private:
  /// Eight bytes from here on; a page has its checksum behind the last distance, so they are there.
  static std::uint64_t load(const char* bytes) { return read_fixed<std::uint64_t>({bytes, 8}, 0); }
};

/// Fills one page after another with hours in ascending order.
class HourPageBuilder {
 public:
  /// The place of a page in the order: its first hour, and the first hash, or 0 where that hour begins.
  struct Key {
    core::Hour hour;
    std::uint64_t hash = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// Begins an hour. False, and nothing done, if the page has no room for it.
  bool begin_hour(core::Hour hour, const core::Totals& totals);

  /// Adds a user of the hour begun last, with a hash above those before. False if the page has no room.
  bool add_user(std::uint64_t hash);

  [[nodiscard]] bool empty() const { return body_.empty() && !group_; }
  [[nodiscard]] const Key& first_key() const { return first_key_; }

  /// The page, ended by the checksum with this seed; the builder goes on with the next one.
  std::string take(std::uint64_t seed);

 private:
  struct Group {
    bool begins = false;
    core::Totals totals;
    std::vector<std::uint64_t> users;
    unsigned width = 0;
  };

  [[nodiscard]] std::size_t room() const;
  void end_group();

  std::string body_;
  std::optional<Group> group_;
  core::Hour hour_;           // of the group that is open, and of the users to come
  core::Hour previous_hour_;  // of the group before
  Key first_key_;
};

/// Goes through the groups of a page.
class HourPageReader {
 public:
  /// `page` has been checked.
  explicit HourPageReader(std::string_view page);

  /// Nothing at the end; also where the bytes make no sense, and then failed() is true.
  std::optional<HourGroup> next();

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  ByteReader reader_;
  std::uint64_t hour_ = 0;
  bool failed_ = false;
};

/// Whether a page is what was written.
bool is_whole_hour_page(std::string_view page, std::uint64_t seed);

}  // namespace hourglass::engine
