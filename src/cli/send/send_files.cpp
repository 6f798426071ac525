#include <filesystem>
#include <system_error>
#include <vector>

#include "cli/input/line_reader.hpp"
#include "cli/input/occurrence_counter.hpp"
#include "cli/send/send_run.hpp"

namespace hourglass::cli {
namespace {

/// Between two looks at the clock and at whether to stop.
constexpr std::uint64_t kLinesBetweenLooks = 500;

/// How long what has been gathered waits for more lines of a pipe.
constexpr std::chrono::milliseconds kPatience{200};

/// The sizes of all inputs together; 0 where one of them has none, as a pipe.
std::uint64_t total_size(const std::vector<std::string>& inputs) {
  std::uint64_t total = 0;
  for (const std::string& input : inputs) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(input, error);
    if (error)
      return 0;
    total += size;
  }
  return total;
}

/// One input.
class FileSending {
 public:
  FileSending(SendRun& run, std::size_t input, std::uint64_t bytes_before)
      : run_(run),
        input_(input),
        name_(run.options.inputs[input]),
        bytes_before_(bytes_before),
        counter_(temporary_directory()) {}

  /// False: it could not be read to its end, which has been told.
  base::Expected<bool, std::string> send() {
    auto reader = LineReader::open(name_, run_.stop);
    if (!reader) {
      run_.notice(reader.error());
      return false;
    }
    reader->set_patience(kPatience);
    run_.input = name_;
    run_.events.begin_file();
    while (!run_.is_stopped()) {
      const auto state = send_some(*reader);
      if (!state)
        return base::unexpected(state.error());
      if (*state != State::goes_on)
        return *state == State::ended;
      run_.bytes_read = bytes_before_ + reader->bytes_read();
      run_.show();
    }
    return true;
  }

 private:
  enum class State { goes_on, ended, unreadable };

  base::Expected<State, std::string> send_some(LineReader& reader) {
    for (std::uint64_t i = 0; i < kLinesBetweenLooks; ++i) {
      const auto line = reader.next();
      if (!line) {
        run_.notice(line.error());
        return State::unreadable;
      }
      if (!*line)
        return reader.was_stopped() ? wait_for_more() : base::Expected<State, std::string>(State::ended);
      const bool is_part = (*line)->is_cut && run_.events.needs_whole_lines() && reader.is_being_written();
      const auto taken =
          is_part ? run_.sending.refuse_cut(input_, **line) : run_.sending.take(input_, **line, count_);
      if (!taken)
        return base::unexpected(taken.error());
    }
    return State::goes_on;
  }

  /// A pipe that is quiet: what has come so far goes its way.
  base::Expected<State, std::string> wait_for_more() {
    if (const auto flushed = run_.sending.flush(); !flushed)
      return base::unexpected(flushed.error());
    if (const auto heard = run_.sending.collect(false); !heard)
      return base::unexpected(heard.error());
    return State::goes_on;
  }

  SendRun& run_;
  const std::size_t input_;
  const std::string& name_;
  const std::uint64_t bytes_before_;
  OccurrenceCounter counter_;
  const LineCount count_ = [this](const LineKey& key) { return counter_.count(key); };
};

}  // namespace

base::Expected<bool, std::string> send_files(SendRun& run) {
  const std::vector<std::string>& inputs = run.options.inputs;
  run.bytes_total = total_size(inputs);
  std::uint64_t bytes_before = 0;
  bool all_read = true;
  for (std::size_t input = 0; input < inputs.size() && !run.is_stopped(); ++input) {
    const auto is_read = FileSending(run, input, bytes_before).send();
    if (!is_read)
      return base::unexpected(is_read.error());
    all_read = all_read && *is_read;
    bytes_before += run.bytes_total > 0 ? total_size({inputs[input]}) : 0;
  }
  return all_read;
}

}  // namespace hourglass::cli
