#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::base {

/// Decompresses gzip (RFC 1952) as it arrives: one member or several, each checked against its checksum and
/// its length. One thread at a time.
class GzipMembers {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  enum class Fault : std::uint8_t { no_memory, broken };

  GzipMembers();
  ~GzipMembers();
  GzipMembers(const GzipMembers&) = delete;
  GzipMembers& operator=(const GzipMembers&) = delete;

  /// Decompresses on until the input, the room or a member ends; input behind a member begins the next. What
  /// was made before a fault is handed on first, and is_broken() says so; the next call then fails.
  Expected<Step, Fault> decode(std::string_view input, std::span<char> into);

  /// Whether the input may end here: at least one member has been read, and the last one wholly.
  [[nodiscard]] bool is_complete() const { return is_complete_; }
  [[nodiscard]] bool is_broken() const { return is_broken_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  bool is_complete_ = false;
  bool is_broken_ = false;
};

}  // namespace hourglass::base
