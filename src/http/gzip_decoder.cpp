#include "http/gzip_decoder.hpp"

namespace hourglass::http {
namespace {

auto broken() {
  return base::fail(base::ErrorCode::invalid_body, "the body is not complete and correct gzip");
}

}  // namespace

base::Result<GzipDecoder::Step> GzipDecoder::next(std::string_view compressed) {
  if (compressed.empty() && !has_more_ && !members_.is_broken())
    return Step{};
  const auto step = members_.decode(compressed, piece_);
  if (!step)
    return broken();
  // A fault behind what was made is told by the next call, so that a body is judged the same however it
  // arrives.
  has_more_ = members_.is_broken() || (step->produced == kPieceSize && !members_.is_complete());
  return Step{step->consumed, {piece_.data(), step->produced}};
}

base::Result<void> GzipDecoder::finish() const {
  if (!members_.is_complete())
    return broken();
  return {};
}

}  // namespace hourglass::http
