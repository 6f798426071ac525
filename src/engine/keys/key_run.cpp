#include "engine/keys/key_run.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"
#include "engine/runs/run_file.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic = "HGKEYRUN";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 80;
constexpr std::size_t kEntrySize = 24;
constexpr std::size_t kChecksumSize = 8;
static_assert(kChecksumSize + KeyRun::kEntriesPerPage * kEntrySize <= KeyRun::kPageSize);

std::uint64_t page_offset(std::size_t page) {
  return kHeaderSize + std::uint64_t{page} * KeyRun::kPageSize;
}

std::size_t pages_for(std::uint64_t entries) {
  return static_cast<std::size_t>((entries + KeyRun::kEntriesPerPage - 1) / KeyRun::kEntriesPerPage);
}

std::string encode_header(const StoreIdentity& identity, RecordRange range, std::uint64_t entries,
                          core::Timestamp latest) {
  std::string bytes(kMagic);
  append_fixed(bytes, kVersion);
  append_fixed(bytes, std::uint32_t{0});
  append_fixed(bytes, range.first.value());
  append_fixed(bytes, range.last.value());
  append_fixed(bytes, entries);
  append_fixed(bytes, latest.value());
  bytes.append(reinterpret_cast<const char*>(identity.id.data()), identity.id.size());
  append_fixed(bytes, std::uint64_t{0});
  append_fixed(bytes, checksum(bytes, identity.checksum_seed()));
  return bytes;
}

std::string encode_page(const std::vector<KeyOccurrence>& entries, std::uint64_t seed, std::size_t page) {
  std::string content;
  content.reserve(KeyRun::kPageSize);
  for (const KeyOccurrence& entry : entries) {
    append_hash(content, entry.key);
    append_fixed(content, entry.last.value());
  }
  content.resize(KeyRun::kPageSize - kChecksumSize, '\0');
  append_fixed(content, checksum(content, seed + page));
  return content;
}

std::string encode_index(const std::vector<core::Hash128>& first_keys, std::uint64_t seed) {
  std::string content;
  content.reserve(first_keys.size() * sizeof(core::Hash128) + kChecksumSize);
  for (const core::Hash128& key : first_keys)
    append_hash(content, key);
  append_fixed(content, checksum(content, seed));
  return content;
}

KeyOccurrence entry_at(std::span<const char, KeyRun::kPageSize> page, std::size_t place) {
  ByteReader reader(std::string_view(page.data(), page.size()).substr(place * kEntrySize, kEntrySize));
  const core::Hash128 key = reader.hash();
  return {key, core::Timestamp{reader.fixed<std::uint64_t>()}};
}

}  // namespace

std::string key_run_name(RecordRange range) {
  return std::to_string(range.first.value()) + "-" + std::to_string(range.last.value()) + ".keys";
}

StoreResult<std::shared_ptr<const KeyRun>> KeyRun::open(FileSystem& files, std::filesystem::path path,
                                                        const StoreIdentity& identity) {
  auto found = open_run_file(files, path, kMagic, kVersion, kHeaderSize);
  if (!found)
    return base::unexpected(found.error());
  const std::string& header = found->header;

  std::shared_ptr<KeyRun> run(new KeyRun);
  run->range_ = {RecordNumber{read_fixed<std::uint64_t>(header, 16)},
                 RecordNumber{read_fixed<std::uint64_t>(header, 24)}};
  run->entry_count_ = read_fixed<std::uint64_t>(header, 32);
  run->latest_ = core::Timestamp{read_fixed<std::uint64_t>(header, 40)};
  run->seed_ = identity.checksum_seed();
  if (header != encode_header(identity, run->range_, run->entry_count_, run->latest_))
    return damage(path, "its header is wrong");
  if (path.filename() != key_run_name(run->range_))
    return damage(path, "it bears the name of another run");
  run->first_keys_.resize(pages_for(run->entry_count_));
  if (found->size != run->bytes_on_disk())
    return damage(path, "its size is not what was written");

  std::string index(pages_for(run->entry_count_) * sizeof(core::Hash128) + kChecksumSize, '\0');
  if (const auto read = found->file->read_at(page_offset(pages_for(run->entry_count_)), index); !read)
    return io_failure(read.error());
  ByteReader reader(index);
  for (core::Hash128& key : run->first_keys_)
    key = reader.hash();
  if (index != encode_index(run->first_keys_, run->seed_))
    return damage(path, "its index is wrong");
  run->file_ = std::move(found->file);
  run->path_ = std::move(path);
  return std::shared_ptr<const KeyRun>(std::move(run));
}

