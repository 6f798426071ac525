#include "engine/hours/hour_run.hpp"

#include <algorithm>
#include <utility>

#include "core/hour_text.hpp"
#include "engine/bytes.hpp"
#include "engine/checksum.hpp"
#include "engine/runs/run_file.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic = "HGHOURUN";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kRangeOffset = 16;
constexpr std::size_t kHeaderSize = 128;
constexpr std::size_t kIndexEntrySize = 16;
constexpr std::size_t kChecksumSize = 8;

std::uint64_t page_offset(std::size_t page) {
  return kHeaderSize + std::uint64_t{page} * kHourPageSize;
}

}  // namespace

/// `52114-60000.hours`, or `52114-60000-472222.hours` if users before that hour have been removed from it.
std::string hour_run_name(RecordRange range, core::Hour frozen_before) {
  std::string name = std::to_string(range.first.value()) + "-" + std::to_string(range.last.value());
  if (frozen_before.value() != 0)
    name += "-" + std::to_string(frozen_before.value());
  return name + ".hours";
}

std::string HourRun::encode_header(const StoreIdentity& identity) const {
  std::string bytes(kMagic);
  append_fixed(bytes, kVersion);
  append_fixed(bytes, std::uint32_t{0});
  for (const std::uint64_t number : {range_.first.value(), range_.last.value(), end_.next_sequence.value(),
                                     end_.log_time.value(), frozen_before_.value(), first_hour_.value(),
                                     last_hour_.value(), std::uint64_t{first_keys_.size()}, user_count_})
    append_fixed(bytes, number);
  bytes.append(reinterpret_cast<const char*>(identity.id.data()), identity.id.size());
  bytes.resize(kHeaderSize - kChecksumSize, '\0');
  append_fixed(bytes, checksum(bytes, identity.checksum_seed()));
  return bytes;
}

std::string HourRun::encode_index() const {
  std::string bytes;
  bytes.reserve(first_keys_.size() * kIndexEntrySize + kChecksumSize);
  for (const auto& key : first_keys_) {
    append_fixed(bytes, key.hour.value());
    append_fixed(bytes, key.hash);
  }
  append_fixed(bytes, checksum(bytes, seed_ + range_.first.value()));
  return bytes;
}

/// Differs from page to page and from run to run, so that no page passes for another.
std::uint64_t HourRun::page_seed(std::size_t page) const {
  return seed_ + range_.first.value() * 0x9E3779B97F4A7C15ULL + page;
}

StoreResult<std::shared_ptr<const HourRun>> HourRun::open(FileSystem& files, std::filesystem::path path,
                                                          const StoreIdentity& identity) {
  auto found = open_run_file(files, path, kMagic, kVersion, kHeaderSize);
  if (!found)
    return base::unexpected(found.error());

  std::shared_ptr<HourRun> run(new HourRun);
  ByteReader reader(std::string_view(found->header).substr(kRangeOffset));
  run->range_.first = RecordNumber{reader.fixed<std::uint64_t>()};
  run->range_.last = RecordNumber{reader.fixed<std::uint64_t>()};
  run->end_.record = run->range_.last;
  run->end_.next_sequence = Sequence{reader.fixed<std::uint64_t>()};
  run->end_.log_time = core::Timestamp{reader.fixed<std::uint64_t>()};
  run->frozen_before_ = core::Hour{reader.fixed<std::uint64_t>()};
  run->first_hour_ = core::Hour{reader.fixed<std::uint64_t>()};
  run->last_hour_ = core::Hour{reader.fixed<std::uint64_t>()};
  const auto pages = reader.fixed<std::uint64_t>();
  run->user_count_ = reader.fixed<std::uint64_t>();
  run->seed_ = identity.checksum_seed();
  run->file_ = std::move(found->file);
  run->path_ = std::move(path);
  if (pages > found->size / kHourPageSize)
    return damage(run->path_, "its header is wrong");
  run->first_keys_.resize(pages);
  if (found->header != run->encode_header(identity))
    return damage(run->path_, "its header is wrong");
  if (run->path_.filename() != hour_run_name(run->range_, run->frozen_before_))
    return damage(run->path_, "it bears the name of another run");
  if (found->size != run->bytes_on_disk())
    return damage(run->path_, "its size is not what was written");
  if (auto read = run->read_index(); !read)
    return base::unexpected(read.error());
  return std::shared_ptr<const HourRun>(std::move(run));
}

StoreResult<void> HourRun::read_index() {
  std::string index(first_keys_.size() * kIndexEntrySize + kChecksumSize, '\0');
  if (const auto read = file_->read_at(page_offset(first_keys_.size()), index); !read)
    return io_failure(read.error());
  ByteReader reader(index);
  for (auto& key : first_keys_) {
    key.hour = core::Hour{reader.fixed<std::uint64_t>()};
    key.hash = reader.fixed<std::uint64_t>();
  }
  if (index != encode_index())
    return damage(path_, "its index is wrong");
  return {};
}

