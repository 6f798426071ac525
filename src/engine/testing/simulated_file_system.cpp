#include "engine/testing/simulated_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace hourglass::engine {
namespace {

auto failed(const char* operation, const std::filesystem::path& path, int error_number) {
  return base::unexpected(IoError{error_number, operation, path});
}

void overwrite(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size())
    content.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedFileSystem& files, std::filesystem::path path,
                std::shared_ptr<SimulatedFileSystem::Content> content)
      : files_(files), path_(std::move(path)), content_(std::move(content)) {}

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    const std::lock_guard lock(files_.mutex_);
    if (const int error = files_.next_read(); error != 0)
      return failed("read", path_, error);
    const std::string& bytes = content_->current;
    if (offset >= bytes.size())
      return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
  }

  IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    files_.meanwhile_();
    const std::lock_guard lock(files_.mutex_);
    const int error = files_.next_call(offset + bytes.size() > content_->current.size());
    const std::string_view written = error == 0 ? bytes : bytes.substr(0, bytes.size() / 2);
    overwrite(content_->current, offset, written);
    content_->unsynced.push_back({offset, std::string(written)});
    if (error != 0)
      return failed("write", path_, error);
    return {};
  }

  IoResult<void> allocate(std::uint64_t size) override {
    files_.meanwhile_();
    const std::lock_guard lock(files_.mutex_);
    if (const int error = files_.next_call(size > content_->current.size()); error != 0)
      return failed("reserve space in", path_, error);
    if (content_->current.size() < size) {
      content_->unsynced.push_back(
          {content_->current.size(), std::string(size - content_->current.size(), '\0')});
      content_->current.resize(size, '\0');
    }
    return {};
  }

  IoResult<void> sync() override {
    files_.meanwhile_();
    const std::lock_guard lock(files_.mutex_);
    const int error = files_.next_call();
    if (error == 0) {
      for (const auto& write : content_->unsynced)
        overwrite(content_->durable, write.offset, write.bytes);
    }
    content_->unsynced.clear();
    if (error != 0)
      return failed("sync", path_, error);
    return {};
  }

  IoResult<std::uint64_t> size() const override {
    const std::lock_guard lock(files_.mutex_);
    return content_->current.size();
  }

 private:
  SimulatedFileSystem& files_;
  const std::filesystem::path path_;
  const std::shared_ptr<SimulatedFileSystem::Content> content_;
};

void SimulatedFileSystem::fail_call(std::uint64_t number, int error_number) {
  const std::lock_guard lock(mutex_);
  failing_call_ = number;
  failing_error_ = error_number;
}

void SimulatedFileSystem::fail_all(int error_number) {
  const std::lock_guard lock(mutex_);
  failing_all_ = error_number;
}

void SimulatedFileSystem::fail_creations(int error_number) {
  const std::lock_guard lock(mutex_);
  failing_creations_ = error_number;
}

void SimulatedFileSystem::fail_from(std::uint64_t number, int error_number) {
  const std::lock_guard lock(mutex_);
  failing_from_ = number;
  failing_from_error_ = error_number;
}

void SimulatedFileSystem::fail_read(std::uint64_t number, int error_number) {
  const std::lock_guard lock(mutex_);
  failing_read_ = number;
  failing_read_error_ = error_number;
}

void SimulatedFileSystem::set_full(bool full) {
  const std::lock_guard lock(mutex_);
  full_ = full;
}

void SimulatedFileSystem::before_each_call(std::function<void()> meanwhile) {
  meanwhile_ = std::move(meanwhile);
}

std::uint64_t SimulatedFileSystem::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

std::uint64_t SimulatedFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void SimulatedFileSystem::set_space(Space space) {
  const std::lock_guard lock(mutex_);
  space_ = space;
}

int SimulatedFileSystem::next_call(bool takes_room) {
  ++calls_;
  if (failing_from_ != 0 && calls_ >= failing_from_)
    return failing_from_error_;
  if (calls_ == failing_call_)
    return failing_error_;
  if (failing_all_ != 0)
    return failing_all_;
  return full_ && takes_room ? ENOSPC : 0;
}

int SimulatedFileSystem::next_read() {
  return ++reads_ == failing_read_ ? failing_read_error_ : 0;
}

