// Whatever bytes stand for a block, expanding and decoding them ends well and stays inside its bounds; the
// events that are decoded are in order and survive encoding, compressing and expanding. The first two bytes
// say how large the block claims to be before compression.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "engine/events/event_block.hpp"

using hourglass::fuzz::check;
namespace core = hourglass::core;
namespace engine = hourglass::engine;

namespace {

/// The events of a block; nothing where the bytes are not one.
std::optional<std::vector<engine::KeptEvent>> decode(std::string_view block) {
  engine::EventBlockDecoder decoder(block);
  std::vector<engine::KeptEvent> events;
  for (engine::KeptEvent event{}; decoder.next(event);) {
    check(core::hour_of(event.timestamp) == decoder.hour(), "an event is of its hour");
    check(!event.user.empty() && event.user.size() <= core::User::kMaxBytes, "a user has a name");
    if (!events.empty()) {
      const core::Hour before = core::hour_of(events.back().timestamp);
      check(before < decoder.hour() || (before == decoder.hour() && events.back().sequence < event.sequence),
            "events come by hour and sequence");
    }
    events.push_back(event);
  }
  engine::KeptEvent none{};
  check(!decoder.next(none), "the end stays the end");
  return decoder.failed() ? std::nullopt : std::optional(events);
}

void check_block(std::string_view block) {
  const auto events = decode(block);
  if (!events)
    return;
  engine::EventBlockEncoder encoder;
  std::size_t count = 0;
  for (; count < events->size() && encoder.has_room(); ++count)
    encoder.add((*events)[count]);
  check(encoder.event_count() == count, "events are counted");
  const std::string encoded = encoder.take();
  check(encoded.size() <= engine::kMaxBlockBytes, "a block keeps its bound");
  check(decode(encoded) == std::vector(events->begin(), events->begin() + static_cast<std::ptrdiff_t>(count)),
        "what was decoded survives encoding");
  const std::string stored = engine::compress_block(encoded);
  check(stored.size() <= encoded.size(), "storing never takes more");
  check(engine::expand_block(stored, encoded.size()) == encoded, "a stored block reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t claimed = data[0] + std::size_t{256} * data[1] + 1;
  check_block(bytes);
  if (const auto block = engine::expand_block(bytes, claimed)) {
    check(block->size() == claimed, "a block has the size that was claimed");
    check_block(*block);
  }
  return 0;
}
