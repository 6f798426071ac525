#include "store_spike/block_coding.hpp"

#include <algorithm>
#include <bit>

#include "engine/bytes.hpp"

namespace hourglass::store_spike {
namespace {

/// Bits, least significant first.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  void add(std::uint64_t value, unsigned width) {
    for (unsigned done = 0; done < width; done += 8) {
      const unsigned some = std::min(8U, width - done);
      pending_ |= ((value >> done) & ((1U << some) - 1)) << pending_width_;
      pending_width_ += some;
      while (pending_width_ >= 8) {
        out_.push_back(static_cast<char>(pending_));
        pending_ >>= 8;
        pending_width_ -= 8;
      }
    }
  }

  void end() {
    if (pending_width_ != 0)
      out_.push_back(static_cast<char>(pending_));
  }

 private:
  std::string& out_;
  std::uint64_t pending_ = 0;
  unsigned pending_width_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t take(unsigned width) {
    std::uint64_t value = 0;
    for (unsigned done = 0; done < width;) {
      const unsigned some = std::min(8 - static_cast<unsigned>(at_ % 8), width - done);
      const auto byte = static_cast<std::uint8_t>(bytes_[at_ / 8]);
      value |= static_cast<std::uint64_t>((byte >> (at_ % 8)) & ((1U << some) - 1)) << done;
      at_ += some;
      done += some;
    }
    return value;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

std::vector<std::uint64_t> distances_of(std::span<const std::uint64_t> sorted) {
  std::vector<std::uint64_t> distances;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    distances.push_back(sorted[i] - sorted[i - 1]);
  return distances;
}

/// How many low bits a Rice code leaves as they are: those of the mean distance but one.
unsigned low_bits_of(std::span<const std::uint64_t> sorted) {
  if (sorted.size() < 2)
    return 0;
  const std::uint64_t mean = (sorted.back() - sorted.front()) / (sorted.size() - 1);
  return mean < 2 ? 0 : static_cast<unsigned>(std::bit_width(mean)) - 1;
}

}  // namespace

std::string encode_block(std::span<const std::uint64_t> sorted, BlockCoding coding) {
  const auto distances = distances_of(sorted);
  std::uint64_t largest = 0;
  for (const std::uint64_t distance : distances)
    largest = std::max(largest, distance);
  const unsigned width = coding == BlockCoding::rice
                             ? low_bits_of(sorted)
                             : 8 * ((static_cast<unsigned>(std::bit_width(largest)) + 7) / 8);
  std::string block;
  engine::append_fixed(block, sorted.front());
  engine::append_fixed(block, static_cast<std::uint16_t>(distances.size()));
  block.push_back(static_cast<char>(width));
  BitWriter bits(block);
  for (const std::uint64_t distance : distances) {
    if (coding == BlockCoding::rice) {
      for (std::uint64_t high = distance >> width; high > 0; --high)
        bits.add(1, 1);
      bits.add(0, 1);
    }
    bits.add(distance, width);
  }
  bits.end();
  return block;
}

void decode_block(std::string_view block, BlockCoding coding, std::vector<std::uint64_t>& hashes) {
  std::uint64_t hash = engine::read_fixed<std::uint64_t>(block, 0);
  const auto count = engine::read_fixed<std::uint16_t>(block, 8);
  const auto width = engine::read_fixed<std::uint8_t>(block, 10);
  hashes.assign(1, hash);
  BitReader bits(block.substr(11));
  for (unsigned i = 0; i < count; ++i) {
    std::uint64_t high = 0;
    while (coding == BlockCoding::rice && bits.take(1) == 1)
      ++high;
    hash += (high << width) | bits.take(width);
    hashes.push_back(hash);
  }
}

}  // namespace hourglass::store_spike
