#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// What a verification has read, and how many problems it has found.
struct VerificationFigures {
  std::uint64_t hours = 0;
  std::uint64_t users = 0;   // over all hours
  std::uint64_t events = 0;  // clicks and impressions
  std::uint64_t bytes = 0;   // of the files that were read
  std::uint64_t problems = 0;
};

/// Is given one sentence for each problem; it names the file, and the hour where there is one.
using ProblemSink = std::function<void(const std::string&)>;

/// Reads a whole data directory without changing anything in it: checks every checksum and that the files
/// follow one another, and compares for every hour the totals with the users, and with the events where all
/// of them are kept. Hours are compared only where the files are whole. The caller holds the lock of the
/// directory. Runs on the caller's thread; takes 16 bytes of memory for an event of the log and a few hundred
/// MiB at most for the hour at hand.
VerificationFigures verify_store(FileSystem& files, const std::filesystem::path& directory,
                                 const ProblemSink& report);

}  // namespace hourglass::engine
