#include "cli/export_command.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <utility>

#include "cli/export/new_file.hpp"
#include "core/hour_range.hpp"
#include "engine/export/store_export.hpp"
#include "engine/files/posix_file_system.hpp"

namespace hourglass::cli {
namespace {

using Done = base::Expected<void, std::string>;

constexpr int kOk = 200;

/// While it lives, writing to a pipe that nobody reads fails instead of ending the process.
class BrokenPipesFail {
 public:
  BrokenPipesFail() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~BrokenPipesFail() { std::signal(SIGPIPE, before_); }
  BrokenPipesFail(const BrokenPipesFail&) = delete;
  BrokenPipesFail& operator=(const BrokenPipesFail&) = delete;

 private:
  void (*before_)(int);
};

/// Where the lines go, and how many there were.
class Lines {
 public:
  Lines(std::optional<NewFile> file, std::ostream& results) : file_(std::move(file)), results_(results) {}

  Done write(std::string_view lines) {
    count_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    if (file_)
      return file_->write(lines);
    if (results_.write(lines.data(), static_cast<std::streamsize>(lines.size())))
      return {};
    return base::unexpected(std::string("cannot write to the standard output"));
  }

  Done finish() { return file_ ? file_->publish() : Done{}; }

  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::optional<NewFile> file_;
  std::ostream& results_;
  std::uint64_t count_ = 0;
};

/// Of how many hours, and which, events are missing; both empty where none are.
struct Missing {
  std::string count;
  std::string hours;
};

base::Expected<Missing, std::string> export_store(const ExportOptions& options, core::HourRange hours,
                                                  Lines& lines) {
  engine::PosixFileSystem files(engine::PosixFileSystem::Access::read_only);
  const auto begun = engine::StoreExport::begin(files, options.data, hours, [] { return false; });
  if (!begun)
    return base::unexpected(begun.error().message);
  while (true) {
    const auto piece = (*begun)->next();
    if (!piece)
      return base::unexpected(piece.error().message);
    if (piece->empty())
      break;
    if (auto written = lines.write(*piece); !written)
      return base::unexpected(written.error());
  }
  const core::HourList& incomplete = (*begun)->incomplete_hours();
  return incomplete.count() == 0 ? Missing{} : Missing{std::to_string(incomplete.count()), incomplete.text()};
}

std::string path_of(const ExportOptions& options) {
  std::string path = "/analytics/events";
  if (options.from)
    path += "?from=" + std::to_string(options.from->value());
  if (options.to)
    path += (options.from ? "&to=" : "?to=") + std::to_string(options.to->value());
  return path;
}

/// Reads "0" or "3; 2023-11-14T22:00Z/2023-11-15T00:00Z".
base::Expected<Missing, std::string> missing_of(const ServerAnswer& answer) {
  const std::string text = answer.incomplete_hours.value_or("");
  const std::string count = text.substr(0, text.find(';'));
  if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos)
    return base::unexpected(std::string("the server does not say whether all events were there"));
  if (count == "0")
    return Missing{};
  return Missing{count, text.substr(std::min(text.size(), count.size() + 2))};
}

base::Expected<Missing, std::string> export_from_server(const ExportOptions& options,
                                                        const EventsRequest& request, Lines& lines) {
  Done written;
  const auto answer = request(path_of(options), [&](std::string_view part) {
    written = lines.write(part);
    return written.has_value();
  });
  if (!written)
    return base::unexpected(written.error());
  if (!answer)
    return base::unexpected(answer.error());
  if (answer->status != kOk)
    return base::unexpected(answer->problem());
  return missing_of(*answer);
}

}  // namespace

int export_events(const ExportOptions& options, const EventsRequest& request, const Output& output) {
  const BrokenPipesFail broken_pipes_fail;
  const auto hours = core::hours_touched(options.from, options.to);
  if (!hours)
    return output.fail(kExitUsage, hours.error().message);
  std::optional<NewFile> file;
  if (options.output) {
    auto created = NewFile::create(*options.output);
    if (!created)
      return output.fail(kExitFailed, created.error());
    file.emplace(std::move(*created));
  }
  Lines lines(std::move(file), output.results);
  const auto missing =
      options.server ? export_from_server(options, request, lines) : export_store(options, *hours, lines);
  if (!missing)
    return output.fail(kExitFailed, missing.error());
  if (const auto finished = lines.finish(); !finished)
    return output.fail(kExitFailed, finished.error());
  if (options.output)
    output.results << lines.count() << (lines.count() == 1 ? " event exported\n" : " events exported\n");
  const int ended = output.end(kExitDone);
  if (ended != kExitDone || missing->count.empty())
    return ended;
  return output.fail(kExitFailed, "the totals of " + missing->count +
                                      (missing->count == "1" ? " hour are" : " hours are") +
                                      " kept, but not all of their events: " + missing->hours);
}

}  // namespace hourglass::cli
