#include "adapters/kafka/message_reading.hpp"

namespace hourglass::adapters {
namespace {

std::string_view view_of(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size};
}

std::optional<std::string> copy_of(const void* bytes, std::size_t size) {
  if (bytes == nullptr)
    return std::nullopt;
  return std::string(static_cast<const char*>(bytes), size);
}

/// Calls `take(name, bytes, size)` for each header.
template <typename Take>
void for_each_header(const rd_kafka_message_t& message, const Take& take) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  const char* name = nullptr;
  const void* bytes = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    take(name, bytes, size);
}

}  // namespace

cluster::LogTime append_time(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t time = rd_kafka_message_timestamp(&message, &type);
  return cluster::LogTime{type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? time : 0};
}

cluster::Record MessageReading::record_of(const rd_kafka_message_t& message) {
  cluster::Record record{cluster::Offset{message.offset}, append_time(message), std::nullopt};
  if (message.key == nullptr || message.payload == nullptr)
    return record;
  headers_.clear();
  for_each_header(message, [&](const char* name, const void* bytes, std::size_t size) {
    headers_.push_back({name, view_of(bytes, size)});
  });
  record.event =
      decoder_.decode(view_of(message.key, message.key_len), view_of(message.payload, message.len), headers_);
  return record;
}

ForeignRecord foreign_record_of(const rd_kafka_message_t& message) {
  ForeignRecord foreign{cluster::Partition{static_cast<std::uint32_t>(message.partition)},
                        cluster::Offset{message.offset},
                        copy_of(message.key, message.key_len),
                        copy_of(message.payload, message.len),
                        {}};
  for_each_header(message, [&](const char* name, const void* bytes, std::size_t size) {
    foreign.headers.emplace_back(name, copy_of(bytes, size));
  });
  return foreign;
}

}  // namespace hourglass::adapters
