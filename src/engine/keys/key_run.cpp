#include "engine/keys/key_run.hpp"

#include <algorithm>
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

bool by_key(const KeyOccurrence& left, const KeyOccurrence& right) {
  return left.key < right.key;
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

StoreResult<std::vector<KeyOccurrence>> KeyRun::read_page(std::size_t page) const {
  std::string content(kPageSize, '\0');
  if (const auto read = file_->read_at(page_offset(page), content); !read)
    return io_failure(read.error());
  const std::string_view covered = std::string_view(content).substr(0, kPageSize - kChecksumSize);
  if (checksum(covered, seed_ + page) != read_fixed<std::uint64_t>(content, covered.size()))
    return damage(path_, "page " + std::to_string(page) + " is not what was written");
  const std::size_t count = std::min<std::uint64_t>(kEntriesPerPage, entry_count_ - page * kEntriesPerPage);
  std::vector<KeyOccurrence> entries(count);
  ByteReader reader(covered);
  for (KeyOccurrence& entry : entries) {
    entry.key = reader.hash();
    entry.last = core::Timestamp{reader.fixed<std::uint64_t>()};
  }
  return entries;
}

StoreResult<std::optional<core::Timestamp>> KeyRun::find(const core::Hash128& key) const {
  const auto behind = std::upper_bound(first_keys_.begin(), first_keys_.end(), key);
  if (behind == first_keys_.begin())
    return std::nullopt;
  const auto entries = read_page(static_cast<std::size_t>(behind - first_keys_.begin()) - 1);
  if (!entries)
    return base::unexpected(entries.error());
  const auto found = std::lower_bound(entries->begin(), entries->end(), KeyOccurrence{key, {}}, by_key);
  if (found == entries->end() || found->key != key)
    return std::nullopt;
  return found->last;
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
