#include "http/request_body.hpp"

#include <algorithm>

namespace hourglass::http {

RequestBody::RequestBody(const RequestHead& head, std::size_t max_bytes)
    : is_chunked_(head.chunked), left_(head.content_length), max_bytes_(max_bytes) {}

RequestBody::Step RequestBody::next(std::string_view input) {
  if (!is_chunked_) {
    if (left_ > max_bytes_)
      return {0, {}, Status::too_large};
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= size;
    max_bytes_ -= size;
    return {size, input.substr(0, size), left_ == 0 ? Status::done : Status::more};
  }
  const ChunkedBody::Step step = chunks_.next(input);
  if (chunks_.announced_bytes() > max_bytes_)
    return {step.consumed, {}, Status::too_large};
  switch (step.status) {
    case ChunkedBody::Status::more: return {step.consumed, step.data, Status::more};
    case ChunkedBody::Status::done: return {step.consumed, step.data, Status::done};
    case ChunkedBody::Status::malformed: break;
  }
  return {step.consumed, {}, Status::malformed};
}

}  // namespace hourglass::http
