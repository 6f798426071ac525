#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "engine/files/descriptor.hpp"

namespace hourglass::cli {

/// A file, mode 0600, that gets its name only when it is whole and durable: until publish() there is nothing
/// under that name, or what was there before. Written beside it, under its name with a random suffix and
/// `.unfinished`; that is removed when this ends without publish(). Failures are sentences that name the
/// file. One owner, one thread.
class NewFile {
 public:
  static base::Expected<NewFile, std::string> create(const std::filesystem::path& path);

  NewFile(NewFile&& other) noexcept
      : path_(std::move(other.path_)),
        unfinished_(std::exchange(other.unfinished_, {})),
        descriptor_(std::move(other.descriptor_)) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  base::Expected<void, std::string> write(std::string_view bytes);

  /// Also over what has the name already.
  base::Expected<void, std::string> publish();

 private:
  NewFile(std::filesystem::path path, std::filesystem::path unfinished, engine::Descriptor descriptor)
      : path_(std::move(path)), unfinished_(std::move(unfinished)), descriptor_(std::move(descriptor)) {}

  [[nodiscard]] base::Expected<void, std::string> failed(const std::string& operation) const;

  std::filesystem::path path_;
  std::filesystem::path unfinished_;  // empty once it has its name
  engine::Descriptor descriptor_;
};

}  // namespace hourglass::cli
