#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "http/analytics_query.hpp"
#include "http/answers.hpp"
#include "http/batch_reader.hpp"
#include "http/pending_answers.hpp"
#include "http/request_body.hpp"
#include "http/request_head.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "http/statistics.hpp"

namespace hourglass::http {

/// What the sessions of one thread share.
struct SessionContext {
  const ServerSettings& settings;
  const Services& services;
  Answers answers;
  Statistics statistics;
  bool recovered = false;  // the store has been ready once; before that nearly everything is refused
};

/// The protocol of one connection as a state machine without I/O: bytes come in, bytes and submissions go
/// out, outcomes come in. Consecutive POSTs that are complete make one submission; a request that reads waits
/// for the outcome of those before it, and sees nothing of those behind it. Answers leave in the order of the
/// requests. Owned by its connection, used by that one's thread.
class Session {
 public:
  enum class Wants : std::uint8_t {
    read,     // more bytes
    submit,   // its events are to be submitted: take_events(), later submission_ended()
    outcome,  // of its submission
    close,    // the output is the last there will be
  };

  explicit Session(SessionContext& context);

  /// Where the next bytes are to be put, and that they have been.
  std::span<char> space();
  void received(std::size_t count);

  /// The client sends nothing more; what has arrived completely is still answered.
  void input_ended();

  std::vector<core::Event> take_events();
  void submission_ended(const std::optional<base::Error>& failure);

  /// What is to be written now.
  [[nodiscard]] std::string take_output();
  [[nodiscard]] bool has_output() const { return !output_.empty(); }

  [[nodiscard]] Wants wants() const { return wants_; }

  /// Whether part of a request has arrived: its head, or its head and part of its body.
  [[nodiscard]] bool in_head() const { return phase_ == Phase::head && parser_.begun(); }
  [[nodiscard]] bool in_body() const { return phase_ == Phase::body; }

  /// How many heads have been complete: tells one incomplete head from the next.
  [[nodiscard]] std::uint64_t heads_completed() const { return heads_completed_; }

  /// Ends the connection with an error: a request that did not arrive in time, or a connection too many.
  void refuse(const base::Error& error);

  /// From now on the answer to the last request that has arrived says that the connection closes, and it
  /// does. `more_follows`: more has arrived than the session has been given, or is given next.
  void drain(bool more_follows) {
    draining_ = true;
    more_follows_ = more_follows;
  }

 private:
  enum class Phase : std::uint8_t { head, body, execute };

  /// The request that is being received, as far as its head determined it.
  struct Request {
    RouteName route = RouteName::unmatched;
    AnswerForm form;
    std::optional<Handler> handler;  // none: it is refused
    std::optional<base::Error> refusal;
    std::string_view allowed;
    std::optional<core::Event> event;    // of record_event
    std::optional<core::Hour> hour;      // of read_hour
    std::unique_ptr<BatchReader> batch;  // of record_batch
    bool answered = false;               // refused before its body had arrived
    std::chrono::nanoseconds began{0};
  };

  void advance();
  bool advance_head();
  bool advance_body();
  bool execute();
  void begin_request(const RequestHead& head);
  void prepare(const RequestHead& head, const RouteMatch& match);
  void prepare_batch(const RequestHead& head);
  bool has_recovered();
  bool feed_batch(std::string_view data);
  void execute_batch();
  void end_request();
  void fail_framing(const base::Error& error);
  void close_after_output();

  std::string& answer_text();
  void answer_error(const base::Error& error, AnswerForm form);
  void answer_refusal();
  void answer_now();
  void answer_read();
  void answer_readiness();
  void answer_batch(const std::optional<base::Error>& failure);
  void finish_answer(int status);
  [[nodiscard]] AnswerForm form() const;
  [[nodiscard]] std::string_view unread() const {
    return std::string_view(input_).substr(begin_, end_ - begin_);
  }

  SessionContext& context_;
  Wants wants_ = Wants::read;
  Phase phase_ = Phase::head;
  bool input_ended_ = false;
  bool draining_ = false;
  bool more_follows_ = false;
  bool closing_ = false;

  std::string input_;  // the bytes in [begin_, end_) have arrived and are not used up
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool buffer_was_filled_ = false;
  HeadParser parser_;
  std::uint64_t heads_completed_ = 0;
  RequestBody body_;
  Request request_;

  std::vector<core::Event> events_;  // of the submission that is gathered
  PendingAnswers pending_;           // answers from the first of those events on
  bool batch_submitted_ = false;     // the submission is the batch of request_
  std::string output_;
};

}  // namespace hourglass::http
