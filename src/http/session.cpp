// How a session receives requests. How it answers them stands in session_answers.cpp.

#include "http/session.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::http {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kSmallestBuffer = 4 * 1024;
constexpr std::size_t kLargestBuffer = 64 * 1024;  // more only for a head that is longer

/// So many events of one connection wait for one commit at the most.
constexpr std::size_t kMaxGatheredEvents = 1'000;

/// Output beyond this is to be written before more of it is made.
constexpr std::size_t kMaxUnwrittenBytes = 64 * 1024;

// What a turn is charged with.
constexpr std::size_t kStepsARequest = 100;
constexpr std::size_t kBodyBytesAStep = 8;

}  // namespace

Session::Session(SessionContext& context, Peer peer)
    : context_(context),
      peer_(peer),
      parser_({context.settings.max_target_bytes, context.settings.max_header_bytes}) {}

std::span<char> Session::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (begin_ > 0 && end_ == input_.size()) {
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(begin_),
              input_.begin() + static_cast<std::ptrdiff_t>(end_), input_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == input_.size() || (buffer_was_filled_ && input_.size() < kLargestBuffer))
    input_.resize(std::max(kSmallestBuffer, 2 * input_.size()));
  return {input_.data() + end_, input_.size() - end_};
}

void Session::received(std::size_t count) {
  end_ += count;
  received_bytes_ += count;
  buffer_was_filled_ = end_ == input_.size();
  begin_turn();
}

void Session::input_ended() {
  input_ended_ = true;
  if (wants_ == Wants::read)
    begin_turn();
}

void Session::go_on() {
  if (wants_ != Wants::turn)
    return;
  wants_ = Wants::read;
  begin_turn();
}

void Session::begin_turn() {
  turn_.begin();
  advance();
}

bool Session::is_turn_over() const {
  return turn_.is_over() || output_.size() + pending_.text_bytes() > kMaxUnwrittenBytes;
}

void Session::advance() {
  bool more = true;
  while (more && wants_ == Wants::read && !closing_) {
    if (is_turn_over()) {
      wants_ = pending_.empty() ? Wants::turn : Wants::submit;
      return;
    }
    switch (phase_) {
      case Phase::head: more = advance_head(); break;
      case Phase::body: more = advance_body(); break;
      case Phase::execute: more = execute(); break;
    }
  }
  // Nothing more can be done with what has arrived.
  if (wants_ != Wants::read)
    return;
  if (!pending_.empty())
    wants_ = Wants::submit;
  else if (closing_ || input_ended_)
    wants_ = Wants::close;
}

bool Session::advance_head() {
  if (unread().empty())
    return false;
  switch (parser_.parse(unread())) {
    case HeadParser::Status::incomplete: return false;
    case HeadParser::Status::failed: fail_framing(parser_.error()); return true;
    case HeadParser::Status::complete: break;
  }
  turn_.spend(kStepsARequest);
  const RequestHead head = parser_.head(unread());
  begin_ += head.size;
  begin_request(head);
  parser_.reset();
  ++heads_completed_;
  phase_ = Phase::body;
  return true;
}

void Session::begin_request(const RequestHead& head) {
  context_.answers.set_time(context_.services.clock.now());
  const RouteMatch match = match_route(head.method, head.path, context_.settings.serves_api);
  request_ = Request{};
  request_.began = context_.services.clock.elapsed();
  request_.route = match.name;
  request_.allowed = match.allowed;
  request_.form.head_only = head.method == Method::head;
  if (!head.keep_alive)
    request_.form.persistence = Persistence::close;
  else if (head.version == Version::http_1_0)
    request_.form.persistence = Persistence::keep_spoken;
  prepare(head, match);
  if (request_.handler != Handler::metrics)
    metrics_page_.clear();
  body_ = RequestBody(head, max_body_bytes(head));

  const bool waits_for_us = head.expects_continue && head.version == Version::http_1_1 && unread().empty();
  if (!waits_for_us || head.content_length > max_body_bytes(head))
    return;
  if (request_.refusal) {
    answer_refusal();
    request_.answered = true;
    if (form().persistence == Persistence::close)
      close_after_output();
  } else if (head.chunked || head.content_length > 0) {
    context_.answers.go_on(pending_.empty() ? output_ : pending_.add_text());
  }
}

/// Does with the head all that can be done, since its bytes do not stay.
void Session::prepare(const RequestHead& head, const RouteMatch& match) {
  const auto handler = match.handler ? std::optional(*match.handler) : std::nullopt;
  const bool needs_no_store =
      handler == Handler::health || handler == Handler::metrics || handler == Handler::readiness;
  if (!needs_no_store && context_.settings.serves_api && !has_recovered()) {
    request_.refusal = Error{ErrorCode::store_unavailable, "the store is being recovered"};
    return;
  }
  if (!handler) {
    request_.refusal = match.handler.error();
    return;
  }
  request_.handler = *handler;
  if (*handler == Handler::record_event) {
    auto event = parse_event_query(head.query, {head.key_count, head.key}, event_limits(),
                                   context_.services.clock.now());
    if (event)
      request_.event = std::move(*event);
    else
      request_.refusal = std::move(event.error());
  } else if (*handler == Handler::read_hour) {
    const auto read = parse_read_query(head.query);
    if (read)
      request_.read = *read;
    else
      request_.refusal = read.error();
  } else if (*handler == Handler::record_batch) {
    prepare_batch(head);
  } else if (*handler == Handler::export_events) {
    prepare_export(head);
  }
}

