#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/testing/simulation/clients.hpp"
#include "cluster/testing/simulation/processes.hpp"
#include "cluster/testing/simulation/reader.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// One history of a cluster, which follows from the seed alone: hours in which events come, in time and late,
/// once and again; workers crash, sleep and go on beside their successors; servers lose data, fail and are
/// slow. Every number that is read on the way is compared with the log, and what all stores hold in the end.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Weakness weakness = Weakness::none);

  /// The promise that was broken, if any. Once.
  std::optional<std::string> run();

  /// What happened.
  [[nodiscard]] const Counts& counts() const { return world_.counts; }

 private:
  using Workers = std::vector<std::unique_ptr<WorkerProcess>>;

  void step();
  void do_fault();
  void fail_hot(std::uint64_t which, Partition partition);
  void forget_records();
  std::unique_ptr<WorkerProcess> start(Role role, Partition partition);
  Workers& workers(Role role, Partition partition);
  void replace(Role role, Partition partition);
  void crash(Role role, Partition partition);
  void settle();
  void wait_until_settled();
  void step_all();
  [[nodiscard]] bool is_settled() const;
  void check_end();
  void check_cold(Partition partition);
  void check_hot(Partition partition);
  void check_reads();
  void count_events();

  World world_;
  Servers servers_;
  Clients clients_;
  Told told_;
  std::vector<Workers> hot_;
  std::vector<Workers> cold_;
  std::vector<std::unique_ptr<KeeperProcess>> keepers_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::int64_t retention_;  // ms
};

/// Whether a history breaks a promise, and which.
std::optional<std::string> simulate(std::uint64_t seed, Weakness weakness = Weakness::none);

}  // namespace hourglass::cluster::simulation
