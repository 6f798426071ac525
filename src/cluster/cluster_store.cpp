#include "cluster/cluster_store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cluster/cluster_metrics.hpp"

namespace hourglass::cluster {
namespace {

using base::ErrorCode;
using ports::StoreCondition;

constexpr std::chrono::milliseconds kWatchPeriod{50};
constexpr std::chrono::seconds kColdPeriod{10};

}  // namespace

ClusterStore::~ClusterStore() {
  close();
}

ClusterStore::Stage ClusterStore::stage() const {
  const std::lock_guard lock(mutex_);
  return stage_;
}

void ClusterStore::set_waiting_for(std::string what) {
  const std::lock_guard lock(mutex_);
  waiting_for_ = std::move(what);
}

void ClusterStore::open(std::optional<ApiParts> api, std::vector<RoleParts> roles) {
  api_ = std::move(api);
  roles_ = std::move(roles);
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::open;
  }
  if (api_)
    watch_thread_ = std::thread([this] { watch(); });
}

/// The groups first: others take their partitions over while the rest of this ends.
void ClusterStore::close() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stage_, Stage::closed) != Stage::open)
      return;
  }
  changed_.notify_all();
  if (watch_thread_.joinable())
    watch_thread_.join();
  roles_.clear();
  if (!api_)
    return;
  api_->producer.reset();  // reports everything, as far as it is known
  api_->intake->close();
  api_->reads->stop();
}

/// Gives back what waits too long, and looks now and then how far the cold store is.
void ClusterStore::watch() {
  auto looked = clock_.elapsed() - kColdPeriod;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kWatchPeriod, [this] { return stage_ == Stage::closed; })) {
    lock.unlock();
    api_->intake->expire();
    if (clock_.elapsed() - looked >= kColdPeriod) {
      look_at_cold();
      looked = clock_.elapsed();
    }
    lock.lock();
  }
}

void ClusterStore::look_at_cold() {
  const auto behind = api_->cold_watch->is_too_far_behind();
  if (!behind || *behind == cold_is_behind_)
    return;
  cold_is_behind_ = *behind;
  if (*behind) {
    api_->intake->refuse(
        {ErrorCode::cold_store_behind, "the cold store is too far behind the log to take more"});
    log_.write(ports::LogLevel::error, "the cold store is too far behind: events are refused");
  } else {
    api_->intake->accept_again();
    log_.write(ports::LogLevel::info, "the cold store has caught up: events are taken again");
  }
}

base::Result<void> ClusterStore::submit(std::unique_ptr<ports::Submission>& submission) {
  switch (stage()) {
    case Stage::waiting: return base::fail(ErrorCode::store_unavailable, "the cluster is not reached yet");
    case Stage::closed: return base::fail(ErrorCode::shutting_down, "the server is shutting down");
    case Stage::open: break;
  }
  if (!api_)
    return base::fail(ErrorCode::store_unavailable, "this replica takes no events");
  return api_->intake->submit(submission);
}

/// Nothing can be counted in an hour that the stores cannot name.
std::optional<base::Result<ports::HourReading>> ClusterStore::read_now(core::Hour hour) const {
  if (hour > kLastHour)
    return ports::HourReading{};
  return std::nullopt;
}

void ClusterStore::begin_read(std::unique_ptr<ports::PendingRead> read) {
  const Stage stage = this->stage();
  if (stage == Stage::open && api_)
    return api_->reads->begin(std::move(read));
  read->answer = stage == Stage::closed
                     ? base::fail(ErrorCode::shutting_down, "the server is shutting down")
                     : base::fail(ErrorCode::store_unavailable, "the cluster is not reached yet");
  std::vector<std::unique_ptr<ports::PendingRead>> answered;
  ports::ReadOrigin& origin = *read->origin;
  answered.push_back(std::move(read));
  origin.answered(std::move(answered));
}

ports::StoreState ClusterStore::state() const {
  ports::StoreState state;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::waiting)
      return {StoreCondition::recovering, waiting_for_};
    if (stage_ == Stage::closed)
      return {StoreCondition::closed, "shutting down"};
  }
  add_dependencies(state);
  const auto is_ok = [&](std::string_view name) {
    const auto found = std::find_if(state.dependencies.begin(), state.dependencies.end(),
                                    [&](const auto& dependency) { return dependency.name == name; });
    return found == state.dependencies.end() || found->ok;
  };
  const bool can_read = !api_ || is_ok("redis") || is_ok("influxdb");
  const bool has_joined =
      std::all_of(roles_.begin(), roles_.end(), [](const RoleParts& role) { return role.has_joined(); });
  const bool is_ready = is_ok("kafka") && can_read && has_joined;
  state.condition = is_ready ? StoreCondition::ready : StoreCondition::unavailable;
  if (!is_ready)
    state.detail = !is_ok("kafka") ? "Kafka does not answer"
                   : !can_read     ? "neither Redis nor InfluxDB answers"
                                   : "its workers have not joined their group";
  return state;
}

void ClusterStore::add_dependencies(ports::StoreState& state) const {
  const auto add = [&](const char* name, const std::string& trouble) {
    state.dependencies.push_back({name, trouble, trouble.empty()});
  };
  if (api_) {
    const SourcesState sources = api_->reads->sources();
    add("kafka", api_->producer->is_reachable() ? sources.log_trouble : "no broker can be reached");
    add("redis", sources.hot_trouble);
    add("influxdb", sources.cold_trouble);
  }
  for (const RoleParts& role : roles_) {
    std::string trouble = role.has_joined() ? "" : "has not joined its group";
    for (const auto& [partition, status] : role.workers->statuses()) {
      const std::string partition_trouble = status.trouble.empty() && !status.next
                                                ? "it is not known yet where the store stands"
                                                : status.trouble;
      if (!partition_trouble.empty())
        trouble = "partition " + std::to_string(partition.value()) + ": " + partition_trouble;
    }
    add(role.role == Role::hot ? "hot" : "cold", trouble);
  }
}

std::vector<ports::MetricFamily> ClusterStore::metrics() const {
  if (stage() != Stage::open)
    return {};
  std::vector<ports::MetricFamily> families;
  if (api_)
    families = intake_metrics(api_->intake->counters());
  std::vector<RoleStatus> roles;
  for (const RoleParts& role : roles_)
    roles.push_back({role.role, role.workers->statuses()});
  for (ports::MetricFamily& family : worker_metrics(roles, clock_.now()))
    families.push_back(std::move(family));
  return families;
}

}  // namespace hourglass::cluster
