#include "engine/events/event_file.hpp"

#include <algorithm>
#include <utility>

#include "core/hour_text.hpp"

namespace hourglass::engine {
namespace {

std::string hours_of(const EventBlockEntry& entry) {
  return core::hour_text(core::Hour{entry.first_hour}) + " to " +
         core::hour_text(core::Hour{entry.last_hour});
}

}  // namespace

std::string event_file_name(RecordRange range) {
  return std::to_string(range.first.value()) + "-" + std::to_string(range.last.value()) + ".events";
}

StoreResult<std::shared_ptr<const EventFile>> EventFile::open(FileSystem& files, std::filesystem::path path,
                                                              const StoreIdentity& identity) {
  std::shared_ptr<EventFile> opened(new EventFile(files, std::move(path)));
  if (auto loaded = opened->load(identity); !loaded)
    return base::unexpected(loaded.error());
  return std::shared_ptr<const EventFile>(std::move(opened));
}

StoreResult<void> EventFile::load(const StoreIdentity& identity) {
  const auto file = files_.open(path_);
  if (!file)
    return io_failure(file.error());
  std::string content(kEventHeaderSize, '\0');
  if (const auto read = (*file)->read_at(0, content); !read)
    return io_failure(read.error());
  const auto header = parse_event_header(content, identity, path_);
  if (!header)
    return base::unexpected(header.error());
  header_ = *header;
  seed_ = event_file_seed(header_.range, identity);
  if (path_.filename() != event_file_name(header_.range))
    return damage(path_, "it is called by other records than it holds");
  const auto size = (*file)->size();
  if (!size)
    return io_failure(size.error());
  if (*size != bytes_on_disk())
    return damage(path_,
                  "it has " + std::to_string(*size) + " bytes and not " + std::to_string(bytes_on_disk()));
  content.resize(header_.index_size());
  if (const auto read = (*file)->read_at(header_.index_offset, content); !read)
    return io_failure(read.error());
  auto blocks = parse_event_index(content, header_, seed_, path_);
  if (!blocks)
    return base::unexpected(blocks.error());
  blocks_ = std::move(*blocks);
  return {};
}

StoreFailure EventFile::damaged_block(std::size_t number) const {
  return damage(path_, "the block of the hours " + hours_of(blocks_[number]) + " is not what was written")
      .value();
}

StoreResult<std::string> EventFile::read_block(const File& file, std::size_t number) const {
  const EventBlockEntry& entry = blocks_[number];
  const std::uint64_t end = number + 1 < blocks_.size() ? blocks_[number + 1].offset : header_.index_offset;
  std::string stored(end - entry.offset, '\0');
  if (const auto read = file.read_at(entry.offset, stored); !read)
    return io_failure(read.error());
  const auto checked = checked_block(stored, seed_, number);
  auto block = checked ? expand_block(*checked, entry.size) : std::nullopt;
  if (!block)
    return base::unexpected(damaged_block(number));
  return std::move(*block);
}

StoreResult<void> EventFile::read_block_events(const File& file, std::size_t number,
                                               const BlockVisitor& visit) const {
  const auto block = read_block(file, number);
  if (!block)
    return base::unexpected(block.error());
  const EventBlockEntry& entry = blocks_[number];
  EventBlockDecoder decoder(*block);
  KeptEvent event{};
  std::uint32_t count = 0;
  for (; decoder.next(event); ++count) {
    if (decoder.hour().value() < entry.first_hour || decoder.hour().value() > entry.last_hour)
      return base::unexpected(damaged_block(number));
    if (auto visited = visit(decoder.hour(), event); !visited)
      return visited;
  }
  if (decoder.failed() || count != entry.events)
    return base::unexpected(damaged_block(number));
  return {};
}

StoreResult<void> EventFile::hours(const HourVisitor& visit) const {
  const auto file = files_.open(path_);
  if (!file)
    return io_failure(file.error());
  HourCount current{};
  const auto add = [&](core::Hour hour, std::uint64_t events) -> StoreResult<void> {
    const HourCount before = std::exchange(current, {hour, events});
    if (before.hour == hour)
      current.events += before.events;
    return before.hour == hour || before.events == 0 ? StoreResult<void>{} : visit(before);
  };
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const EventBlockEntry& entry = blocks_[i];
    auto added =
        entry.first_hour == entry.last_hour
            ? add(core::Hour{entry.first_hour}, entry.events)
            : read_block_events(**file, i, [&](core::Hour hour, const KeptEvent&) { return add(hour, 1); });
    if (!added)
      return added;
  }
  return current.events == 0 ? StoreResult<void>{} : visit(current);
}

StoreResult<void> EventFile::read_hour(core::Hour hour, const EventVisitor& visit) const {
  auto block = std::lower_bound(
      blocks_.begin(), blocks_.end(), hour,
      [](const EventBlockEntry& entry, core::Hour wanted) { return entry.last_hour < wanted.value(); });
  if (block == blocks_.end() || block->first_hour > hour.value())
    return {};
  const auto file = files_.open(path_);
  if (!file)
    return io_failure(file.error());
  for (; block != blocks_.end() && block->first_hour <= hour.value(); ++block) {
    auto read = read_block_events(**file, static_cast<std::size_t>(block - blocks_.begin()),
                                  [&](core::Hour found, const KeptEvent& event) {
                                    return found == hour ? visit(event) : StoreResult<void>{};
                                  });
    if (!read)
      return read;
  }
  return {};
}

StoreResult<void> EventFile::read_all(const EventVisitor& visit) const {
  const auto file = files_.open(path_);
  if (!file)
    return io_failure(file.error());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    auto read =
        read_block_events(**file, i, [&](core::Hour, const KeptEvent& event) { return visit(event); });
    if (!read)
      return read;
  }
  return {};
}

}  // namespace hourglass::engine
