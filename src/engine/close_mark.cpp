#include "engine/close_mark.hpp"

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic = "HGCLOSED";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kRecordOffset = 16;
constexpr std::size_t kFileSize = 32;

std::string encode(const StoreIdentity& identity, RecordNumber last) {
  std::string content(kMagic);
  append_fixed(content, kVersion);
  append_fixed(content, std::uint32_t{0});
  append_fixed(content, last.value());
  append_fixed(content, checksum(content, identity.checksum_seed()));
  return content;
}

}  // namespace

StoreResult<void> write_close_mark(FileSystem& files, const std::filesystem::path& path,
                                   const StoreIdentity& identity, RecordNumber last) {
  if (const auto written = write_durably(files, path, encode(identity, last)); !written)
    return io_failure(written.error());
  return {};
}

StoreResult<std::optional<RecordNumber>> read_close_mark(FileSystem& files, const std::filesystem::path& path,
                                                         const StoreIdentity& identity) {
  const auto exists = files.exists(path);
  if (!exists)
    return io_failure(exists.error());
  if (!*exists)
    return std::nullopt;
  const auto content = read_whole(files, path);
  if (!content)
    return io_failure(content.error());
  if (content->size() != kFileSize || !content->starts_with(kMagic))
    return damage(path, "it is no mark of closing");
  if (const auto version = read_fixed<std::uint32_t>(*content, kVersionOffset); version > kVersion)
    return newer_format(path, version);
  const RecordNumber last{read_fixed<std::uint64_t>(*content, kRecordOffset)};
  if (*content != encode(identity, last))
    return damage(path, "its checksum is wrong");
  return last;
}

}  // namespace hourglass::engine
