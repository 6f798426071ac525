// A connection answers the same however its input is split, never grows without bound, and keeps what it says
// to the number of requests. The first byte is the size of the pieces.

#include <algorithm>
#include <cstdint>
#include <string>

#include "check.hpp"
#include "http/testing/session_driver.hpp"

using hourglass::fuzz::check;
namespace http = hourglass::http;

namespace {

struct Outcome {
  std::string output;
  bool closes;
  hourglass::core::Totals totals;
};

Outcome run(std::string_view input, std::size_t piece) {
  http::ServerSettings settings;
  settings.max_header_bytes = 512;
  settings.max_target_bytes = 256;
  settings.max_body_bytes = 1024;
  http::SessionDriver driver(settings);
  driver.arrive(input, piece);
  check(driver.session.space().size() <= 64 * 1024, "the buffer is bounded");
  const auto reading = driver.store.read_now(hourglass::core::hour_of(driver.clock.now()));
  return {driver.output, driver.session.wants() == http::Session::Wants::close, (*reading)->totals};
}

bool mentions_expect(std::string_view input) {
  std::string lower(input);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return lower.find("expect") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1)
    return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = run(input, std::string_view::npos);
  const Outcome pieces = run(input, 1 + data[0] % 64);
  // Whether a client is told to go on depends on how much of its body has arrived by then.
  if (!mentions_expect(input))
    check(whole.output == pieces.output, "pieces make no difference to the answers");
  check(whole.closes == pieces.closes, "pieces make no difference to the connection");
  check(whole.totals == pieces.totals, "pieces make no difference to the counts");
  check(whole.totals.unique_users <= whole.totals.clicks + whole.totals.impressions, "totals are not torn");
  return 0;
}
