#include "cli/input/occurrence_run.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace hourglass::cli {
namespace {

constexpr std::uint64_t kPage = 4096 / sizeof(Occurrence);
constexpr std::uint64_t kMostIndexed = 1 << 16;
constexpr std::size_t kBuffered = 4096;  // occurrences, 128 KiB

static_assert(std::is_trivially_copyable_v<Occurrence> && sizeof(Occurrence) == 32);

bool is_before(const Occurrence& occurrence, const LineKey& key) {
  return occurrence.key < key;
}

/// Goes through a run from its beginning.
class Cursor {
 public:
  explicit Cursor(const OccurrenceRun& run) : run_(&run), buffer_(kBuffered) {}

  /// The occurrence it stands at; null at the end.
  [[nodiscard]] const Occurrence* current() const { return at_ < held_ ? &buffer_[at_] : nullptr; }

  /// Must be called once before the first is there.
  base::Expected<void, std::string> advance() {
    if (at_ + 1 < held_) {
      ++at_;
      return {};
    }
    const auto read = run_->read(place_, buffer_);
    if (!read)
      return base::unexpected(read.error());
    held_ = *read;
    place_ += held_;
    at_ = 0;
    return {};
  }

 private:
  const OccurrenceRun* run_;
  std::vector<Occurrence> buffer_;
  std::uint64_t place_ = 0;
  std::size_t at_ = 0;
  std::size_t held_ = 0;
};

/// The occurrence with the smallest key, of the newest run that has it; null when all are at their end.
const Occurrence* smallest(const std::vector<Cursor>& cursors) {
  const Occurrence* found = nullptr;
  for (const Cursor& cursor : cursors) {
    const Occurrence* candidate = cursor.current();
    if (candidate != nullptr && (found == nullptr || candidate->key <= found->key))
      found = candidate;
  }
  return found;
}

base::Expected<void, std::string> advance_past(std::vector<Cursor>& cursors, const LineKey& key) {
  for (Cursor& cursor : cursors) {
    if (cursor.current() == nullptr || cursor.current()->key != key)
      continue;
    if (auto advanced = cursor.advance(); !advanced)
      return advanced;
  }
  return {};
}

}  // namespace

base::Expected<std::size_t, std::string> OccurrenceRun::read(std::uint64_t place,
                                                             std::span<Occurrence> into) const {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - place));
  const auto bytes = std::as_writable_bytes(into.first(count));
  if (auto read = file_.read_at(place * sizeof(Occurrence), bytes); !read)
    return base::unexpected(std::move(read.error()));
  return count;
}

base::Expected<std::uint64_t, std::string> OccurrenceRun::find(const LineKey& key) const {
  const auto above = std::upper_bound(index_.begin(), index_.end(), key);
  if (above == index_.begin())
    return std::uint64_t{0};
  std::uint64_t begin = static_cast<std::uint64_t>(above - index_.begin() - 1) * step_;
  std::uint64_t end = std::min(begin + step_, size_);
  std::array<Occurrence, kPage> page;
  while (end - begin > kPage) {  // only where a step is larger than a page
    const std::uint64_t middle = begin + (end - begin) / 2;
    if (const auto one = read(middle, std::span(page).first(1)); !one)
      return base::unexpected(one.error());
    (page[0].key <= key ? begin : end) = middle;
  }
  const auto count = read(begin, std::span(page).first(static_cast<std::size_t>(end - begin)));
  if (!count)
    return base::unexpected(count.error());
  const Occurrence* const first = page.data();
  const Occurrence* const last = first + *count;
  const Occurrence* found = std::lower_bound(first, last, key, is_before);
  return found != last && found->key == key ? found->count : 0;
}

std::uint64_t OccurrenceRun::place_before(core::Timestamp time) const {
  const auto at = std::lower_bound(index_.begin(), index_.end(), LineKey{time, {}});
  return at == index_.begin() ? 0 : static_cast<std::uint64_t>(at - index_.begin() - 1) * step_;
}

base::Expected<OccurrenceRunWriter, std::string> OccurrenceRunWriter::create(
    const std::filesystem::path& directory, std::uint64_t most) {
  auto file = TemporaryFile::create(directory);
  if (!file)
    return base::unexpected(std::move(file.error()));
  return OccurrenceRunWriter(std::move(*file), most);
}

OccurrenceRunWriter::OccurrenceRunWriter(TemporaryFile file, std::uint64_t most) : run_(std::move(file)) {
  run_.step_ = std::max(kPage, (most + kMostIndexed - 1) / kMostIndexed);
  waiting_.reserve(kBuffered);
}

base::Expected<void, std::string> OccurrenceRunWriter::add(const Occurrence& occurrence) {
  if (run_.size_ == 0)
    run_.first_ = occurrence.key.time;
  run_.last_ = occurrence.key.time;
  if (run_.size_ % run_.step_ == 0)
    run_.index_.push_back(occurrence.key);
  ++run_.size_;
  waiting_.push_back(occurrence);
  return waiting_.size() < kBuffered ? base::Expected<void, std::string>() : flush();
}

base::Expected<void, std::string> OccurrenceRunWriter::flush() {
  auto written = run_.file_.append(std::as_bytes(std::span(waiting_)));
  waiting_.clear();
  return written;
}

base::Expected<OccurrenceRun, std::string> OccurrenceRunWriter::finish() {
  if (auto written = flush(); !written)
    return base::unexpected(std::move(written.error()));
  return std::move(run_);
}

base::Expected<OccurrenceRun, std::string> merge_runs(const std::filesystem::path& directory,
                                                      std::span<const OccurrenceRun> runs) {
  std::uint64_t most = 0;
  std::vector<Cursor> cursors;
  for (const OccurrenceRun& run : runs) {
    most += run.size();
    cursors.emplace_back(run);
    if (auto begun = cursors.back().advance(); !begun)
      return base::unexpected(std::move(begun.error()));
  }
  auto writer = OccurrenceRunWriter::create(directory, most);
  if (!writer)
    return base::unexpected(std::move(writer.error()));
  while (const Occurrence* next = smallest(cursors)) {
    const LineKey key = next->key;
    if (auto added = writer->add(*next); !added)
      return base::unexpected(std::move(added.error()));
    if (auto advanced = advance_past(cursors, key); !advanced)
      return base::unexpected(std::move(advanced.error()));
  }
  return writer->finish();
}

}  // namespace hourglass::cli
