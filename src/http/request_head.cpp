#include "http/request_head.hpp"

#include "http/request_bytes.hpp"
#include "http/request_target.hpp"

namespace hourglass::http {

using base::ErrorCode;

namespace {

constexpr std::string_view kVersionPrefix = "HTTP/1.";

Method method_of(std::string_view name) {
  if (name == "GET")
    return Method::get;
  if (name == "POST")
    return Method::post;
  return name == "HEAD" ? Method::head : Method::other;
}

}  // namespace

HeadParser::Status HeadParser::parse(std::string_view buffer) {
  while (status_ == Status::incomplete && at_ < buffer.size())
    advance(buffer);
  return status_;
}

void HeadParser::advance(std::string_view buffer) {
  if (state_ < State::field_start)
    advance_request_line(buffer);
  else
    advance_fields(buffer);
}

void HeadParser::advance_request_line(std::string_view buffer) {
  const char byte = buffer[at_];
  switch (state_) {
    case State::start: return read_start(byte);
    case State::leading_lf: return expect('\n', byte, State::start, "a CR without LF");
    case State::method: return read_method(buffer);
    case State::target: return read_target(buffer);
    case State::version: return read_version(byte);
    default:
      expect('\n', byte, State::field_start, "a CR without LF");
      fields_begin_ = at_;
      return;
  }
}

void HeadParser::advance_fields(std::string_view buffer) {
  const char byte = buffer[at_];
  switch (state_) {
    case State::field_start:
      if (byte == '\r') {
        ++at_;
        state_ = State::last_lf;
      } else if (byte == ' ' || byte == '\t') {
        malformed("a folded header line");
      } else {
        begin(State::field_name);
      }
      break;
    case State::field_name: read_field_name(buffer); break;
    case State::field_value:
      at_ = skip(buffer, at_, value_byte);
      if (at_ < buffer.size() && at_ - fields_begin_ <= limits_.max_header_bytes)
        expect('\r', buffer[at_], State::field_lf, "a control character in a header line");
      break;
    default:
      if (byte != '\n')
        return malformed("a CR without LF");
      ++at_;
      if (at_ - fields_begin_ > limits_.max_header_bytes)
        break;
      return state_ == State::field_lf ? end_field(buffer) : end_head();
  }
  if (status_ == Status::incomplete && at_ - fields_begin_ > limits_.max_header_bytes)
    fail(ErrorCode::headers_too_large, "the header section is too large");
}

void HeadParser::read_start(char byte) {
  if (byte != '\r')
    return begin(State::method);
  if (leading_line_seen_)
    return malformed("empty lines before the request line");
  leading_line_seen_ = true;
  ++at_;
  state_ = State::leading_lf;
}

void HeadParser::read_method(std::string_view buffer) {
  at_ = skip(buffer, at_, token_byte);
  if (at_ - mark_ > limits_.max_target_bytes)
    return fail(ErrorCode::target_too_long, "the request line is too long");
  if (at_ == buffer.size())
    return;
  if (buffer[at_] != ' ' || at_ == mark_)
    return malformed("the request line does not begin with a method and a space");
  method_name_ = since_mark();
  method_ = method_of(method_name_.of(buffer));
  ++at_;
  begin(State::target);
}

void HeadParser::read_target(std::string_view buffer) {
  at_ = skip(buffer, at_, target_byte);
  if (at_ - mark_ > limits_.max_target_bytes)
    return fail(ErrorCode::target_too_long, "the request target is too long");
  if (at_ == buffer.size())
    return;
  if (buffer[at_] != ' ')
    return malformed("a byte in the request target that may not stand there");
  const std::string_view target = since_mark().of(buffer);
  const auto parts = split_target(target);
  if (!parts || (target == "*" && method_name_.of(buffer) != "OPTIONS"))
    return malformed("the request target is neither a path nor an absolute http URL");
  is_absolute_ = !target.starts_with('/');
  path_ = {static_cast<std::size_t>(parts->path.data() - buffer.data()), parts->path.size()};
  if (!parts->query.empty())
    query_ = {static_cast<std::size_t>(parts->query.data() - buffer.data()), parts->query.size()};
  ++at_;
  begin(State::version);
}

void HeadParser::read_version(char byte) {
  const std::size_t index = at_ - mark_;
  if (index < kVersionPrefix.size()) {
    if (byte != kVersionPrefix[index])
      return malformed("the version is neither HTTP/1.0 nor HTTP/1.1");
  } else if (index == kVersionPrefix.size()) {
    if (byte != '0' && byte != '1')
      return malformed("the version is neither HTTP/1.0 nor HTTP/1.1");
    version_ = byte == '0' ? Version::http_1_0 : Version::http_1_1;
  } else {
    return expect('\r', byte, State::request_line_lf, "the request line does not end with its version");
  }
  ++at_;
}

void HeadParser::read_field_name(std::string_view buffer) {
  at_ = skip(buffer, at_, token_byte);
  if (at_ == buffer.size() || at_ - fields_begin_ > limits_.max_header_bytes)
    return;
  if (at_ == mark_)
    return malformed("a header line without a name");
  if (buffer[at_] != ':')
    return malformed("a header name that is not followed by a colon");
  field_name_ = since_mark();
  ++at_;
  begin(State::field_value);
}

void HeadParser::end_field(std::string_view buffer) {
  constexpr std::size_t kLineEndBytes = 2;
  const std::string_view line = buffer.substr(mark_, at_ - kLineEndBytes - mark_);
  const std::string_view value = without_outer_space(line);
  const std::size_t keys_before = fields_.key_count;
  const std::size_t hosts_before = fields_.host_count;
  const std::string_view fault = fields_.add(field_name_.of(buffer), value);
  if (!fault.empty())
    return malformed(fault);
  if (fields_.key_count > keys_before && keys_before == 0 && !value.empty())
    key_ = {static_cast<std::size_t>(value.data() - buffer.data()), value.size()};
  if (fields_.host_count > hosts_before && !value.empty())
    host_ = {static_cast<std::size_t>(value.data() - buffer.data()), value.size()};
  state_ = State::field_start;
}

void HeadParser::end_head() {
  const std::string_view fault = fields_.fault(version_ == Version::http_1_0);
  if (!fault.empty())
    return malformed(fault);
  status_ = Status::complete;
}

void HeadParser::expect(char expected, char byte, State next, std::string_view fault) {
  if (byte != expected)
    return malformed(fault);
  ++at_;
  state_ = next;
}

void HeadParser::begin(State state) {
  mark_ = at_;
  state_ = state;
}

void HeadParser::fail(ErrorCode code, std::string_view text) {
  status_ = Status::failed;
  fault_ = code;
  fault_text_ = text;
}

RequestHead HeadParser::head(std::string_view buffer) const {
  RequestHead head;
  head.method = method_;
  head.version = version_;
  head.keep_alive =
      !fields_.connection_close && (version_ == Version::http_1_1 || fields_.connection_keep_alive);
  head.chunked = fields_.transfer_encoding_count > 0;
  head.expects_continue = fields_.expects_continue && version_ == Version::http_1_1;
  head.coding = fields_.coding;
  head.content_length = fields_.content_length;
  head.host_count = fields_.host_count;
  head.key_count = fields_.key_count;
  head.key = key_.of(buffer);
  head.host = host_.of(buffer);
  head.is_from_elsewhere = fields_.is_from_elsewhere;
  head.is_absolute = is_absolute_;
  head.path = path_.of(buffer);
  head.query = query_.of(buffer);
  head.size = at_;
  return head;
}

}  // namespace hourglass::http