void Session::prepare_batch(const RequestHead& head) {
  if (head.coding == ContentCoding::unsupported) {
    request_.refusal =
        Error{ErrorCode::unsupported_encoding, "the body may be encoded as gzip or not at all"};
    return;
  }
  auto key = parse_key_header({head.key_count, head.key});
  if (!key) {
    request_.refusal = std::move(key.error());
    return;
  }
  request_.batch = std::make_unique<BatchReader>(
      BatchReader::Settings{context_.settings.max_body_bytes, head.coding == ContentCoding::gzip,
                            event_limits(), context_.services.clock.now(), std::move(*key)},
      context_.line_parser, context_.batch_memory);
}

/// The limit counts decompressed bytes, so that of compressed ones leaves room for what does not compress and
/// for members of single lines.
std::size_t Session::max_body_bytes(const RequestHead& head) const {
  constexpr std::size_t kMostCompressedGrowth = 2;
  const bool is_compressed = request_.batch && head.coding == ContentCoding::gzip;
  return (is_compressed ? kMostCompressedGrowth : 1) * context_.settings.max_body_bytes;
}

core::EventLimits Session::event_limits() const {
  core::EventLimits limits = context_.settings.event_limits;
  limits.first_open_hour = context_.services.store.first_open_hour();
  return limits;
}

bool Session::has_recovered() {
  if (!context_.recovered)
    context_.recovered = context_.services.store.state().condition != ports::StoreCondition::recovering;
  return context_.recovered;
}

bool Session::advance_body() {
  if (undigested_ > 0 || (request_.batch && request_.batch->has_more())) {
    digest();
    return true;
  }
  const RequestBody::Step step = body_.next(unread());
  turn_.spend(1 + step.consumed / kBodyBytesAStep);
  begin_ += step.consumed;
  if (request_.batch && !step.data.empty()) {
    undigested_ = step.data.size();  // the last of what was consumed
    begin_ -= undigested_;
    return true;
  }
  switch (step.status) {
    case RequestBody::Status::malformed:
      fail_framing({ErrorCode::malformed_request, "the chunks of the body are malformed"});
      return true;
    case RequestBody::Status::too_large:
      fail_too_large({ErrorCode::body_too_large, "the body is larger than http.max_body_size"});
      return true;
    case RequestBody::Status::done: phase_ = Phase::execute; return true;
    case RequestBody::Status::more: break;
  }
  return step.consumed > 0 && !unread().empty();
}

/// Lets the batch take what has arrived of it, as far as the turn allows.
void Session::digest() {
  const auto taken = request_.batch->append(unread().substr(0, undigested_), turn_);
  if (taken) {
    begin_ += *taken;
    undigested_ -= *taken;
    return;
  }
  begin_ += std::exchange(undigested_, 0);
  if (taken.error().code == ErrorCode::body_too_large)
    return fail_too_large(taken.error());
  request_.refusal = taken.error();
  request_.batch.reset();
}

bool Session::execute() {
  if (request_.refusal) {
    if (!request_.answered)
      answer_refusal();
    end_request();
  } else if (request_.handler == Handler::record_event) {
    events_.push_back(std::move(*request_.event));
    pending_.add_event(form(), request_.route, request_.began);
    end_request();
    if (events_.size() >= kMaxGatheredEvents)
      wants_ = Wants::submit;
  } else if (!pending_.empty()) {
    wants_ = Wants::submit;  // what this request says must contain the events before it
  } else if (request_.handler == Handler::read_hour) {
    execute_read();
  } else if (request_.handler == Handler::record_batch) {
    execute_batch();
  } else if (request_.handler == Handler::export_events) {
    execute_export();
  } else {
    answer_now();
    end_request();
  }
  return true;
}

void Session::end_request() {
  if (form().persistence == Persistence::close)
    close_after_output();
  phase_ = Phase::head;
}

void Session::close_after_output() {
  closing_ = true;
  begin_ = end_;  // nothing behind this is looked at
  undigested_ = 0;
  request_.batch.reset();
}

/// While the server drains, the last answer says that the connection closes.
AnswerForm Session::form() const {
  AnswerForm form = request_.form;
  if (is_last())
    form.persistence = Persistence::close;
  return form;
}

std::vector<core::Event> Session::take_events() {
  wants_ = Wants::outcome;
  return std::exchange(events_, {});
}

void Session::submission_ended(const std::optional<base::Error>& failure, const ports::LogMark& written) {
  wants_ = Wants::read;
  written_.raise(written);
  if (batch_submitted_) {
    batch_submitted_ = false;
    answer_batch(failure);
    end_request();
  } else {
    // Draining may have begun while they waited.
    const bool closes = phase_ == Phase::head && is_last();
    if (closes)
      pending_.close_behind(context_.answers);
    pending_.resolve(output_, failure, context_.answers, context_.statistics,
                     context_.services.clock.elapsed());
    if (closes)
      close_after_output();
  }
  advance();
}

ReadQuery Session::take_read() {
  wants_ = Wants::outcome;
  return *request_.read;
}

std::string Session::take_output() {
  return std::exchange(output_, {});
}

}  // namespace hourglass::http
