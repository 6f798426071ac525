#include "adapters/kafka/producer_client.hpp"

#include <array>

#include <sys/random.h>

namespace hourglass::adapters {
namespace {

using cluster::Remedy;

/// Marks the topic of dead letters: what librdkafka keeps with a topic for its owner.
constexpr char kDeadLetterMark = 0;

/// 64 random bits that are not all zero.
cluster::StoreResult<cluster::BootId> draw_boot_id() {
  std::uint64_t bits = 0;
  while (bits == 0)
    if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
      return cluster::store_fault(Remedy::person, "the system gives no random bits");
  return cluster::BootId{bits};
}

KafkaProperties producer_properties(const KafkaSettings& settings) {
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"linger.ms", "1"},
          {"compression.codec", "lz4"},
          {"message.timeout.ms", std::to_string(settings.limits.message.count())},
          {"request.timeout.ms", std::to_string(settings.limits.request.count())},
          {"socket.nagle.disable", "true"},
          {"queue.buffering.max.messages", std::to_string(settings.queue_records)},
          {"queue.buffering.max.kbytes", std::to_string(settings.queue_kibibytes)},
          {"statistics.interval.ms", std::to_string(settings.limits.statistics.count())},
          {"reconnect.backoff.max.ms", "1000"}};
}

rd_kafka_vu_t of_topic(rd_kafka_topic_t* topic) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_RKT;
  field.u.rkt = topic;
  return field;
}

rd_kafka_vu_t of_number(rd_kafka_vtype_t type, std::int32_t number) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  field.u.i32 = number;
  return field;
}

rd_kafka_vu_t of_flags(int flags) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  field.u.i = flags;
  return field;
}

/// librdkafka copies the bytes and does not write to them; its interface has no const.
rd_kafka_vu_t of_bytes(rd_kafka_vtype_t type, const std::string& bytes) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  field.u.mem.ptr = const_cast<char*>(bytes.data());
  field.u.mem.size = bytes.size();
  return field;
}

rd_kafka_vu_t of_header(const char* name, const char* value, std::size_t size) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_HEADER;
  field.u.header.name = name;
  field.u.header.val = value;
  field.u.header.size = static_cast<ssize_t>(size);
  return field;
}

rd_kafka_vu_t of_token(std::uint64_t token) {
  rd_kafka_vu_t field{};
  field.vtype = RD_KAFKA_VTYPE_OPAQUE;
  field.u.ptr = reinterpret_cast<void*>(token);  // comes back with the report, and is not followed
  return field;
}

}  // namespace

cluster::StoreResult<std::shared_ptr<ProducerClient>> ProducerClient::make(const KafkaSettings& settings,
                                                                           ports::Log& log) {
  const auto boot = draw_boot_id();
  if (!boot)
    return tl::unexpected(boot.error());
  auto conf = kafka_conf(settings, producer_properties(settings), log);
  if (!conf)
    return tl::unexpected(std::move(conf.error()));
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
  auto client = kafka_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client)
    return tl::unexpected(std::move(client.error()));

  std::shared_ptr<ProducerClient> made(new ProducerClient(std::move(*client), settings.partitions));
  made->boot_ = *boot;
  auto topic = kafka_topic(made->client_.get(), settings.topic);
  if (!topic)
    return tl::unexpected(std::move(topic.error()));
  made->topic_ = std::move(*topic);
  rd_kafka_topic_conf_t* marked = rd_kafka_default_topic_conf_dup(made->client_.get());
  rd_kafka_topic_conf_set_opaque(marked, const_cast<char*>(&kDeadLetterMark));
  made->dead_letter_topic_.reset(
      rd_kafka_topic_new(made->client_.get(), settings.dead_letter_topic.c_str(), marked));  // takes `marked`
  if (made->dead_letter_topic_ == nullptr)
    return kafka_fault(settings, "the topic " + settings.dead_letter_topic, rd_kafka_last_error(),
                       Remedy::person);
  return made;
}

ProducerClient::ProducerClient(KafkaClient client, std::uint32_t partitions)
    : client_(std::move(client)),
      events_(rd_kafka_queue_get_main(client_.get())),
      last_sequences_(partitions) {}

cluster::EventIdentity ProducerClient::next_identity(cluster::Partition partition) {
  return {boot_, last_sequences_[partition.value()].fetch_add(1, std::memory_order_relaxed) + 1};
}

bool ProducerClient::hand_over(const rd_kafka_vu_t* fields, std::size_t count) {
  unreported_.fetch_add(1);  // before: the report may come first
  const KafkaError error(rd_kafka_produceva(client_.get(), fields, count));
  if (error != nullptr)
    unreported_.fetch_sub(1);
  return error == nullptr;
}

bool ProducerClient::produce(cluster::Partition partition, const cluster::RecordBytes& record,
                             std::uint64_t token) {
  std::array<rd_kafka_vu_t, 8> fields{
      of_topic(topic_.get()),
      of_number(RD_KAFKA_VTYPE_PARTITION, static_cast<std::int32_t>(partition.value())),
      of_flags(RD_KAFKA_MSG_F_COPY),
      of_bytes(RD_KAFKA_VTYPE_KEY, record.key),
      of_bytes(RD_KAFKA_VTYPE_VALUE, record.value),
      of_token(token),
      of_header(cluster::kIdentityHeader.data(), record.identity.data(), record.identity.size()),
      of_header(cluster::kKeyHeader.data(), record.key_digest.data(), record.key_digest.size())};
  return hand_over(fields.data(), record.key_digest.empty() ? fields.size() - 1 : fields.size());
}

bool ProducerClient::produce_dead_letter(const ForeignRecord& record) {
  std::vector<rd_kafka_vu_t> fields{of_topic(dead_letter_topic_.get()), of_flags(RD_KAFKA_MSG_F_COPY)};
  if (record.key)
    fields.push_back(of_bytes(RD_KAFKA_VTYPE_KEY, *record.key));
  if (record.value)
    fields.push_back(of_bytes(RD_KAFKA_VTYPE_VALUE, *record.value));
  for (const auto& [name, value] : record.headers)
    fields.push_back(of_header(name.c_str(), value ? value->data() : nullptr, value ? value->size() : 0));
  return hand_over(fields.data(), fields.size());
}

KafkaOwned<rd_kafka_event_t> ProducerClient::next_event(std::chrono::milliseconds wait) {
  return KafkaOwned<rd_kafka_event_t>(rd_kafka_queue_poll(events_.get(), milliseconds_of(wait)));
}

bool ProducerClient::is_dead_letter(const rd_kafka_message_t& message) const {
  return message.rkt != nullptr && rd_kafka_topic_opaque(message.rkt) == &kDeadLetterMark;
}

void ProducerClient::purge(bool also_sent) {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING |
                                    (also_sent ? RD_KAFKA_PURGE_F_INFLIGHT : 0));
}

}  // namespace hourglass::adapters
