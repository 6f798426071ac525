#pragma once

#include <cstdint>

namespace hourglass::cli {

/// What a file is known by under all its names, for as long as it exists; the number of its inode alone would
/// soon be that of another file.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::int64_t born = 0;  // nanoseconds since 1970; 0 where the file system does not say

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// The identity of an open file; empty where it cannot be told.
FileIdentity identity_of(int descriptor);

/// Whether it is certain that two are the same file.
bool are_same(const FileIdentity& one, const FileIdentity& other);

}  // namespace hourglass::cli
