// Whatever bytes a segment holds, reading it ends well; a payload that can be decoded is encoded to itself or
// to something that means the same; and a record survives only unchanged.

#include <cstdint>
#include <string>

#include "check.hpp"
#include "engine/commit_record.hpp"
#include "engine/log_segment.hpp"

using hourglass::fuzz::check;
namespace engine = hourglass::engine;

namespace {

constexpr std::uint64_t kSeed = 1;

std::string encode(const engine::Commit& commit) {
  engine::CommitEncoder encoder(commit.first_sequence, commit.log_time);
  for (const auto& event : commit.events)
    encoder.add_event(event);
  for (const auto& key : commit.refreshed_keys)
    encoder.add_refreshed_key(key);
  return encoder.take();
}

void check_payload(std::string_view payload) {
  const auto commit = engine::decode_commit(payload);
  if (!commit)
    return;
  const std::string encoded = encode(*commit);
  const auto again = engine::decode_commit(encoded);
  check(again && again->events == commit->events && again->refreshed_keys == commit->refreshed_keys &&
            again->first_sequence == commit->first_sequence && again->log_time == commit->log_time,
        "what was decoded survives encoding");
}

void check_segment(std::string_view records) {
  const std::string content = std::string(engine::kSegmentHeaderSize, 'h') + std::string(records);
  std::uint64_t visited = 0;
  const auto scan =
      engine::scan_segment(content, engine::RecordNumber{1}, kSeed, [&](const engine::LogRecord& record) {
        check(record.number.value() == ++visited, "records come in order");
      });
  check(scan.end_offset <= content.size(), "the scan stays inside");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_payload(bytes);
  check_segment(bytes);
  const std::string record =
      engine::encode_record({engine::RecordType::commit, engine::RecordNumber{1}, bytes}, kSeed);
  const auto parsed = engine::parse_record(record, kSeed);
  check(parsed && parsed->payload == bytes, "a record reads back");
  if (size > 0) {
    std::string damaged = record;
    damaged[data[0] % damaged.size()] ^= 1;
    check(!engine::parse_record(damaged, kSeed), "a damaged record is none");
    check_segment(record + damaged);
  }
  return 0;
}
