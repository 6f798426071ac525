#include "engine/testing/weak_machines.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "engine/checksum.hpp"
#include "engine/hours/hour_page.hpp"
#include "engine/keys/key_run.hpp"
#include "engine/testing/forwarding_file_system.hpp"

namespace hourglass::engine::weak_machines {
namespace {

using std::filesystem::path;

bool is_in(const path& file, std::string_view folder) {
  return file.parent_path().filename() == folder;
}

bool is_run(const path& file) {
  return is_in(file, kKeysName) || is_in(file, kHoursName);
}

template <typename Files, typename... Arguments>
Machine machine_of(Arguments... arguments) {
  return {[=](FileSystem& files, const StoreIdentity& identity) -> std::unique_ptr<FileSystem> {
            return std::make_unique<Files>(files, identity, arguments...);
          },
          nullptr};
}

using Choice = bool (*)(const path&);

/// Says that chosen files are synced, and does nothing.
class UnsyncedFiles final : public ForwardingFileSystem {
 public:
  UnsyncedFiles(FileSystem& files, const StoreIdentity&, Choice chosen)
      : ForwardingFileSystem(files), chosen_(chosen) {}

 private:
  class Unsynced final : public ForwardingFile {
   public:
    using ForwardingFile::ForwardingFile;
    IoResult<void> sync() override { return {}; }
  };

  std::unique_ptr<File> wrap(const path& name, std::unique_ptr<File> file) override {
    return chosen_(name) ? std::make_unique<Unsynced>(std::move(file)) : std::move(file);
  }

  const Choice chosen_;
};

/// Says that chosen folders are synced, and does nothing.
class UnsyncedNames final : public ForwardingFileSystem {
 public:
  UnsyncedNames(FileSystem& files, const StoreIdentity&, Choice chosen)
      : ForwardingFileSystem(files), chosen_(chosen) {}

  IoResult<void> sync_directory(const path& folder) override {
    return chosen_(folder / "any") ? IoResult<void>{} : files().sync_directory(folder);
  }

 private:
  const Choice chosen_;
};

/// The first two numbers in the name of a run.
RecordRange range_of(const std::string& name) {
  RecordRange range;
  std::uint64_t number = 0;
  const char* end = name.data() + name.size();
  const auto first = std::from_chars(name.data(), end, number);
  range.first = RecordNumber{number};
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, number);
  range.last = RecordNumber{number};
  return range;
}

/// Removes what a merged run supersedes before that run has its name.
class SupersededFirst final : public ForwardingFileSystem {
 public:
  SupersededFirst(FileSystem& files, const StoreIdentity&) : ForwardingFileSystem(files) {}

  IoResult<void> rename(const path& from, const path& to) override {
    if (is_run(to)) {
      const RecordRange merged = range_of(to.filename().string());
      const auto names = files().list(to.parent_path());
      for (const std::string& name : *names) {
        const bool superseded = !name.ends_with(kUnfinishedSuffix) && merged.contains(range_of(name));
        if (superseded && name != to.filename())
          (void)files().remove(to.parent_path() / name);
      }
    }
    return files().rename(from, to);
  }

  IoResult<void> remove(const path& name) override {
    const auto exists = files().exists(name);
    return exists && !*exists ? IoResult<void>{} : files().remove(name);
  }
};

/// Removes the segment before the one that ends just now, whoever may still need it.
class EarlySegments final : public ForwardingFileSystem {
 public:
  EarlySegments(FileSystem& files, const StoreIdentity&) : ForwardingFileSystem(files) {}

  IoResult<std::unique_ptr<File>> create(const path& name) override {
    const auto number = segment_number(name.filename().string());
    if (number && number->value() > 2)
      (void)remove_durably(files(), name.parent_path() / segment_name(SegmentNumber{number->value() - 2}));
    return files().create(name);
  }
};

/// Does not write what the file seems to hold already.
class UnrewrittenLog final : public ForwardingFileSystem {
 public:
  UnrewrittenLog(FileSystem& files, const StoreIdentity&) : ForwardingFileSystem(files) {}

 private:
  class Unrewritten final : public ForwardingFile {
   public:
    using ForwardingFile::ForwardingFile;
    IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
      std::string present(bytes.size(), '\0');
      const auto read = ForwardingFile::read_at(offset, present);
      return read && present == bytes ? IoResult<void>{} : ForwardingFile::write_at(offset, bytes);
    }
  };

  std::unique_ptr<File> wrap(const path& name, std::unique_ptr<File> file) override {
    return is_in(name, kLogName) ? std::make_unique<Unrewritten>(std::move(file)) : std::move(file);
  }
};

/// Writes to the log only when the next thing is written.
class LateLog final : public ForwardingFileSystem {
 public:
  LateLog(FileSystem& files, const StoreIdentity&) : ForwardingFileSystem(files) {}

 private:
  class Late final : public ForwardingFile {
   public:
    using ForwardingFile::ForwardingFile;
    IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
      auto written = ForwardingFile::write_at(late_offset_, late_bytes_);
      late_offset_ = offset;
      late_bytes_ = bytes;
      return written;
    }

   private:
    std::uint64_t late_offset_ = 0;
    std::string late_bytes_;
  };

  std::unique_ptr<File> wrap(const path& name, std::unique_ptr<File> file) override {
    return is_in(name, kLogName) ? std::make_unique<Late>(std::move(file)) : std::move(file);
  }
};

