#include "store_spike/damage_trial.hpp"

#include <algorithm>
#include <cstdio>
#include <random>

#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

constexpr std::size_t kMostFlips = 400;

/// What became of the commits, counted over many trials.
struct Tally {
  std::size_t reported = 0, harmless = 0, lost = 0, altered = 0;
  std::size_t most_lost = 0;  // commits in one trial

  void add(const Recovered& recovered, const std::vector<std::string>& acknowledged) {
    if (!recovered.opened) {
      ++reported;
    } else if (recovered.commits == acknowledged) {
      ++harmless;
    } else if (is_part_of(recovered.commits, acknowledged)) {
      ++lost;
      most_lost = std::max(most_lost, acknowledged.size() - recovered.commits.size());
    } else {
      ++altered;
    }
  }

  static bool is_part_of(const std::vector<std::string>& some, const std::vector<std::string>& all) {
    auto at = all.begin();
    for (const std::string& one : some) {
      at = std::find(at, all.end(), one);
      if (at == all.end())
        return false;
      ++at;
    }
    return true;
  }
};

Recovered open_image(const std::filesystem::path& scratch, const Victim& victim, const std::string& file,
                     const std::string& content) {
  const ScratchDirectory directory(scratch, "damage");
  for (const auto& [name, bytes] : victim.image)
    write_file(directory.path() / name, name == file ? content : bytes);
  return victim.recover(directory.path());
}

std::vector<std::size_t> bits_of(const std::vector<ByteRange>& ranges) {
  std::vector<std::size_t> bits;
  for (const ByteRange& range : ranges) {
    for (std::size_t bit = range.begin * 8; bit < range.end * 8; ++bit)
      bits.push_back(bit);
  }
  std::mt19937 random(11);
  std::shuffle(bits.begin(), bits.end(), random);
  bits.resize(std::min(bits.size(), kMostFlips));
  return bits;
}

}  // namespace

void flip_bits(const std::filesystem::path& scratch, const Victim& victim, const std::string& file,
               const std::string& where, const std::vector<ByteRange>& ranges) {
  Tally tally;
  const auto bits = bits_of(ranges);
  for (const std::size_t bit : bits) {
    std::string content = victim.image.at(file);
    content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << (bit % 8)));
    tally.add(open_image(scratch, victim, file, content), victim.acknowledged);
  }
  std::printf("| %-30s | %-44s | %4zu | %4zu | %4zu | %4zu (%zu) | %4zu |\n", victim.name.c_str(),
              where.c_str(), bits.size(), tally.reported, tally.harmless, tally.lost, tally.most_lost,
              tally.altered);
  std::fflush(stdout);
}

void tear_last_record(const std::filesystem::path& scratch, const Victim& victim, const std::string& file,
                      ByteRange last_record, bool zeros) {
  Tally tally;
  auto expected = victim.acknowledged;
  expected.pop_back();
  for (std::size_t end = last_record.begin; end < last_record.end; ++end) {
    std::string content = victim.image.at(file);
    if (zeros)
      std::fill(content.begin() + static_cast<std::ptrdiff_t>(end),
                content.begin() + static_cast<std::ptrdiff_t>(last_record.end), '\0');
    else
      content.resize(end);
    // A prefix that lacks nothing but padding zeros is the whole record.
    const Recovered recovered = open_image(scratch, victim, file, content);
    tally.add(recovered, recovered.commits == victim.acknowledged ? victim.acknowledged : expected);
  }
  std::printf("| %-30s | torn: a prefix of an unsynced last record: opens %zu of %zu times |\n",
              victim.name.c_str(), tally.harmless, last_record.end - last_record.begin);
  std::fflush(stdout);
}

}  // namespace hourglass::store_spike
