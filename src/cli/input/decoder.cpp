#include "cli/input/decoder.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <zlib.h>
#include <zstd.h>

namespace hourglass::cli {
namespace {

using namespace std::string_view_literals;

constexpr int kGzipOnly = 15 + 16;  // the largest window, and no other format than gzip

struct Magic {
  std::string_view bytes;
  Encoding encoding;
};

constexpr std::array kMagics{
    Magic{"\x1F\x8B"sv, Encoding::gzip},
    Magic{"\x28\xB5\x2F\xFD"sv, Encoding::zstd},
    Magic{"\xFD"
          "7zXZ\0"sv,
          Encoding::xz},
    Magic{"BZh91AY&SY"sv, Encoding::bzip2},
};

/// A frame that only carries notes begins with a byte 0x50 to 0x5F and these; some programs begin with one.
constexpr std::string_view kSkippableFrame = "\x2A\x4D\x18"sv;

bool is_skippable_mark(char first) {
  return (static_cast<unsigned char>(first) & 0xF0) == 0x50;
}

auto no_memory() {
  return base::unexpected(std::string("there is no memory to decompress it"));
}

class GzipDecoder final : public Decoder {
  static auto broken() { return base::unexpected(std::string("is no complete and correct gzip")); }

 public:
  GzipDecoder() : is_usable_(inflateInit2(&state_, kGzipOnly) == Z_OK) {}
  ~GzipDecoder() override { inflateEnd(&state_); }

  base::Expected<Step, std::string> decode(std::string_view input, std::span<char> into) override {
    if (!is_usable_)
      return no_memory();
    if (is_broken_)
      return broken();
    if (is_complete_ && !input.empty()) {
      inflateReset(&state_);
      is_complete_ = false;
    }
    if (is_complete_)
      return Step{};
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto room = static_cast<uInt>(std::min(into.size(), kMost));
    const auto given = static_cast<uInt>(std::min(input.size(), kMost));
    // zlib's interface is older than const; it does not write through next_in.
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    state_.avail_in = given;
    state_.next_out = reinterpret_cast<Bytef*>(into.data());
    state_.avail_out = room;
    const int result = inflate(&state_, Z_NO_FLUSH);
    is_complete_ = result == Z_STREAM_END;
    // Z_BUF_ERROR: more input is wanted. What was made before a fault is handed on first.
    is_broken_ = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
    const Step step{given - state_.avail_in, room - state_.avail_out};
    if (is_broken_ && step.produced == 0)
      return broken();
    return step;
  }

  [[nodiscard]] bool is_complete() const override { return is_complete_; }

 private:
  z_stream state_{};
  bool is_usable_;
  bool is_complete_ = false;
  bool is_broken_ = false;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()), wanted_(header_size()) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }

  base::Expected<Step, std::string> decode(std::string_view input, std::span<char> into) override {
    if (stream_ == nullptr)
      return no_memory();
    if (is_complete_ && input.empty())
      return Step{};
    // Not more than a block at a time: zstd forgets what it has made in a call that fails.
    ZSTD_inBuffer in{input.data(), std::min(input.size(), wanted_), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(result) != 0)
      return base::unexpected("is no complete and correct zstd: " + std::string(ZSTD_getErrorName(result)));
    is_complete_ = result == 0;
    wanted_ = is_complete_ ? header_size() : result;
    return Step{in.pos, out.pos};
  }

  [[nodiscard]] bool is_complete() const override { return is_complete_; }

 private:
  std::size_t header_size() { return stream_ == nullptr ? 0 : ZSTD_initDStream(stream_); }

  ZSTD_DStream* stream_;
  std::size_t wanted_;
  bool is_complete_ = false;
};

auto unreadable(const char* format) {
  return base::unexpected("is compressed with " + std::string(format) +
                          ", which cannot be read here; decompress it first");
}

}  // namespace

std::optional<Encoding> encoding_of(std::string_view first_bytes, bool is_all) {
  for (const Magic& magic : kMagics) {
    if (first_bytes.starts_with(magic.bytes))
      return magic.encoding;
    if (!is_all && magic.bytes.starts_with(first_bytes))
      return std::nullopt;
  }
  if (!first_bytes.empty() && is_skippable_mark(first_bytes[0])) {
    if (first_bytes.substr(1).starts_with(kSkippableFrame))
      return Encoding::zstd;
    if (!is_all && kSkippableFrame.starts_with(first_bytes.substr(1)))
      return std::nullopt;
  }
  return Encoding::plain;
}

base::Expected<std::unique_ptr<Decoder>, std::string> decoder_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::gzip: return std::make_unique<GzipDecoder>();
    case Encoding::zstd: return std::make_unique<ZstdDecoder>();
    case Encoding::bzip2: return unreadable("bzip2");
    case Encoding::xz: return unreadable("xz");
    case Encoding::plain: break;
  }
  return base::unexpected(std::string("is not compressed"));
}

}  // namespace hourglass::cli
