#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.hpp"
#include "engine/files/descriptor.hpp"

namespace hourglass::cli {

/// A file without a name: its space is free again when it is closed or the process ends, however it ends.
/// Nobody else can read it (mode 0600). Failures are sentences that name the directory. Movable; one thread.
class TemporaryFile {
 public:
  static base::Expected<TemporaryFile, std::string> create(const std::filesystem::path& directory);

  base::Expected<void, std::string> append(std::span<const std::byte> bytes);

  /// Reads exactly as much as there is room for; that the file ends before is a failure.
  base::Expected<void, std::string> read_at(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  TemporaryFile(engine::Descriptor descriptor, std::filesystem::path directory)
      : descriptor_(std::move(descriptor)), directory_(std::move(directory)) {}

  engine::Descriptor descriptor_;
  std::filesystem::path directory_;
};

}  // namespace hourglass::cli
