#include "http/gzip_decoder.hpp"

#include <array>

#include <zlib.h>

namespace hourglass::http {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::size_t kPieceSize = 16 * 1024;
constexpr int kGzipOnly = 15 + 16;  // the largest window, and no other format than gzip

auto broken() {
  return fail(ErrorCode::invalid_body, "the body is not complete and correct gzip");
}

}  // namespace

struct GzipDecoder::Stream {
  z_stream state{};
  bool usable = inflateInit2(&state, kGzipOnly) == Z_OK;
  std::array<char, kPieceSize> piece;

  Stream() = default;
  ~Stream() { inflateEnd(&state); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

GzipDecoder::GzipDecoder() : stream_(std::make_unique<Stream>()) {}

GzipDecoder::~GzipDecoder() = default;

base::Result<GzipDecoder::Step> GzipDecoder::next(std::string_view compressed) {
  z_stream& state = stream_->state;
  if (!stream_->usable || broken_)
    return broken();
  if (compressed.empty() && !has_more_)
    return Step{};
  if (member_complete_) {
    inflateReset(&state);
    member_complete_ = false;
  }
  // zlib's interface is older than const; it does not write through next_in.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  state.avail_in = static_cast<uInt>(compressed.size());
  state.next_out = reinterpret_cast<Bytef*>(stream_->piece.data());
  state.avail_out = kPieceSize;
  const int result = inflate(&state, Z_NO_FLUSH);
  const Step step{compressed.size() - state.avail_in, {stream_->piece.data(), kPieceSize - state.avail_out}};
  // Z_BUF_ERROR: no output was left to be made after all.
  broken_ = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
  // What was made before a fault is handed on first, so that a body is judged the same however it arrives.
  if (broken_ && step.text.empty())
    return broken();
  member_complete_ = result == Z_STREAM_END;
  has_more_ = broken_ || (state.avail_out == 0 && !member_complete_);
  return step;
}

base::Result<void> GzipDecoder::finish() const {
  if (!member_complete_)
    return broken();
  return {};
}

}  // namespace hourglass::http
