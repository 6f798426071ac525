// A head is complete and valid exactly when a plain second reader finds one, says the same to both, and reads
// the same however it is split. The first byte is the size of the pieces.

#include <algorithm>
#include <cstdint>
#include <string>

#include "check.hpp"
#include "http/request_head.hpp"
#include "plain_request_head.hpp"

using hourglass::fuzz::check;
using hourglass::fuzz::PlainHead;
namespace http = hourglass::http;
using Status = http::HeadParser::Status;

namespace {

constexpr http::HeadLimits kLimits{64, 256};

http::ContentCoding coding_of(const PlainHead& head) {
  if (head.coding_count == 0 || (head.coding_count == 1 && head.coding == "identity"))
    return http::ContentCoding::identity;
  const bool is_gzip = head.coding == "gzip" || head.coding == "x-gzip";
  return head.coding_count == 1 && is_gzip ? http::ContentCoding::gzip : http::ContentCoding::unsupported;
}

http::Method method_of(const std::string& name) {
  if (name == "GET")
    return http::Method::get;
  if (name == "POST")
    return http::Method::post;
  return name == "HEAD" ? http::Method::head : http::Method::other;
}

void check_same(const http::RequestHead& head, const PlainHead& plain) {
  check(head.method == method_of(plain.method), "the method is the same");
  check((head.version == http::Version::http_1_0) == plain.is_http_1_0, "the version is the same");
  check(head.path == plain.path && head.query == plain.query, "the target is the same");
  check(head.chunked == (plain.chunked_count == 1), "the transfer coding is the same");
  check(head.content_length == plain.content_length, "the length is the same");
  check(head.keep_alive == (!plain.says_close && (!plain.is_http_1_0 || plain.says_keep_alive)),
        "what becomes of the connection is the same");
  check(head.expects_continue == (plain.expects_continue && !plain.is_http_1_0),
        "the expectation is the same");
  check(head.coding == coding_of(plain), "the content coding is the same");
  check(head.host_count == plain.host_count, "the number of hosts is the same");
  check(head.key_count == plain.key_count && head.key == plain.key, "the key is the same");
  check(head.size == plain.size, "the end is the same");
}

void check_failure(const hourglass::base::Error& error) {
  using hourglass::base::ErrorCode;
  check(error.code == ErrorCode::malformed_request || error.code == ErrorCode::target_too_long ||
            error.code == ErrorCode::headers_too_large,
        "a fault is one of three");
  check(!error.message.empty(), "a fault is told in words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1)
    return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::HeadParser parser(kLimits);
  const Status status = parser.parse(input);
  const auto plain = hourglass::fuzz::read_head_plainly(input, kLimits);
  check((status == Status::complete) == plain.has_value(), "both readers find a head, or none");

  http::HeadParser piecewise(kLimits);
  const std::size_t piece = 1 + data[0] % 32;
  for (std::size_t end = 0;
       end < input.size() && piecewise.parse(input.substr(0, end)) == Status::incomplete;)
    end = std::min(end + piece, input.size());
  check(piecewise.parse(input) == status, "pieces make no difference to the status");

  if (status == Status::failed) {
    check_failure(parser.error());
    check(piecewise.error() == parser.error(), "pieces make no difference to the fault");
  } else if (status == Status::complete) {
    check_same(parser.head(input), *plain);
    const std::string elsewhere(input);  // where the bytes lie does not matter
    check_same(piecewise.head(elsewhere), *plain);
  }
  return 0;
}
