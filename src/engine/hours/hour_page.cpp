#include "engine/hours/hour_page.hpp"

#include <algorithm>
#include <bit>

#include "engine/checksum.hpp"

namespace hourglass::engine {
namespace {

constexpr std::size_t kChecksumSize = 8;
constexpr std::size_t kBodySize = kHourPageSize - kChecksumSize;

constexpr std::uint8_t kGroupFlag = 0x01;  // every group has it: a zero byte ends the groups
constexpr std::uint8_t kBeginsFlag = 0x02;

/// More than a group can take without its users: flags, hour, three totals, count, first hash, width.
constexpr std::size_t kLargestGroupHead = 1 + 10 + 3 * 10 + 2 + 8 + 1;

/// Distances are read eight bytes at a time, from any bit of the first: so they have at most this many bits,
/// or exactly 64 and begin at a whole byte.
constexpr unsigned kWidestUnaligned = 56;

/// The bits in which a distance is kept.
unsigned bits_of(std::uint64_t distance) {
  const auto bits = static_cast<unsigned>(std::bit_width(distance));
  return bits > kWidestUnaligned ? 64 : std::max(1U, bits);
}

/// The bytes that some distances take together.
std::size_t packed_size(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

/// Appends the distances between neighbours, `width` bits each, the least significant bit first.
void append_distances(std::string& out, const std::vector<std::uint64_t>& users, unsigned width) {
  const std::size_t begin = out.size();
  const std::size_t size = packed_size(users.size() - 1, width);
  out.resize(begin + size + sizeof(std::uint64_t), '\0');
  for (std::size_t i = 1; i < users.size(); ++i) {
    const std::size_t bit = (i - 1) * width;
    const std::uint64_t shifted = (users[i] - users[i - 1]) << (bit % 8);
    char* place = out.data() + begin + bit / 8;
    for (unsigned byte = 0; byte < sizeof(shifted); ++byte)
      place[byte] = static_cast<char>(place[byte] | static_cast<char>(shifted >> (8 * byte)));
  }
  out.resize(begin + size);
}

}  // namespace

std::size_t HourPageBuilder::room() const {
  std::size_t used = body_.size();
  if (group_)
    used += kLargestGroupHead + packed_size(group_->users.size(), group_->width);
  return used < kBodySize ? kBodySize - used : 0;
}

bool HourPageBuilder::begin_hour(core::Hour hour, const core::Totals& totals) {
  if (room() < kLargestGroupHead + 1)
    return false;
  end_group();
  if (body_.empty())
    first_key_ = {hour, 0};
  hour_ = hour;
  group_ = Group{true, totals, {}, 0};
  return true;
}

bool HourPageBuilder::add_user(std::uint64_t hash) {
  if (!group_) {  // the hour goes on from the page before
    first_key_ = {hour_, hash};
    group_ = Group{};
  }
  if (!group_->users.empty()) {
    const unsigned width = std::max(group_->width, bits_of(hash - group_->users.back()));
    if (body_.size() + kLargestGroupHead + packed_size(group_->users.size(), width) > kBodySize)
      return false;
    group_->width = width;
  }
  group_->users.push_back(hash);
  return true;
}

void HourPageBuilder::end_group() {
  if (!group_)
    return;
  body_.push_back(static_cast<char>(group_->begins ? kGroupFlag | kBeginsFlag : kGroupFlag));
  append_varint(body_, hour_.value() - previous_hour_.value());
  previous_hour_ = hour_;
  if (group_->begins) {
    append_varint(body_, group_->totals.unique_users);
    append_varint(body_, group_->totals.clicks);
    append_varint(body_, group_->totals.impressions);
  }
  const auto& users = group_->users;
  append_varint(body_, users.size());
  if (!users.empty())
    append_fixed(body_, users.front());
  if (users.size() > 1) {
    body_.push_back(static_cast<char>(group_->width));
    append_distances(body_, users, group_->width);
  }
  group_.reset();
}

std::string HourPageBuilder::take(std::uint64_t seed) {
  end_group();
  std::string page = std::move(body_);
  body_.clear();
  previous_hour_ = core::Hour{0};
  page.resize(kBodySize, '\0');
  append_fixed(page, checksum(page, seed));
  return page;
}

HourPageReader::HourPageReader(std::string_view page) : reader_(page.substr(0, kBodySize)) {}

std::optional<HourGroup> HourPageReader::next() {
  if (failed_ || reader_.rest().empty() || reader_.rest().front() == '\0')
    return std::nullopt;
  const auto flags = reader_.fixed<std::uint8_t>();
  hour_ += reader_.varint();
  HourGroup group;
  group.hour = core::Hour{hour_};
  group.begins = (flags & kBeginsFlag) != 0;
  if (group.begins) {
    group.totals.unique_users = reader_.varint();
    group.totals.clicks = reader_.varint();
    group.totals.impressions = reader_.varint();
  }
  group.count = reader_.varint();
  if (group.count > 0)
    group.first = reader_.fixed<std::uint64_t>();
  if (group.count > 1) {
    group.width = reader_.fixed<std::uint8_t>();
    const bool sensible = group.width >= 1 && (group.width <= kWidestUnaligned || group.width == 64) &&
                          group.count <= 8 * kHourPageSize;
    const std::size_t size = packed_size(group.count - 1, group.width);
    group.distances = reader_.bytes(sensible ? size : kHourPageSize).data();
  }
  failed_ = reader_.failed() || (flags & ~(kGroupFlag | kBeginsFlag)) != 0 || (flags & kGroupFlag) == 0;
  if (failed_)
    return std::nullopt;
  return group;
}

bool is_whole_hour_page(std::string_view page, std::uint64_t seed) {
  return page.size() == kHourPageSize &&
         checksum(page.substr(0, kBodySize), seed) == read_fixed<std::uint64_t>(page, kBodySize);
}

}  // namespace hourglass::engine
