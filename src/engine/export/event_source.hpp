#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/events/event_buffer.hpp"
#include "engine/events/event_file.hpp"

namespace hourglass::engine {

/// The events of a range of records, one after the other: by hour, and within an hour by sequence. Belongs to
/// one export; one thread.
class EventSource {
 public:
  virtual ~EventSource() = default;

  /// The hour of the next event; nothing at the end.
  [[nodiscard]] virtual std::optional<core::Hour> hour() const = 0;

  /// Takes the next event; false at the end. Its user lives until the next call.
  virtual StoreResult<bool> next(KeptEvent& event) = 0;

  /// What it keeps in memory that it can also read again, and that it shall do so.
  [[nodiscard]] virtual std::size_t bytes_kept() const { return 0; }
  virtual void let_go() {}
};

/// Events that have been sorted in memory.
class BufferSource final : public EventSource {
 public:
  explicit BufferSource(EventBuffer sorted) : events_(std::move(sorted)) {}

  [[nodiscard]] std::optional<core::Hour> hour() const override;
  StoreResult<bool> next(KeptEvent& event) override;

 private:
  EventBuffer events_;
  std::uint64_t place_ = 0;
};

/// An event file, one block of it in memory at a time. A file that is not there any more has been removed by
/// retention: it ends where that is noticed.
class FileSource final : public EventSource {
 public:
  /// Begins with the first event that is not before `first`. `held`: the file itself, open; without it the
  /// file is opened for each block, so that any number of files can be read side by side.
  static StoreResult<std::unique_ptr<EventSource>> open(std::shared_ptr<const EventFile> file,
                                                        std::unique_ptr<File> held, core::Hour first);

  [[nodiscard]] std::optional<core::Hour> hour() const override { return hour_; }
  StoreResult<bool> next(KeptEvent& event) override;
  [[nodiscard]] std::size_t bytes_kept() const override { return bytes_.capacity(); }
  void let_go() override;

 private:
  FileSource(std::shared_ptr<const EventFile> file, std::unique_ptr<File> held)
      : file_(std::move(file)), held_(std::move(held)) {}

  StoreResult<void> load();
  StoreResult<void> look_at_next();
  void go_to_block(std::size_t number);

  const std::shared_ptr<const EventFile> file_;
  const std::unique_ptr<File> held_;
  std::optional<core::Hour> hour_;
  std::size_t block_ = 0;    // that the next event is in
  std::uint32_t taken_ = 0;  // events of that block that have been given already
  std::string bytes_;        // of a block, as long as decoder_ reads it or an event points into it
  std::optional<EventBlockDecoder> decoder_;
  KeptEvent next_{};  // where there is a decoder
};

}  // namespace hourglass::engine
