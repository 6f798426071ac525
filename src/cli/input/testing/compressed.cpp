#include "cli/input/testing/compressed.hpp"

#include <zstd.h>

namespace hourglass::cli {

std::string zstd(std::string_view text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string compressed(ZSTD_compressBound(text.size()), '\0');
  compressed.resize(ZSTD_compress2(context, compressed.data(), compressed.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return compressed;
}

}  // namespace hourglass::cli
