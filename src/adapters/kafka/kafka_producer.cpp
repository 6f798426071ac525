#include "adapters/kafka/kafka_producer.hpp"

#include <algorithm>
#include <string_view>

namespace hourglass::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollWait{100};
constexpr milliseconds kPollWaitWithRetired{5};
constexpr std::chrono::seconds kNextAttempt{1};  // to replace a client
constexpr std::chrono::seconds kPurgeLimit{10};  // for reports of what was taken back; they need no broker
constexpr std::size_t kDeadLetterShare = 2;      // dead letters are not to fill more than half of the queue

cluster::Delivery delivery_of(const rd_kafka_message_t& message) {
  switch (rd_kafka_message_status(&message)) {
    case RD_KAFKA_MSG_STATUS_PERSISTED: return cluster::Delivery::persisted;
    case RD_KAFKA_MSG_STATUS_NOT_PERSISTED: return cluster::Delivery::not_persisted;
    case RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED: break;
  }
  return cluster::Delivery::unknown;
}

/// Whether librdkafka's statistics, which it writes without spaces, name a broker with a connection.
bool has_connection(std::string_view statistics) {
  return statistics.find(R"("state":"UP")") != std::string_view::npos;
}

double number(const std::atomic<std::uint64_t>& value) {
  return static_cast<double>(value.load(std::memory_order_relaxed));
}

}  // namespace

cluster::StoreResult<std::unique_ptr<KafkaProducer>> KafkaProducer::start(const KafkaSettings& settings,
                                                                          cluster::DeliveryListener& listener,
                                                                          ports::Log& log) {
  auto client = ProducerClient::make(settings, log);
  if (!client)
    return tl::unexpected(std::move(client.error()));
  return std::unique_ptr<KafkaProducer>(new KafkaProducer(settings, listener, log, std::move(*client)));
}

KafkaProducer::KafkaProducer(const KafkaSettings& settings, cluster::DeliveryListener& listener,
                             ports::Log& log, std::shared_ptr<ProducerClient> client)
    : settings_(settings), listener_(listener), log_(log), client_(std::move(client)), thread_([this] {
        run();
      }) {}

KafkaProducer::~KafkaProducer() {
  ending_ = true;
  thread_.join();
}

std::shared_ptr<ProducerClient> KafkaProducer::current() const {
  const std::shared_lock lock(client_mutex_);
  return client_;
}

cluster::EventIdentity KafkaProducer::next_identity(cluster::Partition partition) {
  const std::shared_lock lock(client_mutex_);
  return client_->next_identity(partition);
}

bool KafkaProducer::produce(cluster::Partition partition, const cluster::RecordBytes& record,
                            std::uint64_t token) {
  // Shared until it is handed over: a client that is replaced gets no more after that.
  const std::shared_lock lock(client_mutex_);
  return client_->produce(partition, record, token);
}

void KafkaProducer::produce_dead_letter(const ForeignRecord& record) {
  const std::shared_lock lock(client_mutex_);
  const bool is_crowded = client_->unreported() > settings_.queue_records / kDeadLetterShare;
  if (is_crowded || !client_->produce_dead_letter(record))
    failed_dead_letters_.fetch_add(1, std::memory_order_relaxed);
}

bool KafkaProducer::all_reported() const {
  return retired_clients_ == 0 && current()->unreported() == 0;
}

bool KafkaProducer::flush(steady_clock::time_point deadline) {
  std::unique_lock lock(idle_mutex_);
  return idle_.wait_until(lock, deadline, [&] { return all_reported(); });
}

void KafkaProducer::purge() {
  current()->purge(true);
}

void KafkaProducer::run() {
  while (!ending_) {
    serve(*current(), retired_.empty() ? kPollWait : kPollWaitWithRetired);
    serve_retired();
    if (fatal_ && steady_clock::now() >= next_attempt_)
      replace_current();
  }
  for (Retired& retired : retired_)
    retired.patience = {};
  purge();
  const auto limit = steady_clock::now() + kPurgeLimit;
  while (!all_reported() && steady_clock::now() < limit) {
    serve(*current(), kPollWaitWithRetired);
    serve_retired();
  }
  if (!all_reported())
    log_.write(ports::LogLevel::error, "records without a report");
}

