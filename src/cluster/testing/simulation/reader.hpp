#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/reading/hour_read.hpp"
#include "cluster/testing/simulation/clients.hpp"
#include "cluster/testing/simulation/processes.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// What was answered to whom, to see that numbers do not go back.
class Told {
 public:
  struct Answer {
    std::uint64_t step;   // when
    std::uint64_t epoch;  // of the hot store, when the read began
    core::Totals totals;
  };

  void add(core::Hour hour, const Answer& answer);
  [[nodiscard]] const std::vector<Answer>& of(core::Hour hour) { return answers_[hour]; }

 private:
  std::map<core::Hour, std::vector<Answer>> answers_;
};

/// A replica with one client, which has one request at a time. Every number it reads is compared with the
/// log.
class Reader {
 public:
  Reader(World& world, Servers& servers, const Clients& clients, Told& told);

  /// Goes on with the read, or begins another one.
  void step();

  /// The replica dies, and another takes its place.
  void restart();

  /// One fast read as of a replica that has just started, without others in between; what it answered.
  core::Totals read_now(core::Hour hour);

 private:
  enum class Outcome : std::uint8_t { answered, late, refused };

  void read_hour(core::Hour hour, bool is_strong);
  void read_day(Period day, bool is_strong);
  std::vector<Offset> ask_ends();
  std::vector<Offset> barrier_of(bool is_strong);
  Outcome ask(HourRead& read, bool is_strong);
  void ask_hot(HourRead& read);
  void ask_cold(HourRead& read);
  void check_part(const char* source, Period period, Partition partition, const PartialTotals& totals);
  void check_strong(Period period, const std::vector<Offset>& ends, std::size_t acknowledged,
                    const core::Totals& totals, const std::vector<Offset>& next);
  void check_order(core::Hour hour, const core::Totals& totals, std::uint64_t began, std::uint64_t epoch);
  core::Totals truth(Period period, const std::vector<Offset>& next) const;
  core::Hour choose_hour();

  World& world_;
  Servers& servers_;
  const Clients& clients_;
  Told& told_;
  SimulatedHotReader hot_;
  SimulatedColdReader cold_;
  std::vector<Offset> answered_;   // by partition: what this replica has answered from
  std::vector<Offset> last_ends_;  // for Weakness::barrier_of_before
  std::map<core::Hour, core::Totals> seen_;
  core::Totals last_answer_;
  std::unique_ptr<Fiber> fiber_;  // of the read that is under way
};

}  // namespace hourglass::cluster::simulation
