#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hourglass::http {

/// Decodes the chunked transfer coding (RFC 9112 section 7.1), strictly, however the input is split.
/// Extensions and trailers are passed over: so many bytes behind each size, so many of trailers in all. Pure;
/// one owner, one thread.
class ChunkedBody {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 4 * 1024;
  static constexpr std::size_t kMaxTrailerBytes = 16 * 1024;

  enum class Status : std::uint8_t { more, done, malformed };

  /// `consumed` bytes of the input were used; `data`, the last of them, belongs to the body.
  struct Step {
    std::size_t consumed = 0;
    std::string_view data;
    Status status = Status::more;
  };

  /// Reads on until a stretch of data, the end of the body, a fault or the end of the input.
  Step next(std::string_view input);

  /// The sizes of all chunks begun so far: what the body will have at least. At most UINT64_MAX.
  [[nodiscard]] std::uint64_t announced_bytes() const { return announced_; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    before_extension,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    malformed,
  };

  void take(char byte);
  void take_size_digit(char byte);
  void take_after_size(char byte);
  void take_trailer(char byte);
  void end_size_line();
  void expect(char expected, char byte, State next) { state_ = byte == expected ? next : State::malformed; }
  void count_overhead(std::size_t max_bytes);

  State state_ = State::size_first;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t announced_ = 0;
  std::size_t overhead_ = 0;  // bytes behind this chunk's size, or of trailers
  std::size_t digits_ = 0;
};

}  // namespace hourglass::http
