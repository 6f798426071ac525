#include "cli/input/log_generations.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <set>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>

#include "cli/input/text_file.hpp"

namespace hourglass::cli {
namespace {

constexpr int kMostAttempts = 20;
constexpr WriteTime kNanoseconds = 1'000'000'000;

/// What stands behind the name of the log, and nothing of a compression.
std::string_view suffix_of(std::string_view name, std::string_view log_name) {
  std::string_view suffix = name.substr(std::min(log_name.size() + 1, name.size()));
  for (const std::string_view end : {std::string_view{".gz"}, std::string_view{".zst"}}) {
    if (suffix.ends_with(end))
      suffix.remove_suffix(end.size());
  }
  return suffix;
}

/// The number of a rotation, where the name says one: the higher, the older. A date is none.
std::optional<std::uint64_t> rotation_number(std::string_view suffix) {
  constexpr std::size_t kMostDigits = 5;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), number);
  const bool is_number = error == std::errc{} && end == suffix.data() + suffix.size();
  return is_number && suffix.size() <= kMostDigits ? std::optional(number) : std::nullopt;
}

/// The oldest first. Where the names say the order it is taken from them: a file that was compressed or
/// copied has another time than the generation in it. Else it is that of the times.
void sort_by_age(std::vector<LogGeneration>& generations, std::string_view log_name) {
  const auto number_of = [&](const LogGeneration& generation) {
    return rotation_number(suffix_of(generation.path.filename().string(), log_name));
  };
  const auto is_older_by_time = [](const LogGeneration& one, const LogGeneration& other) {
    return std::tuple(one.is_log, one.written, one.path) <
           std::tuple(other.is_log, other.written, other.path);
  };
  std::vector<LogGeneration> named;
  std::vector<LogGeneration> others;
  bool are_numbers = true;
  bool are_dates = true;
  for (LogGeneration& generation : generations) {
    const bool is_named = generation.has_rotated_name && !generation.is_log;
    if (is_named) {
      const bool is_number = number_of(generation).has_value();
      are_numbers = are_numbers && is_number;
      are_dates = are_dates && !is_number && !generation.path.filename().string().ends_with(".old");
    }
    (is_named ? named : others).push_back(std::move(generation));
  }
  std::ranges::stable_sort(named, [&](const LogGeneration& one, const LogGeneration& other) {
    if (are_numbers)
      return *number_of(one) > *number_of(other);
    if (are_dates)
      return suffix_of(one.path.filename().string(), log_name) <
             suffix_of(other.path.filename().string(), log_name);
    return is_older_by_time(one, other);
  });
  std::ranges::stable_sort(others, is_older_by_time);
  // What has another name stands where its time puts it.
  for (LogGeneration& other : others) {
    const auto newer =
        std::ranges::find_if(named, [&](const LogGeneration& one) { return is_older_by_time(other, one); });
    named.insert(newer, std::move(other));
  }
  generations = std::move(named);
}

/// Reads how the text of a file begins, decompressed.
void read_text_beginning(LogGeneration& generation, engine::Descriptor descriptor) {
  auto file = TextFile::over(std::move(descriptor), generation.path.string(), {});
  if (!file) {
    generation.failure = file.error();
    return;
  }
  std::string text(kBeginningBytes, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto piece = file->read(std::span(text).subspan(done));
    if (!piece)
      generation.failure = piece.error();
    if (!piece || piece->bytes == 0)
      break;
    done += piece->bytes;
  }
  text.resize(done);
  generation.is_plain = file->is_plain();
  generation.beginning = std::move(text);
}

