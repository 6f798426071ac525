#include "engine/export/store_export.hpp"

#include <algorithm>

#include "base/hexadecimal.hpp"
#include "core/hour_text.hpp"
#include "core/json/event_line_text.hpp"
#include "engine/store.hpp"
#include "engine/verification/changing_files.hpp"

namespace hourglass::engine {
namespace {

std::string hexadecimal(const std::array<std::uint8_t, 16>& id) {
  std::string text;
  for (const std::uint8_t byte : id)
    base::append_hex(text, byte);
  return text;
}

}  // namespace

StoreExport::StoreExport(FileSystem& files, std::filesystem::path directory, core::HourRange hours,
                         std::function<bool()> cancelled, const ExportMemory& memory)
    : files_(files),
      directory_(std::move(directory)),
      hours_(hours),
      cancelled_(std::move(cancelled)),
      memory_(memory) {}

StoreResult<std::unique_ptr<StoreExport>> StoreExport::begin(FileSystem& files,
                                                             std::filesystem::path directory,
                                                             core::HourRange hours,
                                                             std::function<bool()> cancelled,
                                                             const ExportMemory& memory) {
  std::unique_ptr<StoreExport> begun(
      new StoreExport(files, std::move(directory), hours, std::move(cancelled), memory));
  if (auto opened = begun->open(); !opened)
    return base::unexpected(opened.error());
  return begun;
}

StoreResult<void> StoreExport::open() {
  const auto store = read_identity(files_, directory_ / kIdentityName);
  if (!store)
    return base::unexpected(store.error());
  identity_ = store->identity;
  id_ = hexadecimal(identity_.id) + "-";
  auto taken = try_while_files_change([this] { return take_set(); }, cancelled_);
  if (!taken)
    return taken;
  for (std::size_t source = 0; source < sources_.size(); ++source)
    line_up(source);
  return totals_.seek(hours_.first);
}

StoreResult<void> StoreExport::take_set() {
  sources_.clear();
  bytes_kept_ = 0;
  std::vector<StoreFailure> problems;
  StoreFiles store = open_store_files(files_, directory_, identity_, problems);
  if (!problems.empty())
    return base::unexpected(problems.front());
  // A store that goes on may have made these since its runs were opened. The log, which was opened before,
  // holds the same events.
  while (!store.events.empty() && store.events_covered() > store.hours_covered().record)
    store.events.pop_back();
  if (auto added = add_event_files(store.events); !added)
    return added;
  LogSorting sorting(store, identity_, hours_, memory_.sorted_bytes, scratch_);
  const auto extent = read_log(
      store.log, identity_,
      [&](const SegmentFile& segment, const LogRecord& record) {
        const auto goes_on = check_goes_on();
        return goes_on ? sorting.add(segment, record) : goes_on;
      },
      [](const SegmentContent&) { return StoreResult<void>{}; });
  if (!extent)
    return base::unexpected(extent.error());
  if (auto fit = check_fit(store, *extent, directory_); !fit)
    return fit;
  auto sorted = sorting.finish();
  if (!sorted)
    return base::unexpected(sorted.error());
  std::move(sorted->begin(), sorted->end(), std::back_inserter(sources_));
  totals_ = HourTotals(store.hours);
  return {};
}

StoreResult<void> StoreExport::add_event_files(const EventFiles& event_files) {
  for (const auto& file : event_files) {
    if (auto goes_on = check_goes_on(); !goes_on)
      return goes_on;
    auto source = FileSource::open(file, nullptr, hours_.first);
    if (!source)
      return base::unexpected(source.error());
    bytes_kept_ += (*source)->bytes_kept();
    if (bytes_kept_ > memory_.kept_block_bytes) {
      bytes_kept_ -= (*source)->bytes_kept();
      (*source)->let_go();
    }
    sources_.push_back({std::move(*source), true});
  }
  return {};
}

StoreResult<void> StoreExport::check_goes_on() const {
  if (cancelled_())
    return base::unexpected(StoreFailure{StoreFailure::Reason::cancelled, "the export was ended"});
  return {};
}

/// Has a source go on when the hour of its next event comes.
void StoreExport::line_up(std::size_t source) {
  const auto hour = sources_[source].source->hour();
  if (hour && *hour < hours_.end)
    turns_.emplace(*hour, source);
}

StoreResult<std::string> StoreExport::next() {
  std::string lines;
  while (!ended_ && lines.size() < memory_.piece_bytes) {
    if (auto goes_on = check_goes_on(); !goes_on)
      return base::unexpected(goes_on.error());
    const auto more = turn_ ? StoreResult<bool>(true) : next_turn();
    if (!more)
      return base::unexpected(more.error());
    if (!*more) {
      if (auto settled = settle_hours_before(hours_.end); !settled)
        return base::unexpected(settled.error());
      ended_ = true;
    } else if (auto read = read_turn(lines); !read) {
      return base::unexpected(read.error());
    }
  }
  return lines;
}

/// False when all sources have come to their end.
StoreResult<bool> StoreExport::next_turn() {
  if (turns_.empty())
    return false;
  turn_ = turns_.top();
  turns_.pop();
  if (auto settled = settle_hours_before(turn_->first); !settled)
    return base::unexpected(settled.error());
  hour_ = turn_->first;
  bytes_kept_ -= std::min(bytes_kept_, sources_[turn_->second].source->bytes_kept());
  return true;
}

/// The events that a source has of its hour, or as many as make a piece.
StoreResult<void> StoreExport::read_turn(std::string& lines) {
  auto& [source, counted_by_runs] = sources_[turn_->second];
  std::string id = id_;
  while (lines.size() < memory_.piece_bytes) {
    if (source->hour() != turn_->first) {
      end_turn();
      return {};
    }
    KeptEvent event{};
    const auto more = source->next(event);
    if (!more)
      return base::unexpected(more.error());
    if (!*more)
      continue;
    id.resize(id_.size());
    id += std::to_string(event.sequence.value());
    core::append_event_line(lines, {event.timestamp, event.user, event.kind, id});
    counted_ += counted_by_runs ? 1 : 0;
  }
  return {};
}

void StoreExport::end_turn() {
  EventSource& source = *sources_[turn_->second].source;
  if (!source.hour() || bytes_kept_ + source.bytes_kept() > memory_.kept_block_bytes)
    source.let_go();
  bytes_kept_ += source.bytes_kept();
  line_up(turn_->second);
  turn_.reset();
}

/// Compares the totals of hours with the events that there were of them. Nothing more comes of hours before
/// this one.
StoreResult<void> StoreExport::settle_hours_before(core::Hour hour) {
  while (totals_.hour() && *totals_.hour() < hour) {
    if (auto goes_on = check_goes_on(); !goes_on)
      return goes_on;
    const core::Hour settled = *totals_.hour();
    if (counted_ > 0 && hour_ < settled)
      break;
    const std::uint64_t kept = hour_ == settled ? std::exchange(counted_, 0) : 0;
    if (kept > totals_.events())
      return damage(directory_, core::hour_text(settled) + ": " + std::to_string(totals_.events()) +
                                    " events are counted, and more are kept");
    if (kept < totals_.events())
      incomplete_.add(settled);
    if (auto next = totals_.seek(core::Hour{settled.value() + 1}); !next)
      return next;
  }
  if (counted_ > 0 && hour_ < hour)
    return damage(directory_, core::hour_text(hour_) + ": no events are counted, and some are kept");
  return {};
}

namespace {

base::Error error_of(const StoreFailure& failure) {
  using base::ErrorCode;
  switch (failure.reason) {
    case StoreFailure::Reason::damaged: return {ErrorCode::hour_damaged, failure.message};
    case StoreFailure::Reason::cancelled: return {ErrorCode::shutting_down, failure.message};
    case StoreFailure::Reason::full:
    case StoreFailure::Reason::io:
    case StoreFailure::Reason::newer_format: break;
  }
  return {ErrorCode::store_unavailable, failure.message};
}

class ExportOfStore final : public ports::EventExport {
 public:
  explicit ExportOfStore(std::unique_ptr<StoreExport> begun) : export_(std::move(begun)) {}

  base::Result<std::string> next() override {
    auto lines = export_->next();
    if (!lines)
      return base::unexpected(error_of(lines.error()));
    return std::move(*lines);
  }

  [[nodiscard]] const core::HourList& incomplete_hours() const override {
    return export_->incomplete_hours();
  }

 private:
  const std::unique_ptr<StoreExport> export_;
};

}  // namespace

base::Result<std::unique_ptr<ports::EventExport>> begin_export(FileSystem& files,
                                                               const std::filesystem::path& directory,
                                                               core::HourRange hours,
                                                               std::function<bool()> cancelled) {
  auto begun = StoreExport::begin(files, directory, hours, std::move(cancelled));
  if (!begun)
    return base::unexpected(error_of(begun.error()));
  return std::make_unique<ExportOfStore>(std::move(*begun));
}

}  // namespace hourglass::engine
