#include "adapters/redis/record_batch.hpp"

#include <algorithm>
#include <map>

#include "adapters/redis/message_pack.hpp"
#include "adapters/redis/record_text.hpp"

namespace hourglass::adapters {
namespace {

constexpr std::size_t kValuesOfARecord = 8;

/// Gives each value a place, from 1 on as Lua counts, in the order in which they come.
template <typename Value>
class Places {
 public:
  std::size_t of(Value value) {
    const auto [place, is_new] = places_.try_emplace(value, values_.size() + 1);
    if (is_new)
      values_.push_back(value);
    return place->second;
  }

  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::map<Value, std::size_t> places_;
  std::vector<Value> values_;
};

void pack_event(MessagePack& packed, const cluster::Record& record, cluster::LogTime time, std::size_t boot,
                std::size_t hour) {
  const cluster::CountedEvent& event = *record.event;
  packed.number(static_cast<std::uint64_t>(record.offset.value()));
  packed.number(static_cast<std::uint64_t>(time.value()));
  packed.number(boot);
  packed.number(event.identity.sequence);
  packed.number(hour);
  packed.number(event.kind == core::Kind::click ? 1 : 0);
  packed.text(std::to_string(event.user.value()));
  packed.text(event.key ? bytes_of(*event.key) : std::string_view());
}

}  // namespace

RecordBatch pack_records(std::span<const cluster::Record> records) {
  RecordBatch batch;
  Places<cluster::BootId> boots;
  Places<core::Hour> hours;
  const auto events = static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(),
                    [](const cluster::Record& record) { return record.event.has_value(); }));
  MessagePack packed_events;
  packed_events.array(events * kValuesOfARecord);
  for (const cluster::Record& record : records) {
    if (!record.event)
      continue;
    batch.time = std::max(batch.time, record.time);
    pack_event(packed_events, record, batch.time, boots.of(record.event->identity.boot),
               hours.of(record.event->hour));
    batch.last_record = last_record_text({record.offset, record.event->identity});
  }
  MessagePack names;
  names.array(3);
  names.array(boots.values().size());
  for (const cluster::BootId boot : boots.values())
    names.text(boot_text(boot));
  names.array(hours.values().size());
  for (const core::Hour hour : hours.values())
    names.text(std::to_string(hour.value()));
  batch.packed = names.bytes() + packed_events.bytes();
  batch.hours = hours.values();
  return batch;
}

}  // namespace hourglass::adapters