/// Nothing where the file is gone meanwhile, or is no regular file.
std::optional<LogGeneration> look_at(const std::filesystem::path& path, bool is_log) {
  // O_NONBLOCK: a pipe of such a name must not be waited for.
  engine::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  LogGeneration generation;
  generation.path = path;
  generation.is_log = is_log;
  if (!descriptor.valid()) {
    const int error_number = errno;
    if (error_number == ENOENT || ::stat(path.c_str(), &status) != 0)
      return std::nullopt;
    generation.failure =
        "cannot open " + path.string() + ": " + std::generic_category().message(error_number);
  } else if (::fstat(descriptor.number(), &status) != 0) {
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode))
    return std::nullopt;
  generation.device = status.st_dev;
  generation.file = {status.st_ino, 0};
  if (descriptor.valid())
    generation.file = identity_of(descriptor.number());
  generation.size = static_cast<std::uint64_t>(status.st_size);
  generation.written = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
  if (is_log && descriptor.valid()) {
    generation.beginning = read_beginning(descriptor.number());
    if (encoding_of(generation.beginning, true) != Encoding::plain)
      generation.failure =
          path.string() + " is compressed; only what is written as plain lines can be followed";
  } else if (descriptor.valid()) {
    read_text_beginning(generation, std::move(descriptor));
  }
  return generation;
}

/// A program that compresses removes what it has compressed only when it is done: until then the compressed
/// file is not whole.
bool is_being_compressed(const std::string& name, const std::set<std::string>& names) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{".gz", ".zst"}, [&](std::string_view end) {
        return name.ends_with(end) && names.contains(name.substr(0, name.size() - end.size()));
      });
}

/// Nothing where a file has gone while it was looked for.
base::Expected<std::optional<std::vector<LogGeneration>>, std::string> list_once(
    const std::filesystem::path& log, const std::function<bool(const std::filesystem::path&)>& is_other) {
  const std::string log_name = log.filename().string();
  std::set<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(log.parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(log_name) && !is_other(entry->path()))
      names.insert(name);
  }
  if (error)
    return base::unexpected("cannot list " + log.parent_path().string() + ": " + error.message());
  std::vector<LogGeneration> found;
  for (const std::string& name : names) {
    if (is_being_compressed(name, names))
      continue;
    auto generation = look_at(log.parent_path() / name, name == log_name);
    if (!generation && !std::filesystem::exists(log.parent_path() / name, error))
      return std::nullopt;
    if (!generation)
      continue;
    generation->has_rotated_name = is_rotated_name(name, log_name);
    if (generation->is_log || !generation->beginning.empty() || !generation->failure.empty())
      found.push_back(std::move(*generation));
  }
  return found;
}

/// Leaves one of those that begin alike.
void leave_out_copies(std::vector<LogGeneration>& generations) {
  const auto rank = [](const LogGeneration& generation) {
    return std::tuple(!generation.is_log, !generation.has_rotated_name, !generation.is_plain,
                      generation.written);
  };
  std::ranges::stable_sort(generations, {}, rank);
  std::vector<LogGeneration> left;
  for (LogGeneration& generation : generations) {
    const bool is_copy = std::ranges::any_of(left, [&](const LogGeneration& other) {
      return !generation.beginning.empty() && generation.beginning == other.beginning;
    });
    if (!is_copy)
      left.push_back(std::move(generation));
  }
  generations = std::move(left);
}

}  // namespace

bool is_rotated_name(std::string_view name, std::string_view log_name) {
  if (!name.starts_with(log_name))
    return false;
  const std::string_view suffix = name.substr(log_name.size());
  if (suffix == ".old")
    return true;
  return suffix.size() > 1 && std::string_view(".-_").find(suffix[0]) != std::string_view::npos &&
         std::isdigit(static_cast<unsigned char>(suffix[1])) != 0;
}

base::Expected<std::vector<LogGeneration>, std::string> find_generations(
    const std::filesystem::path& log, const std::function<bool(const std::filesystem::path&)>& is_other) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    auto found = list_once(log, is_other);
    if (!found)
      return base::unexpected(std::move(found.error()));
    if (!*found)
      continue;
    std::vector<LogGeneration> generations = std::move(**found);
    leave_out_copies(generations);
    sort_by_age(generations, log.filename().string());
    return generations;
  }
  return base::unexpected("the files " + log.string() + "* change faster than they can be listed");
}

}  // namespace hourglass::cli
