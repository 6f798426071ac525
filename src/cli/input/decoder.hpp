#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::cli {

/// In which form a file holds its text.
enum class Encoding { plain, gzip, zstd, xz, bzip2 };

/// Tells the form by the first bytes of a file; nothing where more of them have to be seen. `is_all` says
/// that there are no more.
std::optional<Encoding> encoding_of(std::string_view first_bytes, bool is_all);

/// Decompresses a file as it is read: one gzip member or zstd frame, or several. One thread at a time.
class Decoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~Decoder() = default;
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Decompresses on until the input or the room ends, or earlier. A step that does neither consume nor
  /// produce wants more input. The failure says what is wrong, to stand behind the name of the file.
  virtual base::Expected<Step, std::string> decode(std::string_view input, std::span<char> into) = 0;

  /// Whether the input may end here.
  [[nodiscard]] virtual bool is_complete() const = 0;
};

/// The decoder of a compressed form; a failure for one that cannot be read here.
base::Expected<std::unique_ptr<Decoder>, std::string> decoder_of(Encoding encoding);

}  // namespace hourglass::cli
