#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "http/chunked_body.hpp"
#include "http/request_head.hpp"

namespace hourglass::http {

/// Finds the end of one request's body, by its length or by its chunks, and refuses one that is too large as
/// soon as that can be known. Pure; one owner, one thread.
class RequestBody {
 public:
  enum class Status : std::uint8_t { more, done, malformed, too_large };

  struct Step {
    std::size_t consumed = 0;
    std::string_view data;  // the last of what was consumed, or nothing
    Status status = Status::more;
  };

  RequestBody() = default;
  RequestBody(const RequestHead& head, std::size_t max_bytes);

  /// Reads on until a stretch of data, the end of the body, a fault or the end of the input. A body without
  /// bytes is done without any input.
  Step next(std::string_view input);

 private:
  bool is_chunked_ = false;
  std::uint64_t left_ = 0;
  std::uint64_t max_bytes_ = 0;
  ChunkedBody chunks_;
};

}  // namespace hourglass::http
