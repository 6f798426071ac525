#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::cli {

/// Makes a user of several values: the first 128 bits of SHA-256 over all of them, each behind its length as
/// eight bytes (big-endian), as 32 hexadecimal digits. One thread at a time.
class UserHash {
 public:
  UserHash();
  ~UserHash();
  UserHash(UserHash&&) noexcept;
  UserHash& operator=(UserHash&&) noexcept;

  void begin();
  void add(std::string_view value);

  /// The user of the values since `begin`; empty if the library has failed.
  [[nodiscard]] std::string end();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::cli
