#include "engine/events/event_file_writer.hpp"

#include <utility>

namespace hourglass::engine {

/// The file that is being written, and what its index will say.
struct EventFileWriter::Output {
  std::unique_ptr<File> file;
  std::uint64_t seed = 0;
  std::uint64_t end = kEventHeaderSize;
  std::vector<EventBlockEntry> blocks;

  StoreResult<void> append(EventBlockEncoder encoder) {
    EventBlockEntry entry;
    entry.offset = end;
    entry.first_hour = static_cast<std::uint32_t>(encoder.first_hour().value());
    entry.last_hour = static_cast<std::uint32_t>(encoder.last_hour().value());
    entry.events = encoder.event_count();
    const std::string block = encoder.take();
    entry.size = static_cast<std::uint32_t>(block.size());
    std::string stored = compress_block(block);
    append_block_checksum(stored, seed, blocks.size());
    if (const auto written = file->write_at(end, stored); !written)
      return io_failure(written.error());
    end += stored.size();
    blocks.push_back(entry);
    return {};
  }
};

EventFileWriter::EventFileWriter(FileSystem& files, const std::filesystem::path& directory,
                                 const StoreIdentity& identity, RecordRange range)
    : EventFileWriter(files, directory, identity, range, EventBuffer()) {}

EventFileWriter::EventFileWriter(FileSystem& files, const std::filesystem::path& directory,
                                 const StoreIdentity& identity, RecordRange range, EventBuffer events)
    : files_(files),
      identity_(identity),
      range_(range),
      path_(directory / event_file_name(range)),
      unfinished_path_(path_.string() + std::string(kUnfinishedSuffix)),
      buffer_(std::move(events)) {}

StoreResult<std::shared_ptr<const EventFile>> EventFileWriter::finish(core::Timestamp log_time) {
  buffer_.sort();
  // What an earlier process left behind is worth nothing.
  if (auto removed = remove_unfinished(); !removed)
    return base::unexpected(removed.error());
  if (auto written = write(log_time); !written) {
    // Room on the disk may be what was missing. A failure to give it back changes nothing: the next attempt
    // and the next start try again.
    (void)remove_unfinished();
    return base::unexpected(written.error());
  }
  return EventFile::open(files_, path_, identity_);
}

StoreResult<void> EventFileWriter::remove_unfinished() {
  const auto left_over = files_.exists(unfinished_path_);
  if (!left_over)
    return io_failure(left_over.error());
  if (*left_over) {
    if (const auto removed = files_.remove(unfinished_path_); !removed)
      return io_failure(removed.error());
  }
  return {};
}

StoreResult<void> EventFileWriter::write(core::Timestamp log_time) {
  Output output;
  auto file = files_.create(unfinished_path_);
  if (!file)
    return io_failure(file.error());
  output.file = std::move(*file);
  output.seed = event_file_seed(range_, identity_);
  if (auto written = write_blocks(output); !written)
    return written;
  const std::string index = encode_event_index(output.blocks, output.seed);
  if (const auto written = output.file->write_at(output.end, index); !written)
    return io_failure(written.error());
  const EventFileHeader header{range_, buffer_.size(), output.blocks.size(), log_time, output.end};
  if (const auto written = output.file->write_at(0, encode_event_header(header, identity_)); !written)
    return io_failure(written.error());
  if (const auto synced = output.file->sync(); !synced)
    return io_failure(synced.error());
  if (const auto renamed = files_.rename(unfinished_path_, path_); !renamed)
    return io_failure(renamed.error());
  if (const auto synced = files_.sync_directory(path_.parent_path()); !synced)
    return io_failure(synced.error());
  return {};
}

StoreResult<void> EventFileWriter::write_blocks(Output& output) const {
  EventBlockEncoder encoder;
  for (std::uint64_t i = 0; i < buffer_.size(); ++i) {
    if (!encoder.has_room()) {
      if (auto appended = output.append(std::exchange(encoder, {})); !appended)
        return appended;
    }
    encoder.add(buffer_.at(i));
  }
  return encoder.empty() ? StoreResult<void>{} : output.append(std::move(encoder));
}

}  // namespace hourglass::engine
