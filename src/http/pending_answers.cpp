#include "http/pending_answers.hpp"

#include "http/error_status.hpp"

namespace hourglass::http {

void PendingAnswers::add_event(AnswerForm form, RouteName route, std::chrono::nanoseconds began) {
  add() = {true, form, route, began, {}};
}

void PendingAnswers::add_error(AnswerForm form, const base::Error& error, std::string_view allowed,
                               const Answers& answers) {
  Answer& answer = add();
  answer.form = form;
  answers.error(answer.text, form, error, allowed);
  last_error_ = {error, allowed};
}

std::string& PendingAnswers::add_text() {
  return add().text;
}

PendingAnswers::Answer& PendingAnswers::add() {
  if (!answers_.empty())
    text_bytes_ += answers_.back().text.size();
  last_error_.reset();
  return answers_.emplace_back();
}

void PendingAnswers::close_behind(const Answers& answers) {
  Answer& last = answers_.back();
  last.form.persistence = Persistence::close;
  if (!last_error_)
    return;
  last.text.clear();
  answers.error(last.text, last.form, last_error_->error, last_error_->allowed);
}

void PendingAnswers::resolve(std::string& out, const std::optional<base::Error>& failure,
                             const Answers& answers, Statistics& statistics, std::chrono::nanoseconds now) {
  for (const Answer& answer : answers_) {
    if (!answer.waits) {
      out += answer.text;
      continue;
    }
    if (failure) {
      answers.error(out, answer.form, *failure);
      statistics.count_refusal(failure->code);
    } else {
      answers.no_content(out, answer.form);
    }
    statistics.count_answer(answer.route, failure ? status_of(failure->code) : 204,
                            std::chrono::duration<double>(now - answer.began).count());
  }
  answers_.clear();
  text_bytes_ = 0;
}

}  // namespace hourglass::http
