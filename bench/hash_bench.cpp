// What the hash of a user costs, and what weaker ones would save: docs/decisions/0003-hash-of-users.md.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/siphash.hpp"
#include "engine/checksum.hpp"

namespace {

namespace core = hourglass::core;
namespace engine = hourglass::engine;

constexpr core::HashKey kKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::size_t kNames = 1024;

/// Different names, so that the processor cannot learn one by heart.
std::vector<std::string> names_of(std::size_t size) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames; ++i) {
    std::string name = std::to_string(1'000'000'007 * (i + 1));
    name.resize(size, 'u');
    names.push_back(std::move(name));
  }
  return names;
}

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// SipHash with few rounds, in the shortest form for a little-endian machine; for the comparison only.
std::uint64_t siphash_1_3(std::string_view bytes) {
  std::uint64_t v0 = 0x736f6d6570736575ULL, v1 = 0x646f72616e646f6dULL;
  std::uint64_t v2 = 0x6c7967656e657261ULL, v3 = 0x7465646279746573ULL;
  const auto round = [&] {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t)))
    absorb(word_at(bytes.data()));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    last |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
  absorb(last);
  v2 ^= 0xff;
  for (int i = 0; i < 3; ++i)
    round();
  return v0 ^ v1 ^ v2 ^ v3;
}

template <typename Hash>
void hash_names(benchmark::State& state, Hash hash) {
  const auto names = names_of(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(hash(names[next++ % kNames]));
}

void siphash_2_4_64(benchmark::State& state) {
  hash_names(state, [](std::string_view name) { return core::siphash64(kKey, name); });
}
void siphash_2_4_128(benchmark::State& state) {
  hash_names(state,
             [](std::string_view name) { return core::siphash128(kKey, name, "0123456789abcdef").low; });
}
void siphash_1_3_64(benchmark::State& state) {
  hash_names(state, siphash_1_3);
}
void xxh3_64(benchmark::State& state) {
  hash_names(state, [](std::string_view name) { return engine::checksum(name, 1); });
}
BENCHMARK(siphash_2_4_64)->Arg(10)->Arg(20)->Arg(50);
BENCHMARK(siphash_2_4_128)->Arg(10)->Arg(20)->Arg(50);
BENCHMARK(siphash_1_3_64)->Arg(10)->Arg(20)->Arg(50);
BENCHMARK(xxh3_64)->Arg(10)->Arg(20)->Arg(50);

}  // namespace
