#include "engine/verification/store_files.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

/// The names in a folder; none where there is no folder yet.
StoreResult<std::vector<std::string>> names_in(FileSystem& files, const std::filesystem::path& directory,
                                               const char* folder) {
  auto names = files.list(directory / folder);
  if (names)
    return std::move(*names);
  const auto parent = files.list(directory);
  if (parent && std::find(parent->begin(), parent->end(), folder) == parent->end())
    return std::vector<std::string>();
  return io_failure(names.error());
}

template <typename Run>
std::uint64_t revision_of(const Run& run) {
  if constexpr (requires { run.revision(); })
    return run.revision();
  else
    return 0;
}

/// Puts runs into their order without those that lie within others. `may_begin_late`: the oldest may have
/// been removed.
template <typename Run>
std::vector<std::shared_ptr<const Run>> in_order(std::vector<std::shared_ptr<const Run>> runs,
                                                 bool may_begin_late, const std::filesystem::path& folder,
                                                 std::vector<StoreFailure>& problems) {
  std::sort(runs.begin(), runs.end(), [](const auto& left, const auto& right) {
    const RecordRange a = left->range();
    const RecordRange b = right->range();
    if (a.first != b.first)
      return a.first < b.first;
    return a.last != b.last ? a.last > b.last : revision_of(*left) > revision_of(*right);
  });
  std::vector<std::shared_ptr<const Run>> valid;
  for (auto& run : runs) {
    const RecordNumber expected{valid.empty() ? 1 : valid.back()->range().last.value() + 1};
    if (!valid.empty() && valid.back()->range().contains(run->range()))
      continue;
    if (run->range().first != expected && (!valid.empty() || !may_begin_late))
      problems.push_back(
          damage(folder, "a file is missing before " + run->path().filename().string()).value());
    valid.push_back(std::move(run));
  }
  return valid;
}

template <typename Run>
std::vector<std::shared_ptr<const Run>> open_folder(FileSystem& files, const std::filesystem::path& directory,
                                                    const char* folder, bool may_begin_late,
                                                    const StoreIdentity& identity,
                                                    std::vector<StoreFailure>& problems) {
  const auto names = names_in(files, directory, folder);
  if (!names) {
    problems.push_back(names.error());
    return {};
  }
  std::vector<std::shared_ptr<const Run>> runs;
  bool all_open = true;
  for (const std::string& name : *names) {
    if (name.ends_with(kUnfinishedSuffix))
      continue;
    auto run = Run::open(files, directory / folder / name, identity);
    all_open = all_open && run;
    if (run)
      runs.push_back(std::move(*run));
    else
      problems.push_back(run.error());
  }
  // Without one of them nothing can be said of the others' order.
  return all_open ? in_order(std::move(runs), may_begin_late, directory / folder, problems) : std::move(runs);
}

/// Opens the segments behind those that are open already.
StoreResult<void> open_segments(FileSystem& files, const std::filesystem::path& directory,
                                std::vector<SegmentFile>& segments) {
  const auto names = names_in(files, directory, kLogName);
  if (!names)
    return base::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::filesystem::path path = directory / kLogName / name;
    const auto number = segment_number(name);
    if (!number)
      return damage(path, "it is not part of the log");
    if (!segments.empty() && *number <= segments.back().number)
      continue;
    if (!segments.empty() && number->value() != segments.back().number.value() + 1)
      return damage(directory / kLogName / segment_name(SegmentNumber{segments.back().number.value() + 1}),
                    "the file is missing");
    auto file = files.open(path);
    if (!file)
      return io_failure(file.error());
    segments.push_back({*number, path, std::move(*file)});
  }
  if (segments.empty())
    return damage(directory / kLogName / segment_name(SegmentNumber{1}), "the file is missing");
  return {};
}

template <typename Files>
std::uint64_t total_bytes(const Files& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files)
    bytes += file->bytes_on_disk();
  return bytes;
}

}  // namespace

RecordNumber StoreFiles::keys_covered() const {
  return keys.empty() ? RecordNumber{0} : keys.back()->range().last;
}

LogPosition StoreFiles::hours_covered() const {
  return hours.empty() ? LogPosition{} : hours.back()->end();
}

RecordNumber StoreFiles::events_covered() const {
  return events.empty() ? RecordNumber{0} : events.back()->range().last;
}

std::uint64_t StoreFiles::bytes_of_runs() const {
  return total_bytes(keys) + total_bytes(hours) + total_bytes(events);
}

StoreFiles open_store_files(FileSystem& files, const std::filesystem::path& directory,
                            const StoreIdentity& identity, std::vector<StoreFailure>& problems) {
  StoreFiles opened;
  // A store that is at work removes segments only when files hold what was in them. So segments are opened
  // first, and then the files: together they reach back. Segments that came meanwhile follow, so that the log
  // goes at least as far as the files.
  const auto older = open_segments(files, directory, opened.log);
  opened.keys = open_folder<KeyRun>(files, directory, kKeysName, true, identity, problems);
  opened.hours = open_folder<HourRun>(files, directory, kHoursName, false, identity, problems);
  opened.events = open_folder<EventFile>(files, directory, kEventsName, true, identity, problems);
  const auto newer = older ? open_segments(files, directory, opened.log) : older;
  if (!newer)
    problems.push_back(newer.error());
  return opened;
}

StoreResult<void> check_fit(const StoreFiles& files, const LogExtent& extent,
                            const std::filesystem::path& directory) {
  const RecordNumber hours = files.hours_covered().record;
  const RecordNumber covered_by_all = std::min(files.keys_covered(), hours);
  const RecordNumber covered_by_any = std::max({files.keys_covered(), hours, files.events_covered()});
  const bool events_reach =
      files.events.empty() || files.events_covered().value() + 1 >= extent.first_record.value();
  if (extent.first_record.value() > covered_by_all.value() + 1 || !events_reach)
    return damage(directory / kLogName / segment_name(SegmentNumber{files.log.front().number.value() - 1}),
                  "the file is missing");
  if (extent.next_record <= covered_by_any)
    return damage(directory / kLogName, "it ends before what keys, hours and events were taken from");
  return {};
}

}  // namespace hourglass::engine
