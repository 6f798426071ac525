#include "core/siphash.hpp"

#include <bit>

namespace hourglass::core {
namespace {

std::uint64_t read_word(const char* bytes) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < 8; ++i)
    word |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
  return word;
}

/// The state of the hash: two rounds for every word of the input, four at the end.
class SipState {
 public:
  explicit SipState(const HashKey& key) {
    const auto* bytes = reinterpret_cast<const char*>(key.data());
    const std::uint64_t k0 = read_word(bytes);
    const std::uint64_t k1 = read_word(bytes + 8);
    v0_ = 0x736f6d6570736575ULL ^ k0;
    v1_ = 0x646f72616e646f6dULL ^ k1;
    v2_ = 0x6c7967656e657261ULL ^ k0;
    v3_ = 0x7465646279746573ULL ^ k1;
  }

  void select_128_bits() { v1_ ^= 0xee; }

  void absorb(std::uint64_t word) {
    v3_ ^= word;
    round();
    round();
    v0_ ^= word;
  }

  /// `mark` tells the first word of the result from the second.
  std::uint64_t finish(std::uint64_t mark) {
    v2_ ^= mark;
    return squeeze();
  }

  std::uint64_t finish_second() {
    v1_ ^= 0xdd;
    return squeeze();
  }

 private:
  std::uint64_t squeeze() {
    for (int i = 0; i < 4; ++i)
      round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_ = 0, v1_ = 0, v2_ = 0, v3_ = 0;
};

/// Cuts a stream of bytes into the words that the state absorbs.
class WordStream {
 public:
  explicit WordStream(SipState& state) : state_(state) {}

  void add(std::string_view bytes) {
    length_ += bytes.size();
    while (!bytes.empty() && pending_count_ != 0) {
      add_byte(bytes.front());
      bytes.remove_prefix(1);
    }
    for (; bytes.size() >= 8; bytes.remove_prefix(8))
      state_.absorb(read_word(bytes.data()));
    for (const char byte : bytes)
      add_byte(byte);
  }

  /// The last word: what is left over, and the length in its top byte.
  void end() { state_.absorb(pending_ | static_cast<std::uint64_t>(length_ & 0xff) << 56); }

 private:
  void add_byte(char byte) {
    pending_ |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(byte)) << (8 * pending_count_);
    if (++pending_count_ == 8) {
      state_.absorb(pending_);
      pending_ = 0;
      pending_count_ = 0;
    }
  }

  SipState& state_;
  std::uint64_t pending_ = 0;
  unsigned pending_count_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace

std::uint64_t siphash64(const HashKey& key, std::string_view bytes) {
  SipState state(key);
  WordStream stream(state);
  stream.add(bytes);
  stream.end();
  return state.finish(0xff);
}

Hash128 siphash128(const HashKey& key, std::string_view first, std::string_view second) {
  SipState state(key);
  state.select_128_bits();
  WordStream stream(state);
  stream.add(first);
  stream.add(std::string_view("\0", 1));
  stream.add(second);
  stream.end();
  const std::uint64_t low = state.finish(0xee);
  return {low, state.finish_second()};
}

}  // namespace hourglass::core
