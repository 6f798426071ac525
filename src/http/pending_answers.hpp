#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/answers.hpp"
#include "http/routes.hpp"
#include "http/statistics.hpp"

namespace hourglass::http {

/// Answers that cannot be written yet, since they wait for the outcome of a submission or stand behind one
/// that does. In the order of their requests.
class PendingAnswers {
 public:
  /// The answer to a POST whose event is in the submission; `began` as the clock's elapsed time.
  void add_event(AnswerForm form, RouteName route, std::chrono::nanoseconds began);

  /// An answer that is known already; `allowed` as for Answers::error().
  void add_error(AnswerForm form, const base::Error& error, std::string_view allowed, const Answers& answers);

  /// Where what is no answer yet is to be written: 100 Continue.
  std::string& add_text();

  /// The connection closes behind them: lets the last one say so.
  void close_behind(const Answers& answers);

  /// Writes them all, now that the outcome is known.
  void resolve(std::string& out, const std::optional<base::Error>& failure, const Answers& answers,
               Statistics& statistics, std::chrono::nanoseconds now);

  /// How long the texts are that are known already, but for the last.
  [[nodiscard]] std::size_t text_bytes() const { return text_bytes_; }

  [[nodiscard]] bool empty() const { return answers_.empty(); }

 private:
  struct Answer {
    bool waits = false;  // for the outcome; otherwise its text is there
    AnswerForm form;
    RouteName route = RouteName::unmatched;
    std::chrono::nanoseconds began{0};
    std::string text;
  };
  struct KnownError {
    base::Error error;
    std::string_view allowed;
  };

  Answer& add();

  std::vector<Answer> answers_;
  std::optional<KnownError> last_error_;  // what the last of them says, if that is an error known already
  std::size_t text_bytes_ = 0;
};

}  // namespace hourglass::http
