#include "engine/export/event_source.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hourglass::engine {

std::optional<core::Hour> BufferSource::hour() const {
  return place_ < events_.size() ? std::optional(core::hour_of(events_.at(place_).timestamp)) : std::nullopt;
}

StoreResult<bool> BufferSource::next(KeptEvent& event) {
  if (place_ == events_.size())
    return false;
  event = events_.at(place_++);
  return true;
}

StoreResult<std::unique_ptr<EventSource>> FileSource::open(std::shared_ptr<const EventFile> file,
                                                           std::unique_ptr<File> held, core::Hour first) {
  std::unique_ptr<FileSource> source(new FileSource(std::move(file), std::move(held)));
  const auto& blocks = source->file_->blocks();
  const auto block = std::lower_bound(
      blocks.begin(), blocks.end(), first,
      [](const EventBlockEntry& entry, core::Hour wanted) { return entry.last_hour < wanted.value(); });
  source->go_to_block(static_cast<std::size_t>(block - blocks.begin()));
  KeptEvent passed{};
  while (source->hour_ && *source->hour_ < first) {
    if (const auto more = source->next(passed); !more)
      return base::unexpected(more.error());
  }
  return std::unique_ptr<EventSource>(std::move(source));
}

void FileSource::go_to_block(std::size_t number) {
  block_ = number;
  taken_ = 0;
  decoder_.reset();
  const auto& blocks = file_->blocks();
  hour_ = number < blocks.size() ? std::optional(core::Hour{blocks[number].first_hour}) : std::nullopt;
}

StoreResult<bool> FileSource::next(KeptEvent& event) {
  if (hour_ && !decoder_) {
    if (auto loaded = load(); !loaded)
      return base::unexpected(loaded.error());
  }
  if (!hour_)
    return false;
  event = next_;
  ++taken_;
  if (auto found = look_at_next(); !found)
    return base::unexpected(found.error());
  return true;
}

/// Decodes the block of the next event up to that event. Without the file there is no next event.
StoreResult<void> FileSource::load() {
  const auto opened = held_ ? IoResult<std::unique_ptr<File>>() : file_->open_blocks();
  if (!opened && opened.error().error_number == ENOENT) {
    hour_.reset();
    return {};
  }
  if (!opened)
    return io_failure(opened.error());
  auto bytes = file_->read_block(held_ ? *held_ : **opened, block_);
  if (!bytes)
    return base::unexpected(bytes.error());
  bytes_ = std::move(*bytes);
  decoder_.emplace(bytes_);
  const std::uint32_t given = std::exchange(taken_, 0);
  for (; decoder_->next(next_); ++taken_) {
    if (taken_ == given)
      return decoder_->hour() == *hour_ ? StoreResult<void>{}
                                        : base::unexpected(file_->damaged_block(block_));
  }
  return base::unexpected(file_->damaged_block(block_));
}

/// Behind an event that has been given.
StoreResult<void> FileSource::look_at_next() {
  const EventBlockEntry& entry = file_->blocks()[block_];
  const bool is_last = taken_ == entry.events;
  if (decoder_->next(next_) == is_last || decoder_->failed() ||
      (!is_last && decoder_->hour().value() > entry.last_hour))
    return base::unexpected(file_->damaged_block(block_));
  if (is_last)
    go_to_block(block_ + 1);
  else
    hour_ = decoder_->hour();
  return {};
}

void FileSource::let_go() {
  decoder_.reset();
  std::string().swap(bytes_);
}

}  // namespace hourglass::engine
