// What one event costs before it reaches the commit thread: its parts are parsed and its user is hashed.
#include <string>

#include <benchmark/benchmark.h>

#include "core/event.hpp"
#include "core/siphash.hpp"

namespace {

namespace core = hourglass::core;

void parse_timestamp(benchmark::State& state) {
  const std::string digits = "1700000000000";
  for (auto _ : state)
    benchmark::DoNotOptimize(core::parse_timestamp(digits));
}
BENCHMARK(parse_timestamp);

void check_user(benchmark::State& state) {
  const std::string name(static_cast<std::size_t>(state.range(0)), 'u');
  for (auto _ : state)
    benchmark::DoNotOptimize(core::User::from_bytes(name));
}
BENCHMARK(check_user)->Arg(8)->Arg(36)->Arg(256);

void hash_user(benchmark::State& state) {
  const std::string name(static_cast<std::size_t>(state.range(0)), 'u');
  const core::HashKey key{1, 2, 3, 4};
  for (auto _ : state)
    benchmark::DoNotOptimize(core::siphash64(key, name));
}
BENCHMARK(hash_user)->Arg(8)->Arg(36)->Arg(256);

}  // namespace