StoreResult<void> KeyRun::read_page_bytes(std::size_t page, PageBytes& bytes) const {
  if (const auto read = file_->read_at(page_offset(page), bytes); !read)
    return io_failure(read.error());
  const std::string_view content(bytes.data(), bytes.size());
  const std::string_view covered = content.substr(0, kPageSize - kChecksumSize);
  if (checksum(covered, seed_ + page) != read_fixed<std::uint64_t>(content, covered.size()))
    return damage(path_, "page " + std::to_string(page) + " is not what was written");
  return {};
}

std::size_t KeyRun::entries_of(std::size_t page) const {
  return std::min<std::uint64_t>(kEntriesPerPage, entry_count_ - page * kEntriesPerPage);
}

StoreResult<std::vector<KeyOccurrence>> KeyRun::read_page(std::size_t page) const {
  PageBytes bytes;
  if (const auto read = read_page_bytes(page, bytes); !read)
    return base::unexpected(read.error());
  std::vector<KeyOccurrence> entries(entries_of(page));
  for (std::size_t i = 0; i < entries.size(); ++i)
    entries[i] = entry_at(bytes, i);
  return entries;
}

/// Most keys are in no run, so that this is done for every run there is: only the entries that the search
/// comes by are decoded.
StoreResult<std::optional<core::Timestamp>> KeyRun::find(const core::Hash128& key) const {
  const auto behind = std::upper_bound(first_keys_.begin(), first_keys_.end(), key);
  if (behind == first_keys_.begin())
    return std::nullopt;
  const auto page = static_cast<std::size_t>(behind - first_keys_.begin()) - 1;
  PageBytes bytes;
  if (const auto read = read_page_bytes(page, bytes); !read)
    return base::unexpected(read.error());
  std::size_t begin = 0;
  std::size_t end = entries_of(page);
  while (begin < end) {
    const std::size_t middle = (begin + end) / 2;
    const KeyOccurrence entry = entry_at(bytes, middle);
    if (entry.key == key)
      return entry.last;
    if (entry.key < key)
      begin = middle + 1;
    else
      end = middle;
  }
  return std::nullopt;
}

std::uint64_t KeyRun::bytes_on_disk() const {
  return page_offset(page_count()) + page_count() * sizeof(core::Hash128) + kChecksumSize;
}

StoreResult<KeyRunWriter> KeyRunWriter::create(FileSystem& files, const std::filesystem::path& directory,
                                               const StoreIdentity& identity, RecordRange range) {
  KeyRunWriter writer(files, identity);
  writer.run_.reset(new KeyRun);
  writer.run_->path_ = directory / key_run_name(range);
  writer.run_->range_ = range;
  writer.run_->seed_ = identity.checksum_seed();
  auto file = create_run_file(files, writer.run_->path_);
  if (!file)
    return base::unexpected(file.error());
  writer.run_->file_ = std::move(*file);
  return writer;
}

StoreResult<void> KeyRunWriter::add(const KeyOccurrence& occurrence) {
  page_.push_back(occurrence);
  run_->latest_ = std::max(run_->latest_, occurrence.last);
  ++run_->entry_count_;
  return page_.size() == KeyRun::kEntriesPerPage ? write_page() : StoreResult<void>{};
}

StoreResult<void> KeyRunWriter::write_page() {
  const std::size_t page = run_->first_keys_.size();
  const auto written = run_->file_->write_at(page_offset(page), encode_page(page_, run_->seed_, page));
  if (!written)
    return io_failure(written.error());
  run_->first_keys_.push_back(page_.front().key);
  page_.clear();
  return {};
}

StoreResult<std::shared_ptr<const KeyRun>> KeyRunWriter::finish() {
  if (!page_.empty()) {
    if (auto written = write_page(); !written)
      return base::unexpected(written.error());
  }
  const std::string header = encode_header(identity_, run_->range_, run_->entry_count_, run_->latest_);
  if (auto finished =
          finish_run_file(*files_, *run_->file_, run_->path_, header, page_offset(run_->page_count()),
                          encode_index(run_->first_keys_, run_->seed_));
      !finished)
    return base::unexpected(finished.error());
  return std::shared_ptr<const KeyRun>(std::move(run_));
}

}  // namespace hourglass::engine