/// Changes pages of runs as they are written, so that they still look whole.
class ChangedPages final : public ForwardingFileSystem {
 public:
  /// The page in place of the one written as this number of the file at the path.
  using Change = std::string (*)(std::string_view page, std::uint64_t number, const path& name,
                                 std::uint64_t checksum_seed);

  ChangedPages(FileSystem& files, const StoreIdentity& identity, const char* folder, std::uint64_t begin,
               Change change)
      : ForwardingFileSystem(files),
        seed_(identity.checksum_seed()),
        folder_(folder),
        begin_(begin),
        change_(change) {}

 private:
  class Changed final : public ForwardingFile {
   public:
    Changed(std::unique_ptr<File> file, std::function<std::string(std::uint64_t, std::string_view)> change)
        : ForwardingFile(std::move(file)), change_(std::move(change)) {}
    IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
      return ForwardingFile::write_at(offset, bytes.size() == kHourPageSize ? change_(offset, bytes) : bytes);
    }

   private:
    std::function<std::string(std::uint64_t, std::string_view)> change_;
  };

  std::unique_ptr<File> wrap(const path& name, std::unique_ptr<File> file) override {
    if (!is_in(name, folder_))
      return file;
    return std::make_unique<Changed>(std::move(file), [name, seed = seed_, begin = begin_, change = change_](
                                                          std::uint64_t offset, std::string_view page) {
      return change(page, (offset - begin) / kHourPageSize, name, seed);
    });
  }

  const std::uint64_t seed_;
  const char* const folder_;
  const std::uint64_t begin_;  // of the first page
  const Change change_;
};

/// Leaves the last user of the first hour with several users out.
std::string without_a_user(std::string_view page, std::uint64_t number, const path& name,
                           std::uint64_t checksum_seed) {
  HourPageReader reader(page);
  HourPageBuilder builder;
  bool lost = false;
  while (const auto group = reader.next()) {
    if (!group->begins)  // a page that goes on with an hour stays as it is
      return std::string(page);
    builder.begin_hour(group->hour, group->totals);
    std::uint64_t left = group->count - (group->count > 1 && !std::exchange(lost, lost || group->count > 1));
    group->for_each([&](std::uint64_t hash) {
      builder.add_user(hash);
      return --left > 0;
    });
  }
  // As in hour_run.cpp.
  const std::uint64_t first = range_of(name.filename().string()).first.value();
  return builder.take(checksum_seed + first * 0x9E3779B97F4A7C15ULL + number);
}

/// Takes the last occurrence of the first key for one of long ago.
std::string without_a_key(std::string_view page, std::uint64_t number, const path&,
                          std::uint64_t checksum_seed) {
  constexpr std::size_t kLast = 16;
  std::string content(page.substr(0, page.size() - sizeof(std::uint64_t)));
  std::fill_n(content.begin() + kLast, sizeof(std::uint64_t), '\0');
  append_fixed(content, checksum(content, checksum_seed + number));
  return content;
}

/// A clock whose jumps look as if the time had passed.
class TrustedClock final : public ports::Clock {
 public:
  explicit TrustedClock(const ports::Clock& clock) : clock_(clock) {}

  [[nodiscard]] core::Timestamp now() const override { return clock_.now(); }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override {
    return std::chrono::milliseconds{clock_.now().value()};
  }

 private:
  const ports::Clock& clock_;
};

class EndlessSpace final : public ForwardingFileSystem {
 public:
  EndlessSpace(FileSystem& files, const StoreIdentity&) : ForwardingFileSystem(files) {}
  IoResult<Space> space(const path&) override { return Space{1ULL << 40, 1ULL << 41}; }
};

}  // namespace

Machine log_is_not_synced() {
  return machine_of<UnsyncedFiles>(Choice{[](const path& name) { return is_in(name, kLogName); }});
}

Machine runs_are_not_synced() {
  return machine_of<UnsyncedFiles>(Choice{is_run});
}

Machine names_of_runs_are_not_synced() {
  return machine_of<UnsyncedNames>(Choice{is_run});
}

Machine names_of_event_files_are_not_synced() {
  return machine_of<UnsyncedNames>(Choice{[](const path& name) { return is_in(name, kEventsName); }});
}

Machine superseded_runs_go_first() {
  return machine_of<SupersededFirst>();
}

Machine segments_go_early() {
  return machine_of<EarlySegments>();
}

Machine log_is_not_rewritten_at_opening() {
  return machine_of<UnrewrittenLog>();
}

Machine log_is_written_late() {
  return machine_of<LateLog>();
}

Machine runs_of_hours_lose_a_user() {
  constexpr std::uint64_t kPagesBegin = 128;
  return machine_of<ChangedPages>(kHoursName, kPagesBegin, ChangedPages::Change{without_a_user});
}

Machine runs_of_keys_lose_a_key() {
  constexpr std::uint64_t kPagesBegin = 80;
  return machine_of<ChangedPages>(kKeysName, kPagesBegin, ChangedPages::Change{without_a_key});
}

Machine clock_jumps_pass_for_time() {
  return {nullptr, [](const ports::Clock& clock) -> std::unique_ptr<ports::Clock> {
            return std::make_unique<TrustedClock>(clock);
          }};
}

Machine space_seems_endless() {
  return machine_of<EndlessSpace>();
}

}  // namespace hourglass::engine::weak_machines
