#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::core {

/// What a server says of a batch that it has taken.
struct BatchReport {
  struct Rejection {
    std::uint64_t line;  // of the batch, from 1
    std::string code;
    std::string message;

    friend bool operator==(const Rejection&, const Rejection&) = default;
  };

  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;         // all of them
  std::vector<Rejection> rejections;  // the first of them

  friend bool operator==(const BatchReport&, const BatchReport&) = default;
};

/// What a server says, fit for a line of a terminal or a file: at most so many bytes, and with a question
/// mark for all that is not visible ASCII. A server that is none of ours may say anything.
std::string harmless_text(std::string_view text, std::size_t most_bytes = 300);

/// Reads the body of a 200 to `POST /analytics/batch`; nothing where it is no such report.
std::optional<BatchReport> parse_batch_report(std::string_view body);

/// Reads the code and the sentence of an error answer, as "overloaded: too much waits"; nothing where the
/// body is none.
std::optional<std::string> parse_problem(std::string_view body);

}  // namespace hourglass::core