void KafkaProducer::serve(ProducerClient& client, milliseconds wait) {
  if (const auto event = client.next_event(wait))
    take_event(client, event.get());
}

void KafkaProducer::serve_retired() {
  for (Retired& retired : retired_) {
    if (steady_clock::now() >= retired.patience) {
      retired.client->purge(true);
      retired.patience = steady_clock::time_point::max();
    }
    serve(*retired.client, milliseconds{1});
  }
  std::erase_if(retired_, [](const Retired& retired) { return retired.client->unreported() == 0; });
  if (retired_clients_.exchange(retired_.size()) != retired_.size())
    wake_flush();
}

void KafkaProducer::replace_current() {
  auto next = ProducerClient::make(settings_, log_);
  if (!next) {
    log_.write(ports::LogLevel::error, "producer not replaced", {{"reason", next.error().message}});
    next_attempt_ = steady_clock::now() + kNextAttempt;
    return;
  }
  const auto old = current();
  retired_.push_back({old, steady_clock::now() + settings_.limits.request});
  retired_clients_ = retired_.size();
  {
    const std::lock_guard lock(client_mutex_);
    client_ = std::move(*next);
  }
  fatal_ = false;
  old->purge(false);
  replacements_.fetch_add(1, std::memory_order_relaxed);
  log_.write(ports::LogLevel::warning, "producer replaced");
}

void KafkaProducer::take_event(ProducerClient& client, rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event))
        report(client, *message);
      listener_.deliveries_paused();
      if (client.unreported() == 0)
        wake_flush();
      break;
    case RD_KAFKA_EVENT_STATS:
      if (&client == client_.get())
        reachable_ = has_connection(rd_kafka_event_stats(event));
      break;
    case RD_KAFKA_EVENT_ERROR: take_error(client, event); break;
    default: break;
  }
}

void KafkaProducer::take_error(const ProducerClient& client, rd_kafka_event_t* event) {
  if (&client != client_.get())
    return;
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    reachable_ = false;
  const bool is_fatal = rd_kafka_event_error_is_fatal(event) != 0;
  fatal_ = fatal_ || is_fatal;
  log_.write(is_fatal ? ports::LogLevel::error : ports::LogLevel::warning, "Kafka producer",
             {{"error", std::string(rd_kafka_event_error_string(event))}});
}

void KafkaProducer::report(ProducerClient& client, const rd_kafka_message_t& message) {
  const cluster::Delivery delivery = delivery_of(message);
  const bool is_persisted = delivery == cluster::Delivery::persisted;
  if (is_persisted)
    reachable_ = true;
  if (client.is_dead_letter(message)) {
    (is_persisted ? dead_letters_ : failed_dead_letters_).fetch_add(1, std::memory_order_relaxed);
  } else {
    std::optional<cluster::Offset> offset;
    if (is_persisted && message.offset >= 0)
      offset = cluster::Offset{message.offset};
    listener_.delivered(reinterpret_cast<std::uint64_t>(message._private),
                        cluster::Partition{static_cast<std::uint32_t>(message.partition)}, delivery, offset);
  }
  client.note_report();
}

void KafkaProducer::wake_flush() {
  const std::lock_guard lock(idle_mutex_);  // so that nobody is between looking and waiting
  idle_.notify_all();
}

std::vector<ports::MetricFamily> KafkaProducer::metrics() const {
  using Type = ports::MetricType;
  return {
      {"hourglass_producer_replacements_total",
       "Times that a producer was replaced after an error that ended it.",
       Type::counter,
       {{{}, number(replacements_)}}},
      {"hourglass_producer_queue_records",
       "Records that wait to be acknowledged by Kafka.",
       Type::gauge,
       {{{}, static_cast<double>(current()->unreported())}}},
  };
}

std::vector<ports::MetricFamily> KafkaProducer::dead_letter_metrics() const {
  return {{"hourglass_dead_letter_records_total",
           "Foreign records copied to the dead-letter topic, by what became of the copy.",
           ports::MetricType::counter,
           {{{{"result", "written"}}, number(dead_letters_)},
            {{{"result", "lost"}}, number(failed_dead_letters_)}}}};
}

}  // namespace hourglass::adapters
