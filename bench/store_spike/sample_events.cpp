#include "store_spike/sample_events.hpp"

namespace hourglass::store_spike {

SampleEvent sample_event(std::uint64_t index) {
  SampleEvent event{core::Timestamp{kFirstTimestamp + index % 1000},
                    "user-" + std::to_string(10'000'000 + index), std::nullopt};
  if (index % 2 == 0)
    event.key = core::siphash128(kHashKey, event.user, "key");
  return event;
}

std::string encode_commit(std::span<const SampleEvent> events, std::uint64_t first_sequence) {
  engine::CommitEncoder encoder(engine::Sequence{first_sequence}, core::Timestamp{kFirstTimestamp});
  for (const SampleEvent& event : events)
    encoder.add_event({event.timestamp, core::Kind::click, event.user, event.key});
  return encoder.take();
}

}  // namespace hourglass::store_spike
