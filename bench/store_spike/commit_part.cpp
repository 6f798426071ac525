#include <cstdio>

#include "store_spike/closed_loop.hpp"
#include "store_spike/parts.hpp"
#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

/// What the rounds of one target with one number of clients gave.
struct Series {
  std::vector<double> commits, events, p50, p99, sent, held;

  void add(const LoadFigures& load, std::uint64_t bytes_sent, std::uint64_t bytes_held) {
    commits.push_back(load.commits_per_second);
    events.push_back(load.events_per_second);
    p50.push_back(load.p50_microseconds);
    p99.push_back(load.p99_microseconds);
    sent.push_back(static_cast<double>(bytes_sent) / static_cast<double>(load.events));
    held.push_back(static_cast<double>(bytes_held) / static_cast<double>(load.events));
  }

  void print(const std::string& name, unsigned clients) const {
    std::printf("| %-22s | %2u | %6.0f | %7.0f | %6.0f | %6.0f | %6.0f | %5.0f |\n", name.c_str(), clients,
                median(commits), median(events), median(p50), median(p99), median(sent), median(held));
    std::fflush(stdout);
  }
};

void run_once(const TargetKind& kind, unsigned clients, const SpikeSettings& settings, Series& series) {
  const ScratchDirectory directory(settings.directory, "commits");
  const auto target = kind.make(directory.path());
  const std::uint64_t sent_before = bytes_sent_to_disk();
  const auto load =
      run_clients(*target, clients, std::chrono::milliseconds(static_cast<int>(settings.seconds * 1000)));
  const std::uint64_t held = target->settle();
  series.add(load, bytes_sent_to_disk() - sent_before, held);
}

}  // namespace

void measure_commits(const SpikeSettings& settings) {
  std::printf("\nCommits: median of %u rounds of %.1f s, targets in turn; times in us, bytes an event\n",
              settings.rounds, settings.seconds);
  std::printf("| target | clients | commits/s | events/s | p50 | p99 | sent to disk | in files |\n");
  const auto kinds = target_kinds();
  for (const unsigned clients : {1U, 4U, 16U, 64U}) {
    std::vector<Series> series(kinds.size());
    for (unsigned round = 0; round < settings.rounds; ++round) {
      for (std::size_t i = 0; i < kinds.size(); ++i)
        run_once(kinds[i], clients, settings, series[i]);
    }
    for (std::size_t i = 0; i < kinds.size(); ++i)
      series[i].print(kinds[i].name, clients);
  }
}

}  // namespace hourglass::store_spike
