#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hourglass::store_spike {

/// The files of a store that was killed, by their names: everything that had been synced.
using Image = std::map<std::string, std::string>;

struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What a store says when it is opened.
struct Recovered {
  bool opened = false;
  std::vector<std::string> commits;  // what is in it
};

using Recover = std::function<Recovered(const std::filesystem::path& directory)>;

/// A store to be damaged: how it looked when it was killed, and what it had acknowledged by then.
struct Victim {
  std::string name;
  Image image;
  std::vector<std::string> acknowledged;
  Recover recover;
};

/// Flips single bits of these ranges of a file, all of them or 400 that are chosen by chance, opens the store
/// each time, and prints how often the damage was reported, did nothing, or changed what is in the store.
void flip_bits(const std::filesystem::path& scratch, const Victim& victim, const std::string& file,
               const std::string& where, const std::vector<ByteRange>& ranges);

/// Makes the last record look as if only its first bytes had reached the disk when the power failed, for each
/// number of bytes: it was never acknowledged, so the store has to open without it. `zeros`: the file keeps
/// its length.
void tear_last_record(const std::filesystem::path& scratch, const Victim& victim, const std::string& file,
                      ByteRange last_record, bool zeros);

}  // namespace hourglass::store_spike
