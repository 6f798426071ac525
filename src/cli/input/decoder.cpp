#include "cli/input/decoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <zstd.h>

#include "base/gzip_members.hpp"

namespace hourglass::cli {
namespace {

using namespace std::string_view_literals;

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
 public:
  base::Expected<Step, std::string> decode(std::string_view input, std::span<char> into) override {
    const auto step = members_.decode(input, into);
    if (step)
      return Step{step->consumed, step->produced};
    if (step.error() == base::GzipMembers::Fault::no_memory)
      return no_memory();
    return base::unexpected(std::string("is no complete and correct gzip"));
  }

  [[nodiscard]] bool is_complete() const override { return members_.is_complete(); }

 private:
  base::GzipMembers members_;
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
