#include "http/testing/gzip.hpp"

#include <zlib.h>

namespace hourglass::http {
namespace {

constexpr std::size_t kMostText = 1'000'000;

// zlib's interface is older than const; it does not write through next_in.
Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::string compress(std::string_view text, int level, int window) {
  z_stream state{};
  deflateInit2(&state, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string compressed(deflateBound(&state, text.size()), '\0');
  state.next_in = input_of(text);
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(compressed.data());
  state.avail_out = static_cast<uInt>(compressed.size());
  deflate(&state, Z_FINISH);
  compressed.resize(state.total_out);
  deflateEnd(&state);
  return compressed;
}

std::string gzip(std::string_view text, int level) {
  return compress(text, level, 15 + 16);
}

std::optional<std::string> gunzip_member(std::string_view compressed) {
  z_stream state{};
  inflateInit2(&state, 15 + 16);
  std::string text(kMostText, '\0');
  state.next_in = input_of(compressed);
  state.avail_in = static_cast<uInt>(compressed.size());
  state.next_out = reinterpret_cast<Bytef*>(text.data());
  state.avail_out = static_cast<uInt>(text.size());
  const bool complete = inflate(&state, Z_FINISH) == Z_STREAM_END && state.avail_in == 0;
  text.resize(state.total_out);
  inflateEnd(&state);
  return complete ? std::optional(text) : std::nullopt;
}

}  // namespace hourglass::http
