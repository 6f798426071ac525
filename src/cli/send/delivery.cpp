#include "cli/send/delivery.hpp"

#include <random>
#include <utility>

namespace hourglass::cli {
namespace {

const std::string kBatchPath = "/analytics/batch";

}  // namespace

Delivery::Delivery(std::vector<ServerClient> clients, std::optional<std::chrono::milliseconds> retry_for)
    : retry_for_(retry_for), clients_(std::move(clients)) {
  std::random_device seed;
  for (ServerClient& client : clients_)
    threads_.emplace_back([this, &client, first = seed()] { work(client, first); });
}

Delivery::~Delivery() {
  {
    const std::lock_guard lock(mutex_);
    gives_up_ = true;
    ends_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

bool Delivery::submit(Batch& batch) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kWait, [&] { return waiting_.size() < clients_.size(); }))
    return false;
  waiting_.push_back(std::move(batch));
  ++under_way_;
  changed_.notify_all();
  return true;
}

std::vector<DeliveredBatch> Delivery::take_finished(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait)
    changed_.wait_for(lock, kWait, [&] { return !finished_.empty() || under_way_ == 0; });
  under_way_ -= finished_.size();
  return std::exchange(finished_, {});
}

std::size_t Delivery::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

void Delivery::stop_trying() {
  const std::lock_guard lock(mutex_);
  gives_up_ = true;
  changed_.notify_all();
}

std::string Delivery::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Delivery::work(ServerClient& client, std::uint64_t seed) {
  Backoff backoff(seed);
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || ends_; });
    if (ends_)
      return;
    Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    DeliveredBatch delivered = deliver(client, backoff, std::move(batch));
    lock.lock();
    finished_.push_back(std::move(delivered));
    changed_.notify_all();
  }
}

DeliveredBatch Delivery::deliver(ServerClient& client, Backoff& backoff, Batch batch) {
  DeliveredBatch delivered;
  delivered.batch = std::move(batch);
  // Parts that the server finds too large are halved; the stack holds the second halves.
  std::vector<std::pair<std::size_t, std::size_t>> parts{{0, delivered.batch.lines.size()}};
  while (!parts.empty()) {
    const auto [first, count] = parts.back();
    parts.pop_back();
    const bool is_done = deliver_part(client, backoff, delivered, first, count);
    if (delivered.failure)
      break;
    if (!is_done) {
      const std::size_t half = count / 2;
      parts.emplace_back(first + half, count - half);
      parts.emplace_back(first, half);
    }
  }
  return delivered;
}

/// Sends some lines until the server has taken them. False: they are too large, and nothing of them was
/// taken.
bool Delivery::deliver_part(ServerClient& client, Backoff& backoff, DeliveredBatch& delivered,
                            std::size_t first, std::size_t count) {
  const Clock::time_point began = Clock::now();
  backoff.reset();
  while (true) {
    std::optional<std::chrono::seconds> retry_after;
    const Verdict verdict = attempt(client, delivered, first, count, retry_after);
    if (verdict.kind == Verdict::Kind::taken)
      return true;
    if (verdict.kind == Verdict::Kind::too_large && count > 1)
      return false;
    if (verdict.kind == Verdict::Kind::too_large) {
      delivered.rejections.push_back({first + 1, "body_too_large", verdict.problem});
      return true;
    }
    if (verdict.kind == Verdict::Kind::refused) {
      delivered.failure = verdict.problem;
      return true;
    }
    set_trouble(verdict.problem);
    const auto until = retry_for_ ? began + *retry_for_ : Clock::time_point::max();
    if (!pause(backoff.next(retry_after), until)) {
      delivered.failure = verdict.problem;
      return true;
    }
  }
}

Verdict Delivery::attempt(ServerClient& client, DeliveredBatch& delivered, std::size_t first,
                          std::size_t count, std::optional<std::chrono::seconds>& retry_after) {
  const auto answer = client.post(kBatchPath, delivered.batch.events_of(first, count));
  Verdict verdict = verdict_of(answer, count);
  if (answer)
    retry_after = answer->retry_after;
  if (verdict.kind == Verdict::Kind::taken) {
    set_trouble({});
    delivered.accepted += verdict.report.accepted;
    for (core::BatchReport::Rejection& rejection : verdict.report.rejections) {
      rejection.line += first;
      delivered.rejections.push_back(std::move(rejection));
    }
    delivered.idempotency_window = answer->idempotency_window;
  }
  return verdict;
}

/// False, at once, when nothing is to be tried again after the pause.
bool Delivery::pause(std::chrono::milliseconds duration, Clock::time_point until) {
  if (Clock::now() + duration > until)
    return false;
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [&] { return gives_up_; });
}

void Delivery::set_trouble(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (trouble_ != problem)
    trouble_ = problem;
}

}  // namespace hourglass::cli
