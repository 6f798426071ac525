#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/reading/hour_sources.hpp"
#include "cluster/stores/point_database.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// What the server says while somebody has to mend it.
inline constexpr const char* kRefusal = "the cold store refuses";

using Point = std::variant<UserPoint, KeyPoint, TotalsPoint, ProgressPoint>;

/// The points of one partition.
struct PartitionPoints {
  std::map<Offset, ProgressPoint> progress;
  std::map<Period, std::map<Offset, core::Totals>> totals;
  std::map<Period, std::map<UserId, Offset>> users;
  std::map<std::pair<LogTime, Offset>, KeyPoint> keys;

  void land(const Point& point, bool last_write_stays);
  [[nodiscard]] Offset progress_next() const {
    return progress.empty() ? Offset{0} : progress.rbegin()->first;
  }
};

/// The server behind the cold store: its points, and writes on their way to it whose senders have given up.
class PointServer {
 public:
  explicit PointServer(World& world) : world_(world), partitions_(world.partitions) {}

  [[nodiscard]] PartitionPoints& points(Partition partition) { return partitions_[partition.value()]; }
  [[nodiscard]] const PartitionPoints& points(Partition partition) const {
    return partitions_[partition.value()];
  }

  void land(Partition partition, const Point& point);
  /// May arrive at any later time.
  void delay(Partition partition, Point point) { delayed_.emplace_back(partition, std::move(point)); }
  void land_some_delayed();
  void land_all_delayed();

  /// Fails before this step; refuses what is written before this step.
  std::uint64_t is_down_until = 0;
  std::uint64_t refuses_until = 0;

 private:
  World& world_;
  std::vector<PartitionPoints> partitions_;
  std::vector<std::pair<Partition, Point>> delayed_;
};

/// Who uses a database: some weaknesses are those of one only.
enum class DatabaseUse : std::uint8_t { counting, reviving, looking };

/// One partition of the server as its worker or a revival has it. The points of a write arrive one by one, in
/// any order, while others go on.
class SimulatedPointDatabase final : public PointDatabase {
 public:
  SimulatedPointDatabase(World& world, PointServer& server, Partition partition, DatabaseUse use)
      : world_(world), server_(server), partition_(partition), use_(use) {}

  StoreResult<std::optional<ProgressPoint>> newest_progress() override;
  StoreResult<std::vector<KeyPoint>> keys(LogTime after, Offset below) override;
  StoreResult<std::optional<TotalsPoint>> newest_totals(Period period) override;
  StoreResult<std::vector<TotalsPoint>> newest_totals_from(core::Hour first) override;
  StoreResult<std::vector<UserId>> users(Period period, Offset below) override;
  StoreResult<std::vector<UserId>> known_users(Period period, Offset below,
                                               std::span<const UserId> asked) override;
  StoreResult<void> write_identities(std::span<const UserPoint> users,
                                     std::span<const KeyPoint> keys) override;
  StoreResult<void> write_totals(std::span<const TotalsPoint> totals) override;
  StoreResult<void> write_progress(const ProgressPoint& progress) override;
  StoreResult<void> remove_superseded_totals(Period period, Offset next) override;
  StoreResult<void> remove_superseded_progress(Offset next, LogTime until) override;

 private:
  [[nodiscard]] bool fails();
  [[nodiscard]] bool forgets_duplicates() const;
  [[nodiscard]] bool counts_with(Weakness weakness) const;
  [[nodiscard]] Offset bound_of(Period period, Offset below) const;
  std::map<UserId, Offset> users_at_first(Period period);
  StoreResult<void> write(std::vector<Point> points);
  StoreResult<void> land(std::vector<Point> points);
  StoreResult<void> give_up(std::span<Point> rest, Remedy remedy);

  World& world_;
  PointServer& server_;
  const Partition partition_;
  const DatabaseUse use_;
  std::vector<Point> held_back_;                            // for Weakness::progress_first
  std::map<Period, std::map<UserId, Offset>> early_users_;  // for Weakness::users_before_totals
  std::map<Period, Offset> forgotten_nexts_;                // for Weakness::hour_next_forgotten
};

/// Reads from the server: one step a partition.
class SimulatedColdReader final : public ColdReader {
 public:
  SimulatedColdReader(World& world, PointServer& server) : world_(world), server_(server) {}

  StoreResult<std::vector<Offset>> progress() override;
  StoreResult<std::vector<PartialTotals>> totals(Period period) override;

  /// For Weakness::totals_before_progress: what will be asked for.
  void expect(Period period) { expected_ = period; }

 private:
  [[nodiscard]] bool fails();
  std::vector<PartialTotals> read_totals(Period period);

  World& world_;
  PointServer& server_;
  Period expected_;
  std::vector<PartialTotals> early_;
};

}  // namespace hourglass::cluster::simulation
