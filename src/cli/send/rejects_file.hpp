#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::cli {

/// Where refused lines are kept: one each, as `INPUT:LINE`, the code, the reason and the line itself, with
/// tabs between them. Only its owner may read the file, since lines name users. One thread at a time.
class RejectsFile {
 public:
  /// Makes the file, in place of one that is there, or behind what stands in it. A failure is a sentence that
  /// names it.
  static base::Expected<RejectsFile, std::string> open(const std::filesystem::path& path, bool append);

  base::Expected<void, std::string> add(const std::string& input, std::uint64_t line, const std::string& code,
                                        const std::string& why, std::string_view original);

  /// Writes what has been added.
  base::Expected<void, std::string> flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  RejectsFile(std::unique_ptr<std::FILE, Close> file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  [[nodiscard]] tl::unexpected<std::string> failure() const;

  std::unique_ptr<std::FILE, Close> file_;
  std::filesystem::path path_;
};

}  // namespace hourglass::cli
