// A batch reads the same however it is split, plain or compressed. The first byte says which, the second the
// size of the pieces.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "check.hpp"
#include "http/batch_reader.hpp"

using hourglass::fuzz::check;
namespace http = hourglass::http;

namespace {

constexpr std::size_t kLimit = 4096;

/// The report, or the code of the failure.
std::string read(std::string_view body, bool gzip, std::size_t piece) {
  http::BatchReader reader({kLimit, gzip, {}, hourglass::core::Timestamp{0}, std::nullopt});
  for (std::size_t at = 0; at < body.size(); at += std::min(piece, body.size())) {
    if (const auto taken = reader.append(body.substr(at, piece)); !taken)
      return std::string(to_string(taken.error().code));
  }
  if (const auto finished = reader.finish(); !finished)
    return std::string(to_string(finished.error().code));
  const std::size_t events = reader.take_events().size();
  const std::string report = reader.report();
  check(report.starts_with(R"({"accepted":)" + std::to_string(events) + ","), "the report counts the events");
  return report;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool gzip = data[0] % 2 == 1;
  const std::size_t piece = 1 + data[1];
  check(read(body, gzip, piece) == read(body, gzip, std::string_view::npos), "pieces make no difference");
  return 0;
}
