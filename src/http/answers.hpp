#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "core/hour.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// What an answer says about the connection.
enum class Persistence : std::uint8_t {
  keep,         // HTTP/1.1 keeps it without saying so
  keep_spoken,  // HTTP/1.0 has to be told
  close,
};

/// How the answer to one request is written.
struct AnswerForm {
  Persistence persistence = Persistence::keep;
  bool head_only = false;  // HEAD: the header section of the answer, and nothing behind it
};

/// Writes answers, each complete, behind what is in a string already. Keeps the text of the Date header for
/// as long as its second lasts; one thread at a time.
class Answers {
 public:
  /// Seconds are taken from here; call it before answers are written.
  void set_time(core::Timestamp now);

  void no_content(std::string& out, AnswerForm form) const;
  void totals(std::string& out, AnswerForm form, const ports::HourReading& reading) const;
  void text(std::string& out, AnswerForm form, int status, std::string_view content_type,
            std::string_view body) const;
  /// The head of an export; its lines follow in chunks.
  void events(std::string& out, AnswerForm form) const;
  /// The answer to a batch, and how long the ids of its lines are remembered at least.
  void batch(std::string& out, AnswerForm form, std::string_view report, std::chrono::seconds window) const;

  void error(std::string& out, AnswerForm form, const base::Error& error,
             std::string_view allowed = {}) const;

  /// The readiness of the program, which depends on the store's alone; what that depends on is named.
  void readiness(std::string& out, AnswerForm form, const ports::StoreState& store) const;
  void go_on(std::string& out) const;  // 100 Continue

 private:
  void begin(std::string& out, int status, AnswerForm form) const;
  void problem(std::string& out, AnswerForm form, const base::Error& error, std::string_view allowed,
               std::string_view more) const;
  static void end(std::string& out, AnswerForm form, std::string_view content_type, std::string_view body);

  std::uint64_t second_ = 0;
  std::string date_ = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
};

}  // namespace hourglass::http
