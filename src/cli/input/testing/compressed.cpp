#include "cli/input/testing/compressed.hpp"

#include <zlib.h>
#include <zstd.h>

namespace hourglass::cli {

std::string gzip(std::string_view text) {
  constexpr int kGzipOnly = 15 + 16;
  z_stream state{};
  deflateInit2(&state, 1, Z_DEFLATED, kGzipOnly, 8, Z_DEFAULT_STRATEGY);
  std::string compressed(deflateBound(&state, text.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(compressed.data());
  state.avail_out = static_cast<uInt>(compressed.size());
  deflate(&state, Z_FINISH);
  compressed.resize(state.total_out);
  deflateEnd(&state);
  return compressed;
}

std::string zstd(std::string_view text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string compressed(ZSTD_compressBound(text.size()), '\0');
  compressed.resize(ZSTD_compress2(context, compressed.data(), compressed.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return compressed;
}

}  // namespace hourglass::cli
