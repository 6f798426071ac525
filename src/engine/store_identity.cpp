#include "engine/store_identity.hpp"

#include <algorithm>
#include <random>
#include <string>

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic{"HGSTORE\0", 8};
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kIdOffset = 16;
constexpr std::size_t kHashKeyOffset = 32;
constexpr std::size_t kChecksumOffset = 48;
constexpr std::size_t kFileSize = 56;

template <std::size_t Size>
std::string_view view(const std::array<std::uint8_t, Size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::size_t Size>
void copy_into(std::array<std::uint8_t, Size>& target, std::string_view content, std::size_t offset) {
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), Size, target.begin());
}

}  // namespace

StoreIdentity StoreIdentity::random() {
  StoreIdentity identity;
  std::random_device source;  // getrandom(2) or the processor's generator with libstdc++: fit for secrets
  for (auto* bytes : {&identity.id, &identity.hash_key}) {
    for (std::uint8_t& byte : *bytes)
      byte = static_cast<std::uint8_t>(source());
  }
  return identity;
}

std::uint64_t StoreIdentity::checksum_seed() const {
  return core::siphash64(hash_key, "checksums");
}

StoreResult<StoreFile> read_identity(FileSystem& files, const std::filesystem::path& path) {
  const auto content = read_whole(files, path);
  if (!content)
    return io_failure(content.error());
  if (content->size() < kIdOffset || !content->starts_with(kMagic))
    return damage(path, "it does not begin like a store file");
  const auto version = read_fixed<std::uint32_t>(*content, kVersionOffset);
  if (version > kStoreFormatVersion)
    return newer_format(path, version);
  if (content->size() != kFileSize || checksum(content->substr(0, kChecksumOffset), 0) !=
                                          read_fixed<std::uint64_t>(*content, kChecksumOffset))
    return damage(path, "its checksum is wrong");
  StoreFile file;
  file.version = version;
  copy_into(file.identity.id, *content, kIdOffset);
  copy_into(file.identity.hash_key, *content, kHashKeyOffset);
  return file;
}

StoreResult<void> write_identity(FileSystem& files, const std::filesystem::path& path,
                                 const StoreIdentity& identity) {
  std::string content(kMagic);
  append_fixed(content, kStoreFormatVersion);
  append_fixed(content, std::uint32_t{0});
  content += view(identity.id);
  content += view(identity.hash_key);
  append_fixed(content, checksum(content, 0));
  if (const auto written = write_durably(files, path, content); !written)
    return io_failure(written.error());
  return {};
}

}  // namespace hourglass::engine
