#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "http/request_fields.hpp"

namespace hourglass::http {

enum class Method : std::uint8_t { get, head, post, other };
enum class Version : std::uint8_t { http_1_0, http_1_1 };

struct HeadLimits {
  std::size_t max_target_bytes = 8 * 1024;
  std::size_t max_header_bytes = 16 * 1024;  // the field lines and the empty line behind them
};

/// The request line and the fields that the server looks at. The views point into the parsed buffer.
struct RequestHead {
  Method method = Method::other;
  Version version = Version::http_1_1;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  ContentCoding coding = ContentCoding::identity;
  std::uint64_t content_length = 0;
  std::size_t host_count = 0;
  std::size_t key_count = 0;  // how often Idempotency-Key stands there
  std::string_view key;       // the first of them
  std::string_view host;      // empty where there is none
  bool is_from_elsewhere =
      false;                 // through a proxy, or from the page of a browser, as far as its header says
  bool is_absolute = false;  // the target is a URL
  std::string_view path;     // without the authority of an absolute-form target; "*" only for OPTIONS
  std::string_view query;    // what stands behind the first '?'
  std::size_t size = 0;      // bytes of the head, with the empty line
};

/// Parses one HTTP/1.x request head, strictly (RFC 9112 without its leniencies, but for one empty line before
/// the request line), without allocating, and without reading a byte twice however the input is split. A
/// fault is told at the first byte that shows it. Pure; one owner, one thread.
class HeadParser {
 public:
  enum class Status : std::uint8_t { incomplete, complete, failed };

  explicit HeadParser(HeadLimits limits) : limits_(limits) {}

  /// `buffer` begins with the request: at each call the bytes of the call before, and more.
  Status parse(std::string_view buffer);

  /// After complete. `buffer` may lie elsewhere than while it was parsed.
  [[nodiscard]] RequestHead head(std::string_view buffer) const;

  /// After failed: malformed_request, target_too_long or headers_too_large.
  [[nodiscard]] base::Error error() const { return {fault_, std::string(fault_text_)}; }

  /// Whether a byte of a request line has been seen (an empty line before it is none).
  [[nodiscard]] bool begun() const { return state_ > State::leading_lf; }

  void reset() { *this = HeadParser(limits_); }

 private:
  enum class State : std::uint8_t {
    start,
    leading_lf,
    method,
    target,
    version,
    request_line_lf,
    field_start,
    field_name,
    field_value,
    field_lf,
    last_lf,
  };
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
    [[nodiscard]] std::string_view of(std::string_view buffer) const { return buffer.substr(begin, size); }
  };

  void advance(std::string_view buffer);
  void advance_request_line(std::string_view buffer);
  void advance_fields(std::string_view buffer);
  void read_start(char byte);
  void read_method(std::string_view buffer);
  void read_target(std::string_view buffer);
  void read_version(char byte);
  void read_field_name(std::string_view buffer);
  void end_field(std::string_view buffer);
  void end_head();
  void expect(char expected, char byte, State next, std::string_view fault);
  [[nodiscard]] Span since_mark() const { return {mark_, at_ - mark_}; }
  void begin(State state);
  void malformed(std::string_view text) { fail(base::ErrorCode::malformed_request, text); }
  void fail(base::ErrorCode code, std::string_view text);

  HeadLimits limits_;
  Status status_ = Status::incomplete;
  State state_ = State::start;
  bool leading_line_seen_ = false;
  Method method_ = Method::other;
  Version version_ = Version::http_1_1;
  base::ErrorCode fault_ = base::ErrorCode::malformed_request;
  std::string_view fault_text_;  // a literal
  std::size_t at_ = 0;           // the first byte not yet read
  std::size_t mark_ = 0;         // where the element being read began
  std::size_t fields_begin_ = 0;
  Span method_name_;
  Span path_;
  bool is_absolute_ = false;
  Span query_;
  Span field_name_;
  Span key_;
  Span host_;
  RequestFields fields_;
};

}  // namespace hourglass::http
