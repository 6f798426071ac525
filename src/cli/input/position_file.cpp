#include "cli/input/position_file.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "cli/input/position_lock.hpp"
#include "engine/bytes.hpp"
#include "engine/checksum.hpp"

namespace hourglass::cli {
namespace {

/// No position is longer; what is longer is some other file.
constexpr std::uint64_t kLongest = 64 * 1024;

constexpr std::string_view kCountsTitle = "hourglass counts 1\n";
constexpr std::string_view kCountsSuffix = ".counts-";
constexpr std::size_t kCountBytes = 4 * sizeof(std::uint64_t);

}  // namespace

PositionFile::PositionFile(engine::FileSystem& files, std::filesystem::path path)
    : files_(&files), path_(std::move(path)) {}

std::string PositionFile::advice() const {
  return "; to start anew remove it, and send by hand what of the log has been rotated and may be missing";
}

base::Expected<std::optional<LogPosition>, std::string> PositionFile::read(const std::filesystem::path& log) {
  const auto exists = files_->exists(path_);
  if (!exists)
    return base::unexpected(exists.error().message());
  if (!*exists)
    return std::nullopt;
  const auto file = files_->open(path_);
  if (!file)
    return base::unexpected(file.error().message());
  std::string text(kLongest, '\0');
  const auto count = (*file)->read_at(0, text);
  if (!count)
    return base::unexpected(count.error().message());
  text.resize(*count);
  auto position = parse_position(text);
  if (!position)
    return base::unexpected(path_.string() + " " + position.error() + advice());
  if (position->log != log.string())
    return base::unexpected(path_.string() + " holds the position in " + position->log + ", not in " +
                            log.string() + "; every log needs a position file of its own");
  return std::move(*position);
}

base::Expected<void, std::string> PositionFile::write(const LogPosition& position) {
  if (const auto written = engine::write_durably(*files_, path_, to_text(position)); !written)
    return base::unexpected(written.error().message());
  return {};
}

base::Expected<std::uint64_t, std::string> PositionFile::write_counts(std::span<const Occurrence> counts) {
  if (counts.empty())
    return std::uint64_t{0};
  std::string content(kCountsTitle);
  content.reserve(content.size() + counts.size() * kCountBytes);
  for (const Occurrence& occurrence : counts) {
    engine::append_fixed(content, occurrence.key.time.value());
    engine::append_hash(content, occurrence.key.line);
    engine::append_fixed(content, occurrence.count);
  }
  const std::uint64_t name = engine::checksum(content, 0);
  if (const auto written = engine::write_durably(*files_, counts_path(name), content); !written)
    return base::unexpected(written.error().message());
  return name;
}

base::Expected<std::vector<Occurrence>, std::string> PositionFile::read_counts(std::uint64_t counts) {
  std::vector<Occurrence> occurrences;
  if (counts == 0)
    return occurrences;
  const std::filesystem::path path = counts_path(counts);
  const auto content = engine::read_whole(*files_, path);
  if (!content)
    return base::unexpected(content.error().message() + "; without it " + path_.string() + " is of no use" +
                            advice());
  if (engine::checksum(*content, 0) != counts || !content->starts_with(kCountsTitle))
    return base::unexpected(path.string() + " is damaged; without it " + path_.string() + " is of no use" +
                            advice());
  engine::ByteReader reader(std::string_view(*content).substr(kCountsTitle.size()));
  while (!reader.at_end() && !reader.failed()) {
    const core::Timestamp time{reader.fixed<std::uint64_t>()};
    const core::Hash128 line = reader.hash();
    occurrences.push_back({{time, line}, reader.fixed<std::uint64_t>()});
  }
  return occurrences;
}

void PositionFile::keep_counts(const std::set<std::uint64_t>& kept) {
  std::set<std::filesystem::path> kept_paths;
  for (const std::uint64_t counts : kept)
    kept_paths.insert(counts_path(counts));
  const auto names = files_->list(path_.parent_path());
  if (!names)
    return;
  const std::string prefix = path_.filename().string() + std::string(kCountsSuffix);
  for (const std::string& name : *names) {
    const std::filesystem::path path = path_.parent_path() / name;
    if (name.starts_with(prefix) && !kept_paths.contains(path))
      (void)files_->remove(path);
  }
}

bool PositionFile::owns(const std::filesystem::path& path) const {
  const std::string name = path.filename().string();
  const std::string own = path_.filename().string();
  return path.parent_path() == path_.parent_path() &&
         (name == own || name == own + kLockSuffix || name.starts_with(own + std::string(kCountsSuffix)) ||
          name == own + std::string(engine::kUnfinishedSuffix));
}

std::filesystem::path PositionFile::counts_path(std::uint64_t counts) const {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), counts, 16).ptr;
  return path_.string() + std::string(kCountsSuffix) + std::string(digits.data(), end);
}

}  // namespace hourglass::cli
