#include "engine/testing/kept_events.hpp"

#include "engine/commit_record.hpp"
#include "engine/events/event_file.hpp"
#include "engine/log_segment.hpp"
#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

class KeptEvents {
 public:
  StoreResult<void> add(std::uint64_t sequence, EventOnDisk event, const std::filesystem::path& path) {
    const auto [place, is_new] = events_.try_emplace(sequence, event);
    if (!is_new && place->second != event)
      return damage(path, "it holds another event of sequence " + std::to_string(sequence));
    return {};
  }

  StoreResult<void> add_event_file(FileSystem& files, const std::filesystem::path& path,
                                   const StoreIdentity& identity) {
    const auto file = EventFile::open(files, path, identity);
    if (!file)
      return base::unexpected(file.error());
    return (*file)->read_all([&](const KeptEvent& event) {
      return add(event.sequence.value(), {event.timestamp, event.kind, std::string(event.user)}, path);
    });
  }

  StoreResult<void> add_segment(FileSystem& files, const std::filesystem::path& path,
                                const StoreIdentity& identity) {
    const auto content = read_whole(files, path);
    if (!content)
      return io_failure(content.error());
    const auto header = parse_segment_header(*content, identity, path);
    if (!header || !*header)
      return damage(path, "its header is wrong");
    StoreResult<void> added;
    scan_segment(*content, (*header)->first_record, identity.checksum_seed(), [&](const LogRecord& record) {
      const auto commit = decode_commit(record.payload);
      if (!is_commit(record.type) || !commit)
        return;
      std::uint64_t sequence = commit->first_sequence.value();
      for (const RecordedEvent& event : commit->events) {
        if (added)
          added = add(sequence++, {event.timestamp, event.kind, std::string(event.user)}, path);
      }
    });
    return added;
  }

  std::map<std::uint64_t, EventOnDisk> take() { return std::move(events_); }

 private:
  std::map<std::uint64_t, EventOnDisk> events_;
};

}  // namespace

StoreResult<std::map<std::uint64_t, EventOnDisk>> read_kept_events(FileSystem& files,
                                                                   const std::filesystem::path& directory,
                                                                   const StoreIdentity& identity) {
  KeptEvents kept;
  for (const char* folder : {kEventsName, kLogName}) {
    const auto names = files.list(directory / folder);
    if (!names)
      return io_failure(names.error());
    for (const std::string& name : *names) {
      if (name.ends_with(kUnfinishedSuffix))
        continue;
      const std::filesystem::path path = directory / folder / name;
      auto added = folder == kLogName ? kept.add_segment(files, path, identity)
                                      : kept.add_event_file(files, path, identity);
      if (!added)
        return base::unexpected(added.error());
    }
  }
  return kept.take();
}

}  // namespace hourglass::engine
