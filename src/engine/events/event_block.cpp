#include "engine/events/event_block.hpp"

#include <utility>

#include <zstd.h>

namespace hourglass::engine {
namespace {

/// zstd's own default: higher levels take several times as long and save a few hundredths.
constexpr int kCompressionLevel = 3;

constexpr std::size_t kMaxSectionHead = 4 + 3;                         // hour, number of events
constexpr std::size_t kMaxEvent = 10 + 4 + 2 + core::User::kMaxBytes;  // sequence, timestamp, user
constexpr std::size_t kMaxAddition =
    2 * kMaxSectionHead + kMaxEvent;  // of the section that ends, and a new one

constexpr core::Hour kMaxHour = core::hour_of(core::kMaxTimestamp);
constexpr std::uint64_t kImpressionBit = 1;

template <typename Number>
std::uint64_t encode_difference(Number value, Number previous) {
  return zigzag(static_cast<std::int64_t>(value.value() - previous.value()));
}

template <typename Number>
Number decode_difference(std::uint64_t encoded, Number previous) {
  return Number{previous.value() + static_cast<std::uint64_t>(unzigzag(encoded))};
}

}  // namespace

bool EventBlockEncoder::has_room() const {
  return sections_.size() + events_.size() + kMaxAddition <= kMaxBlockBytes;
}

void EventBlockEncoder::add(const KeptEvent& event) {
  const core::Hour hour = core::hour_of(event.timestamp);
  if (empty() || hour != hour_) {
    end_section();
    hour_ = hour;
    previous_timestamp_ = core::begin_of(hour);
    if (empty())
      first_hour_ = hour;
  }
  append_varint(events_, encode_difference(event.sequence, previous_sequence_));
  append_varint(events_, encode_difference(event.timestamp, previous_timestamp_));
  append_varint(events_, event.user.size() * 2 + (event.kind == core::Kind::impression ? kImpressionBit : 0));
  events_ += event.user;
  previous_sequence_ = event.sequence;
  previous_timestamp_ = event.timestamp;
  ++event_count_;
  ++events_in_hour_;
}

void EventBlockEncoder::end_section() {
  if (events_in_hour_ == 0)
    return;
  append_varint(sections_, hour_.value() - previous_hour_.value());
  append_varint(sections_, events_in_hour_);
  sections_ += events_;
  events_.clear();
  events_in_hour_ = 0;
  previous_hour_ = hour_;
}

std::string EventBlockEncoder::take() {
  end_section();
  return std::move(sections_);
}

bool EventBlockDecoder::next(KeptEvent& event) {
  if (failed_ || (left_in_hour_ == 0 && reader_.at_end()))
    return false;
  if (left_in_hour_ == 0 && !begin_section())
    return fail();
  event.sequence = decode_difference(reader_.varint(), previous_sequence_);
  event.timestamp = decode_difference(reader_.varint(), previous_timestamp_);
  const std::uint64_t user = reader_.varint();
  event.kind = (user & kImpressionBit) != 0 ? core::Kind::impression : core::Kind::click;
  event.user = reader_.bytes(user / 2);
  const bool in_order = first_of_hour_ || event.sequence > previous_sequence_;
  if (reader_.failed() || event.user.empty() || event.user.size() > core::User::kMaxBytes || !in_order ||
      core::hour_of(event.timestamp) != hour_ || event.timestamp > core::kMaxTimestamp)
    return fail();
  previous_sequence_ = event.sequence;
  previous_timestamp_ = event.timestamp;
  first_of_hour_ = false;
  --left_in_hour_;
  return true;
}

bool EventBlockDecoder::begin_section() {
  const bool is_first = first_section_;
  const std::uint64_t step = reader_.varint();
  left_in_hour_ = reader_.varint();
  if (reader_.failed() || left_in_hour_ == 0 || step > kMaxHour.value() - hour_.value() ||
      (step == 0 && !is_first))
    return false;
  first_section_ = false;
  hour_ = core::Hour{hour_.value() + step};
  previous_timestamp_ = core::begin_of(hour_);
  first_of_hour_ = true;
  return true;
}

bool EventBlockDecoder::fail() {
  failed_ = true;
  return false;
}

std::string compress_block(const std::string& block) {
  std::string stored(ZSTD_compressBound(block.size()), '\0');
  const std::size_t size =
      ZSTD_compress(stored.data(), stored.size(), block.data(), block.size(), kCompressionLevel);
  // Whatever keeps zstd from compressing, memory for example, need not keep the block from being stored.
  if (ZSTD_isError(size) != 0 || size >= block.size())
    return block;
  stored.resize(size);
  return stored;
}

std::optional<std::string> expand_block(std::string_view stored, std::size_t block_size) {
  if (block_size > kMaxBlockBytes || stored.size() > block_size)
    return std::nullopt;
  if (stored.size() == block_size)
    return std::string(stored);
  std::string block(block_size, '\0');
  if (ZSTD_decompress(block.data(), block.size(), stored.data(), stored.size()) != block_size)
    return std::nullopt;
  return block;
}

}  // namespace hourglass::engine