void SimulatedFileSystem::cut_power(std::mt19937_64& random) {
  const std::lock_guard lock(mutex_);
  std::set<std::filesystem::path> paths;
  for (const auto& [path, content] : names_)
    paths.insert(path);
  for (const auto& [path, content] : durable_names_)
    paths.insert(path);
  Names after;
  for (const auto& path : paths) {
    const Names& source = random() % 2 == 0 ? durable_names_ : names_;
    const auto found = source.find(path);
    if (found == source.end())
      continue;
    auto content = std::make_shared<Content>();
    content->durable = found->second->durable;
    for (const Write& write : found->second->unsynced) {
      // Lost, whole, or torn at any byte.
      const std::size_t kept =
          random() % 3 == 0 ? random() % (write.bytes.size() + 1) : (random() % 2) * write.bytes.size();
      overwrite(content->durable, write.offset, std::string_view(write.bytes).substr(0, kept));
    }
    content->current = content->durable;
    after[path] = std::move(content);
  }
  names_ = after;
  durable_names_ = std::move(after);
}

std::string& SimulatedFileSystem::content(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  return names_.at(path)->current;
}

IoResult<std::unique_ptr<File>> SimulatedFileSystem::open(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (const int error = next_read(); error != 0)
    return failed("open", path, error);
  const auto found = names_.find(path);
  if (found == names_.end())
    return failed("open", path, ENOENT);
  return std::make_unique<SimulatedFile>(*this, path, found->second);
}

IoResult<std::unique_ptr<File>> SimulatedFileSystem::create(const std::filesystem::path& path) {
  meanwhile_();
  const std::lock_guard lock(mutex_);
  if (const int error = next_call(true); error != 0)
    return failed("create", path, error);
  if (failing_creations_ != 0)
    return failed("create", path, failing_creations_);
  if (names_.contains(path))
    return failed("create", path, EEXIST);
  names_[path] = std::make_shared<Content>();
  return std::make_unique<SimulatedFile>(*this, path, names_[path]);
}

IoResult<void> SimulatedFileSystem::make_directory(const std::filesystem::path& path) {
  meanwhile_();
  const std::lock_guard lock(mutex_);
  if (std::find(directories_.begin(), directories_.end(), path) != directories_.end())
    return {};
  if (const int error = next_call(); error != 0)
    return failed("make the directory", path, error);
  directories_.push_back(path);
  return {};
}

IoResult<void> SimulatedFileSystem::rename(const std::filesystem::path& from,
                                           const std::filesystem::path& to) {
  meanwhile_();
  const std::lock_guard lock(mutex_);
  if (const int error = next_call(); error != 0)
    return failed("rename", from, error);
  const auto found = names_.find(from);
  if (found == names_.end())
    return failed("rename", from, ENOENT);
  names_[to] = found->second;
  names_.erase(from);
  return {};
}

IoResult<void> SimulatedFileSystem::remove(const std::filesystem::path& path) {
  meanwhile_();
  const std::lock_guard lock(mutex_);
  if (const int error = next_call(); error != 0)
    return failed("remove", path, error);
  if (names_.erase(path) == 0)
    return failed("remove", path, ENOENT);
  return {};
}

IoResult<void> SimulatedFileSystem::sync_directory(const std::filesystem::path& path) {
  meanwhile_();
  const std::lock_guard lock(mutex_);
  if (const int error = next_call(); error != 0)
    return failed("sync", path, error);
  std::erase_if(durable_names_, [&](const auto& entry) { return entry.first.parent_path() == path; });
  for (const auto& entry : names_) {
    if (entry.first.parent_path() == path)
      durable_names_.insert(entry);
  }
  return {};
}

IoResult<bool> SimulatedFileSystem::exists(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  return names_.contains(path);
}

IoResult<std::vector<std::string>> SimulatedFileSystem::list(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> listed;
  for (const auto& [name, content] : names_) {
    if (name.parent_path() == path)
      listed.push_back(name.filename().string());
  }
  std::sort(listed.begin(), listed.end());
  return listed;
}

IoResult<Space> SimulatedFileSystem::space(const std::filesystem::path&) {
  const std::lock_guard lock(mutex_);
  return space_;
}

}  // namespace hourglass::engine
