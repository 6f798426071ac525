#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "engine/files/file_system.hpp"
#include "ports/clock.hpp"
#include "ports/event_export.hpp"
#include "ports/event_store.hpp"
#include "ports/log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::engine {

struct EngineSettings {
  std::filesystem::path data_directory;
  std::chrono::milliseconds idempotency_window{std::chrono::hours{24}};
  std::uint64_t memory_bytes = 1ULL << 30;                         // of hours and their users, about
  std::chrono::milliseconds seal_after{std::chrono::minutes{10}};  // from an hour's end, or its last event
  std::uint64_t replay_bytes = 128ULL << 20;                       // of the log that a restart reads, about
  std::optional<std::chrono::milliseconds> events_age = std::chrono::days{30};  // nothing: they stay for ever
  std::optional<std::uint64_t> events_bytes{};
  std::optional<std::chrono::milliseconds> users_age{};
};

/// The event store of one machine: a single writer that commits whatever has been submitted meanwhile in one
/// synced write, publishes the totals, and only then gives the submissions back. Owned by the composition
/// root. Every method but start() and close() may be called from every thread.
class Engine final : public ports::EventStore, public ports::EventExporter, public ports::MetricSource {
 public:
  /// Does nothing yet: until start() every submission and every read is refused with store_unavailable.
  Engine(EngineSettings settings, const ports::Clock& clock, ports::Log& log);

  /// The same over other file operations than the machine's; the lock against a second process stays real.
  Engine(EngineSettings settings, const ports::Clock& clock, ports::Log& log,
         std::unique_ptr<FileSystem> files);

  ~Engine() override;  // close()

  /// Begins recovery on the engine's own thread and returns at once. `on_failed` is called at most once, from
  /// that thread, when the store cannot be opened (locked, damaged, newer format, no permission).
  void start(std::function<void(base::StartFailure)> on_failed);

  /// Commits what was submitted, refuses what comes after with shutting_down, ends the thread and releases
  /// the data directory. Every submission has gone back to its origin when it returns.
  void close();

  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission) override;
  /// Always answers.
  [[nodiscard]] std::optional<base::Result<ports::HourReading>> read_now(core::Hour hour) const override;

  /// Answers within the call.
  void begin_read(std::unique_ptr<ports::PendingRead> read) override;

  /// The exact number of different users in all of the hours together, as of everything acknowledged before
  /// the call; an hour counts once however often it is named. Waits for the commit that is under way, then
  /// works on the caller's thread. Fails with hour_frozen where users are gone, hour_damaged, or
  /// store_unavailable.
  [[nodiscard]] base::Result<std::uint64_t> unique_users(std::vector<core::Hour> hours);

  /// Reads the files beside the commit thread. The engine may be closed meanwhile, but outlives the export.
  base::Result<std::unique_ptr<ports::EventExport>> begin_export(core::HourRange hours,
                                                                 std::function<bool()> cancelled) override;

  [[nodiscard]] core::Hour first_open_hour() const override;
  [[nodiscard]] ports::StoreState state() const override;
  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::engine
