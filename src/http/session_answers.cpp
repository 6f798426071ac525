// How a session answers requests. How it receives them stands in session.cpp.

#include "http/error_status.hpp"
#include "http/session.hpp"

namespace hourglass::http {
namespace {

using base::Error;
using ports::StoreCondition;

constexpr std::string_view kPlainText = "text/plain";
constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

void Session::finish_answer(int status) {
  const auto took = context_.services.clock.elapsed() - request_.began;
  context_.statistics.count_answer(request_.route, status, std::chrono::duration<double>(took).count());
}

void Session::answer_error(const Error& error, AnswerForm form) {
  if (pending_.empty())
    context_.answers.error(output_, form, error, request_.allowed);
  else
    pending_.add_error(form, error, request_.allowed, context_.answers);
  context_.statistics.count_refusal(error.code);
  finish_answer(status_of(error.code));
}

void Session::answer_refusal() {
  answer_error(*request_.refusal, form());
}

/// Ends the connection with an error of its framing: what follows cannot be told apart any more.
void Session::fail_framing(const Error& error) {
  if (phase_ == Phase::head) {
    request_ = Request{};
    request_.began = context_.services.clock.elapsed();
    context_.answers.set_time(context_.services.clock.now());
  }
  AnswerForm form = request_.form;
  form.persistence = Persistence::close;
  if (!request_.answered)
    answer_error(error, form);
  close_after_output();
}

/// Ends the connection, since the rest of the body is not waited for. What is wrong with the head goes first.
void Session::fail_too_large(const Error& error) {
  fail_framing(request_.refusal ? Error(*request_.refusal) : error);
}

void Session::refuse(const Error& error) {
  fail_framing(error);
  advance();
}

void Session::answer_now() {
  switch (*request_.handler) {
    case Handler::health: context_.answers.text(output_, form(), 200, kPlainText, "ok\n"); break;
    case Handler::metrics: answer_metrics(); return;
    case Handler::readiness: answer_readiness(); return;
    case Handler::record_event:
    case Handler::record_batch:   // answered when their submission has ended
    case Handler::read_hour:      // answered when the store has
    case Handler::export_events:  // answered piece by piece
      break;
  }
  finish_answer(200);
}

void Session::execute_read() {
  const auto reading = context_.services.store.read_now(request_.read->hour);
  if (!reading) {
    wants_ = Wants::reading;
    return;
  }
  answer_read(*reading);
  end_request();
}

void Session::read_came(const base::Result<ports::HourReading>& reading) {
  wants_ = Wants::read;
  context_.answers.set_time(context_.services.clock.now());  // it may have taken seconds
  answer_read(reading);
  end_request();
  advance();
}

void Session::answer_read(const base::Result<ports::HourReading>& reading) {
  if (!reading) {
    answer_error(reading.error(), form());
    return;
  }
  context_.answers.totals(output_, form(), *reading);
  finish_answer(200);
}

void Session::answer_metrics() {
  if (metrics_page_.empty() || received_bytes_ - unread().size() > metrics_page_covers_) {
    metrics_page_ = context_.services.render_metrics();
    metrics_page_covers_ = received_bytes_;
    turn_.end();  // it takes as long as a turn may take
  }
  context_.answers.text(output_, form(), 200, kPrometheusText, metrics_page_);
  finish_answer(200);
  if (unread().empty())
    std::string().swap(metrics_page_);  // an assignment would keep its memory
}

void Session::answer_readiness() {
  const ports::StoreState state = context_.services.store.state();
  context_.answers.readiness(output_, form(), state);
  finish_answer(state.condition == StoreCondition::ready ? 200 : 503);
}

void Session::execute_batch() {
  if (const auto finished = request_.batch->finish(); !finished) {
    answer_error(finished.error(), form());
    end_request();
    return;
  }
  events_ = request_.batch->take_events();
  if (events_.empty()) {
    answer_batch(std::nullopt);
    end_request();
    return;
  }
  batch_submitted_ = true;
  wants_ = Wants::submit;
}

void Session::answer_batch(const std::optional<Error>& failure) {
  if (failure) {
    answer_error(*failure, form());
    return;
  }
  context_.answers.batch(output_, form(), request_.batch->report(),
                         std::chrono::floor<std::chrono::seconds>(context_.settings.idempotency_window));
  finish_answer(200);
}

}  // namespace hourglass::http
