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
#include "http/batch_memory.hpp"
#include "http/batch_reader.hpp"
#include "http/export_piece.hpp"
#include "http/pending_answers.hpp"
#include "http/request_body.hpp"
#include "http/request_head.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "http/statistics.hpp"
#include "http/turn.hpp"

namespace hourglass::http {

/// What the sessions of one thread share.
struct SessionContext {
  const ServerSettings& settings;
  const Services& services;
  BatchMemory& batch_memory;  // that the sessions of all threads share
  Answers answers;
  Statistics statistics;
  bool recovered = false;  // the store has been ready once; before that nearly everything is refused
  core::EventLineParser line_parser{};
};

/// Where the other end of a connection is: only who is on this machine may have events exported.
enum class Peer : std::uint8_t { local, remote };

/// The protocol of one connection as a state machine without I/O: bytes come in, bytes, submissions and reads
/// go out, outcomes come in. Consecutive POSTs that are complete make one submission; a request that reads
/// waits for the outcome of those before it, and sees nothing of those behind it. Answers leave in the order
/// of the requests. What is done in one turn, and the output that is built before it is taken, are bounded.
/// Owned by its connection, used by that one's thread.
class Session {
 public:
  enum class Wants : std::uint8_t {
    read,     // more bytes
    submit,   // its events are to be submitted: take_events(), later submission_ended()
    reading,  // of an hour that the store does not have at hand: take_read(), later read_came()
    outcome,  // of its submission or its read
    piece,    // of an export of its export_hours(); later piece_came()
    turn,     // to go on with what has arrived, when its output is written and others have had their turn
    close,    // the output is the last there will be
  };

  Session(SessionContext& context, Peer peer);

  /// Where the next bytes are to be put, and that they have been.
  std::span<char> space();
  void received(std::size_t count);

  /// The client sends nothing more; what has arrived completely is still answered.
  void input_ended();

  std::vector<core::Event> take_events();
  /// `written`: where its events stand, as the store says.
  void submission_ended(const std::optional<base::Error>& failure, const ports::LogMark& written);

  ReadQuery take_read();
  void read_came(const base::Result<ports::HourReading>& reading);

  /// Where the events stand that have been submitted so far.
  [[nodiscard]] const ports::LogMark& written() const { return written_; }

  /// Its export: which hours, and what came of it or why nothing more does.
  [[nodiscard]] core::HourRange export_hours() const { return *request_.hours; }
  void piece_came(const base::Result<ExportPiece>& piece);

  /// Its turn has come again.
  void go_on();

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
    std::optional<core::Event> event;      // of record_event
    std::optional<ReadQuery> read;         // of read_hour
    std::unique_ptr<BatchReader> batch;    // of record_batch
    std::optional<core::HourRange> hours;  // of export_events
    bool export_begun = false;             // the head of its answer is written
    bool answered = false;                 // refused before its body had arrived
    std::chrono::nanoseconds began{0};
  };

  void begin_turn();
  [[nodiscard]] bool is_turn_over() const;
  void advance();
  bool advance_head();
  bool advance_body();
  bool execute();
  void begin_request(const RequestHead& head);
  void prepare(const RequestHead& head, const RouteMatch& match);
  void prepare_batch(const RequestHead& head);
  void prepare_export(const RequestHead& head);
  [[nodiscard]] core::EventLimits event_limits() const;
  [[nodiscard]] std::size_t max_body_bytes(const RequestHead& head) const;
  bool has_recovered();
  void digest();
  void execute_batch();
  void end_request();
  void fail_framing(const base::Error& error);
  void fail_too_large(const base::Error& error);
  void close_after_output();

  void answer_error(const base::Error& error, AnswerForm form);
  void answer_refusal();
  void answer_now();
  void execute_read();
  void answer_read(const base::Result<ports::HourReading>& reading);
  void answer_metrics();
  void answer_readiness();
  void execute_export();
  void answer_export_failure(const base::Error& failure);
  void answer_batch(const std::optional<base::Error>& failure);
  void finish_answer(int status);
  [[nodiscard]] AnswerForm form() const;
  /// Whether the server drains and nothing has arrived behind what the session has looked at.
  [[nodiscard]] bool is_last() const { return draining_ && !more_follows_ && unread().empty(); }
  [[nodiscard]] std::string_view unread() const {
    return std::string_view(input_).substr(begin_, end_ - begin_);
  }

  SessionContext& context_;
  const Peer peer_;
  Wants wants_ = Wants::read;
  Phase phase_ = Phase::head;
  bool input_ended_ = false;
  bool draining_ = false;
  bool more_follows_ = false;
  bool closing_ = false;

  std::string input_;  // the bytes in [begin_, end_) have arrived and are not used up
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t received_bytes_ = 0;
  bool buffer_was_filled_ = false;
  HeadParser parser_;
  std::uint64_t heads_completed_ = 0;
  RequestBody body_;
  std::size_t undigested_ = 0;  // bytes from begin_ on are data of the body that the batch has not yet taken
  Request request_;
  Turn turn_;

  std::vector<core::Event> events_;  // of the submission that is gathered
  PendingAnswers pending_;           // answers from the first of those events on
  bool batch_submitted_ = false;     // the submission is the batch of request_
  ports::LogMark written_;
  std::string output_;

  // Answers further requests for metrics that had arrived when it was made, with none of another kind
  // between.
  std::string metrics_page_;
  std::uint64_t metrics_page_covers_ = 0;  // the received bytes that had
};

}  // namespace hourglass::http
