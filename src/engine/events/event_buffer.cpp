#include "engine/events/event_buffer.hpp"

#include <algorithm>

namespace hourglass::engine {
namespace {

constexpr unsigned kChunkBits = 20;
constexpr std::uint64_t kChunkBytes = std::uint64_t{1} << kChunkBits;

/// Below the 27 bits of an hour there is room for 128 GiB, more than any segment can become.
constexpr unsigned kPlaceBits = 37;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;
static_assert(core::hour_of(core::kMaxTimestamp).value() >> (64 - kPlaceBits) == 0);

constexpr std::size_t kMaxEvent = 10 + 4 + 2 + core::User::kMaxBytes;

}  // namespace

void EventBuffer::add(const KeptEvent& event) {
  if (chunks_.empty())
    first_sequence_ = event.sequence;
  if (chunks_.empty() || chunks_.back().size() + kMaxEvent > kChunkBytes) {
    chunks_.emplace_back();
    chunks_.back().reserve(kChunkBytes);
  }
  std::string& chunk = chunks_.back();
  const std::uint64_t hour = core::hour_of(event.timestamp).value();
  order_.push_back(hour << kPlaceBits | (chunks_.size() - 1) << kChunkBits | chunk.size());
  append_varint(chunk, event.sequence.value() - first_sequence_.value());
  append_fixed(chunk,
               static_cast<std::uint32_t>(event.timestamp.value() - hour * core::kMillisecondsPerHour));
  append_varint(chunk, event.user.size() * 2 + static_cast<std::uint64_t>(event.kind));
  chunk += event.user;
}

void EventBuffer::sort() {
  // Where an event lies grows with its sequence.
  std::sort(order_.begin(), order_.end());
}

KeptEvent EventBuffer::at(std::uint64_t place) const {
  const std::uint64_t entry = order_[place];
  const std::uint64_t offset = entry & kPlaceMask;
  ByteReader reader(std::string_view(chunks_[offset >> kChunkBits]).substr(offset % kChunkBytes));
  KeptEvent event{};
  event.sequence = Sequence{first_sequence_.value() + reader.varint()};
  event.timestamp =
      core::Timestamp{(entry >> kPlaceBits) * core::kMillisecondsPerHour + reader.fixed<std::uint32_t>()};
  const std::uint64_t user = reader.varint();
  event.kind = static_cast<core::Kind>(user & 1);
  event.user = reader.bytes(user / 2);
  return event;
}

}  // namespace hourglass::engine
