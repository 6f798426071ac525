#include "cli/send_command.hpp"

#include <algorithm>
#include <filesystem>
#include <semaphore>
#include <system_error>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/stop_signal.hpp"
#include "cli/send/send_run.hpp"

namespace hourglass::cli {
namespace {

constexpr std::string_view kJsonFormat = "ndjson";

/// Waits on a thread of its own for what stops the sending, and lets nothing be tried again from then on. The
/// thread stays: it is the one that a second signal reaches.
class StopWatch {
 public:
  StopWatch(base::StopSignal& signal, Delivery& delivery)
      : signal_(signal), thread_([this, &delivery] {
          signal_.wait();
          delivery.stop_trying();
          ends_.acquire();
        }) {}
  ~StopWatch() {
    signal_.raise();
    ends_.release();
    thread_.join();
  }
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

 private:
  base::StopSignal& signal_;
  std::binary_semaphore ends_{0};
  std::thread thread_;  // last: it uses the others
};

/// Those of the file, with what the command line says in their place.
base::Expected<MappingOptions, std::string> merged_mapping(const SendOptions& options) {
  MappingOptions merged;
  if (options.mapping_file) {
    auto read = read_mapping_file(*options.mapping_file);
    if (!read)
      return read;
    merged = *std::move(read);
  }
  const MappingOptions& given = options.mapping;
  const auto take_over = [](auto& into, const auto& from) {
    if (!from.empty())
      into = from;
  };
  take_over(merged.format, given.format);
  take_over(merged.user, given.user);
  take_over(merged.time, given.time);
  take_over(merged.click, given.click);
  take_over(merged.impression, given.impression);
  take_over(merged.leave_out, given.leave_out);
  merged.hash_user = merged.hash_user || given.hash_user;
  return merged;
}

/// Nothing for NDJSON.
base::Expected<std::optional<LineMapping>, std::string> mapping_of(const SendOptions& options) {
  const auto merged = merged_mapping(options);
  if (!merged)
    return base::unexpected(merged.error());
  if (merged->format == kJsonFormat || merged->format.empty()) {
    const bool has_rules = !merged->user.empty() || merged->hash_user || !merged->time.empty() ||
                           !merged->click.empty() || !merged->impression.empty() ||
                           !merged->leave_out.empty();
    if (has_rules)
      return base::unexpected(std::string("events in NDJSON need no mapping: name the --format of the log"));
    return std::optional<LineMapping>{};
  }
  auto mapping = LineMapping::make(*merged);
  if (!mapping)
    return base::unexpected((options.mapping_file ? options.mapping_file->string() + ": " : "--") +
                            mapping.error());
  return std::optional<LineMapping>(*std::move(mapping));
}

base::Expected<std::vector<ServerClient>, std::string> clients_of(const SendOptions& options) {
  std::vector<ServerClient> clients;
  for (std::size_t i = 0; i < options.connections; ++i) {
    auto client = ServerClient::to(options.server);
    if (!client)
      return base::unexpected(client.error());
    clients.push_back(*std::move(client));
  }
  return clients;
}

/// Where the sending stood when it ended early.
std::string place_text(const SendRun& run) {
  const auto& place = run.sending.done_to();
  if (run.sending.summary().lines == 0)
    return "no line has been read";
  if (!place)
    return "the first lines may not have been taken";
  const auto& inputs = run.options.inputs;
  return "everything up to line " + std::to_string(place->line) + " of " +
         inputs[std::min(place->input, inputs.size() - 1)] + " has been taken";
}

/// What else is to be done with the file of rejects, under whatever name; empty if nothing is.
std::string other_use_of(const std::filesystem::path& rejects, const SendOptions& options) {
  const auto is_same = [&](const std::filesystem::path& path) {
    std::error_code missing;
    return path == rejects || std::filesystem::equivalent(path, rejects, missing);
  };
  if (std::any_of(options.inputs.begin(), options.inputs.end(), is_same))
    return "one of the files to send";
  if (options.mapping_file && is_same(*options.mapping_file))
    return "the file of the mapping";
  return options.follow && is_same(position_of(options)) ? "the file of the position" : "";
}

/// Sends, and tells what became of it.
int run_to_end(SendRun& run, RejectsFile* rejects, const Output& output) {
  bool is_whole = true;
  base::Expected<void, std::string> sent;
  if (run.options.follow) {
    sent = send_followed(run);
  } else {
    const auto read = send_files(run);
    is_whole = read.value_or(false);
    if (!read)
      sent = base::unexpected(read.error());
    const auto finished = run.sending.finish();
    if (sent && !finished)
      sent = finished;
  }
  if (rejects != nullptr && sent)
    sent = rejects->flush();
  run.progress.clear();
  const Summary& summary = run.sending.summary();
  output.results << summary.text();
  const bool is_stopped = run.is_stopped();
  if (is_stopped || !sent)
    run.notice(std::string(is_stopped ? "stopped" : sent.error()) + "; " + place_text(run) +
               (run.options.follow ? "" : "; send the same again to go on, nothing counts twice"));
  const bool all_taken = sent && is_whole && summary.refused_lines() == 0 && summary.open_lines() == 0;
  const bool is_done = all_taken && (run.options.follow || !is_stopped);
  return output.end(is_done ? kExitDone : kExitFailed);
}

}  // namespace

int send(const SendOptions& options, const Output& output) {
  base::StopSignal stop;  // before there are other threads
  auto mapping = mapping_of(options);
  if (!mapping)
    return output.fail(kExitUsage, mapping.error());
  auto clients = clients_of(options);
  if (!clients)
    return output.fail(kExitUsage, clients.error());
  std::optional<RejectsFile> rejects;
  if (options.rejects) {
    if (const std::string use = other_use_of(*options.rejects, options); !use.empty())
      return output.fail(kExitUsage, "--rejects " + options.rejects->string() + " is " + use);
    auto created = RejectsFile::open(*options.rejects, options.follow);
    if (!created)
      return output.fail(kExitFailed, created.error());
    rejects = *std::move(created);
  }
  RejectsFile* const kept_rejects = rejects ? &*rejects : nullptr;
  LineEvents events(options.source, *std::move(mapping));
  Delivery delivery(*std::move(clients), options.retry_for);
  const StopWatch watch(stop, delivery);
  Sending sending(options.inputs, events, delivery, kept_rejects);
  Progress progress(output.errors, ::isatty(STDERR_FILENO) == 1);
  SendRun run{options, output.errors, events, delivery, sending, progress, {stop.descriptor()}};
  sending.set_waiting([&] { run.show(); });
  return run_to_end(run, kept_rejects, output);
}

}  // namespace hourglass::cli
