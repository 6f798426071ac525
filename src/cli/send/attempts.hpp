#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "base/result.hpp"
#include "cli/server/server_client.hpp"
#include "core/json/server_answer.hpp"

namespace hourglass::cli {

/// What the answer to a batch means.
struct Verdict {
  enum class Kind : std::uint8_t {
    taken,      // `report` says what became of each line
    again,      // it cannot be taken now, or nobody knows: the same batch is to be sent again
    too_large,  // parts of it may be taken
    refused,    // and always will be
  };

  Kind kind;
  core::BatchReport report{};
  std::string problem;  // of a batch that was not taken, for people
};

/// By the rules of the contract: 503 and 504 are sent again, and so is what got no answer. A 200 counts only
/// if its report accounts for each of the `lines`.
Verdict verdict_of(const base::Expected<ServerAnswer, std::string>& answer, std::size_t lines);

/// How long to wait before the next attempt: at random up to a bound that doubles from 100 ms to 10 s, so
/// that clients which were turned away together do not come back together; never less than the server asked
/// for.
class Backoff {
 public:
  explicit Backoff(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::chrono::milliseconds next(std::optional<std::chrono::seconds> retry_after);

  /// The next failure is a first one again.
  void reset() { bound_ = kFirstBound; }

  static constexpr std::chrono::milliseconds kFirstBound{100};
  static constexpr std::chrono::milliseconds kLastBound{10'000};
  static constexpr std::chrono::seconds kMostRetryAfter{60};  // what a server may ask for

 private:
  std::mt19937_64 random_;
  std::chrono::milliseconds bound_ = kFirstBound;
};

}  // namespace hourglass::cli
