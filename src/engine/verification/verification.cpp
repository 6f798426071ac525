#include "engine/verification/verification.hpp"

#include <utility>

#include "core/siphash.hpp"
#include "engine/close_mark.hpp"
#include "engine/store.hpp"
#include "engine/verification/hour_comparison.hpp"
#include "engine/verification/log_events.hpp"
#include "engine/verification/store_files.hpp"

namespace hourglass::engine {
namespace {

/// One verification of one directory.
class Verification {
 public:
  Verification(FileSystem& files, std::filesystem::path directory, const ProblemSink& report)
      : files_(files),
        directory_(std::move(directory)),
        sink_(report),
        report_([this](const std::string& what) {
          ++figures_.problems;
          sink_(what);
        }) {}

  VerificationFigures run() {
    const auto store = read_identity(files_, directory_ / kIdentityName);
    if (!store) {
      report_(store.error().message);
      return figures_;
    }
    identity_ = store->identity;
    figures_.bytes += kStoreFileSize;
    std::vector<StoreFailure> failures;
    opened_ = open_store_files(files_, directory_, identity_, failures);
    for (const StoreFailure& failure : failures)
      report_(failure.message);
    all_opened_ = failures.empty();
    figures_.bytes += opened_.bytes_of_runs();
    check_sizes();
    check_keys();
    // Without one of the files the hours cannot be right.
    if (read_whole_log() && all_opened_) {
      compare_hours();
    } else {
      check_pages();
      check_blocks();
    }
    return figures_;
  }

 private:
  static constexpr std::uint64_t kStoreFileSize = 56;
  static constexpr std::uint64_t kCloseMarkSize = 32;

  /// What is behind the end of a run is not under its checksums.
  template <typename Runs>
  void check_sizes_of(const Runs& runs) {
    for (const auto& run : runs) {
      const auto file = files_.open(run->path());
      const auto size = file ? (*file)->size() : base::unexpected(file.error());
      if (!size)
        report_(size.error().message());
      else if (*size != run->bytes_on_disk())
        report_(run->path().string() + " is damaged: it has " + std::to_string(*size) + " bytes and not " +
                std::to_string(run->bytes_on_disk()));
    }
  }

  void check_sizes() {
    check_sizes_of(opened_.keys);
    check_sizes_of(opened_.hours);
  }

  void check_keys() {
    for (const auto& run : opened_.keys) {
      std::optional<core::Hash128> previous;
      bool in_order = true;
      for (std::size_t page = 0; page < run->page_count(); ++page) {
        const auto entries = run->read_page(page);
        if (!entries)
          report_(entries.error().message);
        for (const KeyOccurrence& entry : entries.value_or(std::vector<KeyOccurrence>())) {
          in_order = in_order && (!previous || *previous < entry.key) && entry.last <= run->latest();
          previous = entry.key;
        }
      }
      if (!in_order)
        report_(run->path().string() + " is damaged: its keys are not in order");
    }
  }

  /// Also gathers what the log says of hours. False if it cannot be read to its end.
  bool read_whole_log() {
    const auto extent = read_log(
        opened_.log, identity_,
        [&](const SegmentFile& segment, const LogRecord& record) { return take_record(segment, record); },
        [](const SegmentContent&) { return StoreResult<void>{}; });
    if (!extent) {
      report_(extent.error().message);
      return false;
    }
    figures_.bytes += extent->bytes;
    all_kept_ = opened_.events.empty() ? extent->first_record == RecordNumber{1}
                                       : opened_.events.front()->range().first == RecordNumber{1};
    if (const auto fit = check_fit(opened_, *extent, directory_); all_opened_ && !fit) {
      report_(fit.error().message);
      return false;
    }
    return check_close_mark(*extent);
  }

  /// If the store was closed in order, the log still goes to where it was closed.
  bool check_close_mark(const LogExtent& extent) {
    const auto closed_with = read_close_mark(files_, directory_ / kClosedName, identity_);
    if (!closed_with) {
      report_(closed_with.error().message);
      return true;
    }
    if (!*closed_with)
      return true;
    figures_.bytes += kCloseMarkSize;
    if (extent.next_record > **closed_with)
      return true;
    report_(opened_.log.back().path.string() +
            " is damaged: it ends before the record with which it was closed");
    return false;
  }

  StoreResult<void> take_record(const SegmentFile& segment, const LogRecord& record) {
    if (!is_commit(record.type))
      return {};
    const LogPosition covered = opened_.hours_covered();
    const bool is_gain = record.number > covered.record;
    if (is_gain && !next_sequence_ && all_opened_)
      next_sequence_ = covered.next_sequence;
    const auto commit = take_commit(segment, record, next_sequence_);
    if (!commit)
      return base::unexpected(commit.error());
    for (const RecordedEvent& event : commit->events) {
      LogEvent taken;
      taken.hour = static_cast<std::uint32_t>(core::hour_of(event.timestamp).value());
      taken.is_impression = event.kind == core::Kind::impression;
      taken.is_gain = is_gain;
      taken.is_archived = record.number <= opened_.events_covered();
      taken.says_if_new = record.type == RecordType::commit;
      taken.is_new_user = event.is_new_user;
      taken.user_hash = core::siphash64(identity_.hash_key, event.user);
      if (taken.is_gain || !taken.is_archived)
        log_.add(taken);
    }
    return {};
  }

  void compare_hours() {
    log_.sort();
    HourComparison comparison(opened_, log_, identity_, all_kept_, report_);
    const auto compared = comparison.run();
    figures_.hours = comparison.figures().hours;
    figures_.users = comparison.figures().users;
    figures_.events = comparison.figures().events;
    if (!compared) {
      const std::uint64_t before = figures_.problems;
      check_pages();
      if (figures_.problems == before)  // every page is what was written
        report_(compared.error().message);
      return;
    }
    const std::uint64_t accepted = next_sequence_.value_or(opened_.hours_covered().next_sequence).value() - 1;
    if (figures_.events != accepted)
      report_((directory_ / kHoursName).string() + ": all hours together count " +
              std::to_string(figures_.events) + " events, and " + std::to_string(accepted) +
              " were accepted");
  }

  void check_pages() {
    for (const auto& run : opened_.hours) {
      for (std::size_t page = 0; page < run->page_count(); ++page) {
        if (const auto read = run->read_page(page); !read)
          report_(read.error().message);
      }
    }
  }

  void check_blocks() {
    for (const auto& file : opened_.events) {
      const auto read = file->read_all([](const KeptEvent&) { return StoreResult<void>{}; });
      if (!read)
        report_(read.error().message);
    }
  }

  FileSystem& files_;
  const std::filesystem::path directory_;
  const ProblemSink& sink_;
  VerificationFigures figures_;
  const ProblemSink report_;
  StoreIdentity identity_;
  StoreFiles opened_;
  bool all_opened_ = false;
  LogEvents log_;
  std::optional<Sequence> next_sequence_;
  bool all_kept_ = false;
};

}  // namespace

VerificationFigures verify_store(FileSystem& files, const std::filesystem::path& directory,
                                 const ProblemSink& report) {
  return Verification(files, directory, report).run();
}

}  // namespace hourglass::engine