StoreResult<std::string> HourRun::read_page(std::size_t page) const {
  std::string content(kHourPageSize, '\0');
  if (const auto read = file_->read_at(page_offset(page), content); !read)
    return io_failure(read.error());
  if (!is_whole_hour_page(content, page_seed(page))) {
    const core::Hour last = page + 1 < page_count() ? first_hour_of(page + 1) : last_hour_;
    return damage(path_, "page " + std::to_string(page) + ", of the hours " +
                             core::hour_text(first_hour_of(page)) + " to " + core::hour_text(last) +
                             ", is not what was written");
  }
  return content;
}

std::size_t HourRun::page_of(core::Hour hour, std::uint64_t user_hash) const {
  const auto behind =
      std::upper_bound(first_keys_.begin(), first_keys_.end(), HourPageBuilder::Key{hour, user_hash});
  return behind == first_keys_.begin() ? 0 : static_cast<std::size_t>(behind - first_keys_.begin()) - 1;
}

StoreResult<core::Totals> HourRun::totals(core::Hour hour) const {
  if (!may_hold(hour))
    return core::Totals{};
  const auto page = read_page(page_of(hour, 0));
  if (!page)
    return base::unexpected(page.error());
  HourPageReader reader(*page);
  while (const auto group = reader.next()) {
    if (group->hour == hour && group->begins)
      return group->totals;
  }
  return core::Totals{};
}

StoreResult<bool> HourRun::contains(core::Hour hour, std::uint64_t user_hash) const {
  if (!may_hold(hour))
    return false;
  const auto page = read_page(page_of(hour, user_hash));
  if (!page)
    return base::unexpected(page.error());
  HourPageReader reader(*page);
  while (const auto group = reader.next()) {
    if (group->hour == hour && group->contains(user_hash))
      return true;
  }
  return false;
}

std::uint64_t HourRun::bytes_on_disk() const {
  return page_offset(page_count()) + page_count() * kIndexEntrySize + kChecksumSize;
}

StoreResult<core::Totals> totals_of(const HourRuns& runs, core::Hour hour) {
  core::Totals sum;
  for (const auto& run : runs) {
    auto totals = run->totals(hour);
    if (!totals)
      return totals;
    sum.add(*totals);
  }
  return sum;
}

StoreResult<bool> contains_user(const HourRuns& runs, core::Hour hour, std::uint64_t user_hash) {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    auto contained = (*run)->contains(hour, user_hash);
    if (!contained || *contained)
      return contained;
  }
  return false;
}

StoreResult<HourRunWriter> HourRunWriter::create(FileSystem& files, const std::filesystem::path& directory,
                                                 const StoreIdentity& identity, RecordNumber first,
                                                 const LogPosition& end, core::Hour frozen_before) {
  HourRunWriter writer(files, identity);
  writer.run_.reset(new HourRun);
  HourRun& run = *writer.run_;
  run.range_ = {first, end.record};
  run.end_ = end;
  run.frozen_before_ = frozen_before;
  run.path_ = directory / hour_run_name(run.range_, frozen_before);
  run.seed_ = identity.checksum_seed();
  auto file = create_run_file(files, run.path_);
  if (!file)
    return base::unexpected(file.error());
  run.file_ = std::move(*file);
  return writer;
}

StoreResult<void> HourRunWriter::begin_hour(core::Hour hour, const core::Totals& totals) {
  if (run_->first_hour_ > run_->last_hour_)
    run_->first_hour_ = hour;
  run_->last_hour_ = hour;
  if (page_.begin_hour(hour, totals))
    return {};
  if (auto written = write_page(); !written)
    return written;
  page_.begin_hour(hour, totals);
  return {};
}

StoreResult<void> HourRunWriter::add_user(std::uint64_t user_hash) {
  ++run_->user_count_;
  if (page_.add_user(user_hash))
    return {};
  if (auto written = write_page(); !written)
    return written;
  page_.add_user(user_hash);
  return {};
}

StoreResult<void> HourRunWriter::write_page() {
  const std::size_t page = run_->first_keys_.size();
  run_->first_keys_.push_back(page_.first_key());
  const auto written = run_->file_->write_at(page_offset(page), page_.take(run_->page_seed(page)));
  if (!written)
    return io_failure(written.error());
  return {};
}

StoreResult<std::shared_ptr<const HourRun>> HourRunWriter::finish() {
  if (!page_.empty()) {
    if (auto written = write_page(); !written)
      return base::unexpected(written.error());
  }
  if (auto finished = finish_run_file(*files_, *run_->file_, run_->path_, run_->encode_header(identity_),
                                      page_offset(run_->page_count()), run_->encode_index());
      !finished)
    return base::unexpected(finished.error());
  return std::shared_ptr<const HourRun>(std::move(run_));
}

}  // namespace hourglass::engine
