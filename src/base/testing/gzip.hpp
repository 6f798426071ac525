#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

namespace hourglass::base {

inline constexpr std::size_t kMostGunzipped = 1'000'000;

/// zlib's interface is older than const; it does not write through next_in.
inline Bytef* zlib_input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

/// Compresses with zlib; `window` says in which format, as deflateInit2 has it.
inline std::string compress(std::string_view text, int level, int window) {
  z_stream state{};
  deflateInit2(&state, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string compressed(deflateBound(&state, text.size()), '\0');
  state.next_in = zlib_input(text);
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(compressed.data());
  state.avail_out = static_cast<uInt>(compressed.size());
  deflate(&state, Z_FINISH);
  compressed.resize(state.total_out);
  deflateEnd(&state);
  return compressed;
}

/// One member of gzip.
inline std::string gzip(std::string_view text, int level = 9) {
  return compress(text, level, 15 + 16);
}

/// The text of exactly one member, decompressed at once; nothing where it is damaged, or not all there is.
inline std::optional<std::string> gunzip_member(std::string_view compressed) {
  z_stream state{};
  inflateInit2(&state, 15 + 16);
  std::string text(kMostGunzipped, '\0');
  state.next_in = zlib_input(compressed);
  state.avail_in = static_cast<uInt>(compressed.size());
  state.next_out = reinterpret_cast<Bytef*>(text.data());
  state.avail_out = static_cast<uInt>(text.size());
  const bool complete = inflate(&state, Z_FINISH) == Z_STREAM_END && state.avail_in == 0;
  text.resize(state.total_out);
  inflateEnd(&state);
  return complete ? std::optional(text) : std::nullopt;
}

}  // namespace hourglass::base
