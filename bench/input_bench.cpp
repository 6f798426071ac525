// What reading a log line by line costs, and telling how often a line stood in it before.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

#include "cli/input/line_reader.hpp"
#include "cli/input/occurrence_counter.hpp"

namespace {

namespace cli = hourglass::cli;
namespace core = hourglass::core;

constexpr std::size_t kLogBytes = 256 << 20;
constexpr std::size_t kLineBytes = 200;  // as an access log has them

/// A log in the directory for temporary files, there for as long as the process.
class SampleLog {
 public:
  SampleLog() : path_(std::filesystem::temp_directory_path() / "hourglass-input-bench.log") {
    std::ofstream file(path_, std::ios::binary);
    const std::string line(kLineBytes - 1, 'x');
    for (std::size_t bytes = 0; bytes < kLogBytes; bytes += kLineBytes)
      file << line << '\n';
  }
  ~SampleLog() { std::filesystem::remove(path_); }
  SampleLog(const SampleLog&) = delete;
  SampleLog& operator=(const SampleLog&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void read_lines(benchmark::State& state) {
  const SampleLog log;
  for (auto _ : state) {
    auto reader = cli::LineReader::open(log.path());
    std::uint64_t bytes = 0;
    for (auto line = reader->next(); line && *line; line = reader->next())
      bytes += (*line)->text.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kLogBytes));
}
BENCHMARK(read_lines)->Unit(benchmark::kMillisecond);

/// Five million lines, a thousand a second; `in_memory` in the table at most, out of order by `disorder` ms.
void count_lines(benchmark::State& state) {
  constexpr std::uint64_t kLines = 5'000'000;
  const auto disorder = static_cast<std::uint64_t>(state.range(1));
  std::size_t runs = 0;
  for (auto _ : state) {
    cli::OccurrenceCounter counter(std::filesystem::temp_directory_path(),
                                   static_cast<std::size_t>(state.range(0)));
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < kLines; ++i) {
      const core::Timestamp time{1'700'000'000'000 + (i + random() % disorder) / 1'000 * 1'000};
      benchmark::DoNotOptimize(counter.count({time, {random(), random()}}));
    }
    runs = counter.runs();
  }
  state.counters["runs"] = static_cast<double>(runs);
  state.counters["s/line"] =
      benchmark::Counter(kLines, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(count_lines)
    ->ArgNames({"in_memory", "disorder_ms"})
    ->Args({8 << 20, 2'000})
    ->Args({8 << 20, 5'000'000})
    ->Args({1 << 20, 2'000})
    ->Args({1 << 20, 5'000'000})
    ->Args({1 << 17, 2'000})
    ->Args({1 << 17, 5'000'000})
    ->Unit(benchmark::kMillisecond);

}  // namespace
