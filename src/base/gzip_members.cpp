#include "base/gzip_members.hpp"

#include <algorithm>
#include <limits>

#include <zlib.h>

namespace hourglass::base {
namespace {

constexpr int kGzipOnly = 15 + 16;  // the largest window, and no other format than gzip

/// zlib counts in fewer bits than there may be bytes.
uInt counted(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct GzipMembers::Stream {
  z_stream state{};
  bool is_usable = inflateInit2(&state, kGzipOnly) == Z_OK;

  Stream() = default;
  ~Stream() { inflateEnd(&state); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

GzipMembers::GzipMembers() : stream_(std::make_unique<Stream>()) {}

GzipMembers::~GzipMembers() = default;

Expected<GzipMembers::Step, GzipMembers::Fault> GzipMembers::decode(std::string_view input,
                                                                    std::span<char> into) {
  z_stream& state = stream_->state;
  if (!stream_->is_usable)
    return unexpected(Fault::no_memory);
  if (is_broken_)
    return unexpected(Fault::broken);
  if (is_complete_ && input.empty())
    return Step{};
  if (is_complete_)
    inflateReset(&state);
  const uInt given = counted(input.size());
  const uInt room = counted(into.size());
  // zlib's interface is older than const; it does not write through next_in.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  state.avail_in = given;
  state.next_out = reinterpret_cast<Bytef*>(into.data());
  state.avail_out = room;
  const int result = inflate(&state, Z_NO_FLUSH);
  is_complete_ = result == Z_STREAM_END;
  // Z_BUF_ERROR: no output was left to be made, and more input is wanted.
  is_broken_ = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
  const Step step{given - state.avail_in, room - state.avail_out};
  if (is_broken_ && step.produced == 0)
    return unexpected(Fault::broken);
  return step;
}

}  // namespace hourglass::base
