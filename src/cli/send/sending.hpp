#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/send/delivery.hpp"
#include "cli/send/line_events.hpp"
#include "cli/send/rejects_file.hpp"
#include "cli/send/summary.hpp"

namespace hourglass::cli {

/// Brings lines to a server: makes their events, gathers them in batches, hands these over and hears what
/// became of them. Every failure ends the sending, and is a sentence for people. One thread.
class Sending {
 public:
  /// The names of the inputs are for rejects; those behind the last have its name. Everything outlives it;
  /// `rejects` may be nothing.
  Sending(std::vector<std::string> inputs, LineEvents& events, Delivery& delivery, RejectsFile* rejects);

  /// Called now and then while there is nothing to do but wait for the server.
  void set_waiting(std::function<void()> while_waiting) { while_waiting_ = std::move(while_waiting); }

  using Result = base::Expected<void, std::string>;

  /// Takes the next line of an input; waits while too many batches are under way.
  Result take(std::size_t input, const Line& line, const LineCount& count);

  /// Refuses the end of an input that is no whole line: what is missing may still be written.
  Result refuse_cut(std::size_t input, const Line& line);

  /// Hands over what has been gathered, however little it is.
  Result flush();

  /// Hears what became of the batches that have finished; waits for one with `wait`, a moment at most.
  Result collect(bool wait);

  /// Flushes, and waits for all batches.
  Result finish();

  /// Writes the rejects, so that a place may be kept behind their lines.
  Result write_rejects() { return rejects_ == nullptr ? Result{} : rejects_->flush(); }

  [[nodiscard]] bool has_gathered() const { return batch_.read_to.line > 0; }
  [[nodiscard]] const Summary& summary() const { return summary_; }

  /// Up to where everything has been taken by the server, refused or left out; nothing at the beginning.
  [[nodiscard]] const std::optional<InputPlace>& done_to() const { return done_to_; }

 private:
  Result submit(Batch& batch);
  Result refuse(std::size_t input, std::uint64_t line, const std::string& code, const std::string& why,
                std::string_view original);
  Result hear(DeliveredBatch& delivered);
  void complete(std::uint64_t batch_number, const InputPlace& place);

  const std::vector<std::string> inputs_;
  LineEvents& events_;
  Delivery& delivery_;
  RejectsFile* rejects_;
  std::function<void()> while_waiting_ = [] {};
  Summary summary_;
  Batch batch_;
  std::map<std::uint64_t, InputPlace> completed_;  // batches behind one that has not finished
  std::uint64_t next_to_complete_ = 0;
  std::optional<InputPlace> done_to_;
};

}  // namespace hourglass::cli
