#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

/// How lines of a log become events, as it stands on the command line or in a mapping file.
/// docs/operating/access-logs.md says what each means and what holds where nothing is given.
struct MappingOptions {
  std::string format;
  std::vector<std::string> user;  // fields; several become a hash
  bool hash_user = false;         // of one field, too
  std::string time;               // a field; empty: the one of the format
  std::vector<std::string> click;
  std::vector<std::string> impression;
  std::vector<std::string> leave_out;
};

/// Reads the options from a TOML file. The failure names file and line.
base::Expected<MappingOptions, std::string> read_mapping_file(const std::filesystem::path& path);

/// The names that MappingOptions::format may have.
std::vector<std::string> access_log_formats();

/// What a line is counted as. The user keeps the rules of core::User.
struct MappedEvent {
  core::Timestamp timestamp;
  core::Kind kind;
  std::string user;
};

/// The line is fine but not to be counted: a rule leaves it out or none takes it, it is blank, or it is about
/// the log itself.
struct LeftOut {};

/// The line should have become an event and cannot. Says why, without anything that stands in the line.
struct NotMapped {
  std::string why;
};

using MappedLine = std::variant<MappedEvent, LeftOut, NotMapped>;

/// Maps one line after another. Belongs to who made it; one thread at a time. Between lines it remembers only
/// what a file says about its own columns.
class LineMapping {
 public:
  /// The failure names the option, and quotes the rule.
  static base::Expected<LineMapping, std::string> make(const MappingOptions& options);

  ~LineMapping();
  LineMapping(LineMapping&&) noexcept;
  LineMapping& operator=(LineMapping&&) noexcept;

  /// `line` is without its line feed; a carriage return at its end is dropped.
  MappedLine map(std::string_view line);

  /// Another file begins.
  void begin_file();

 private:
  class Implementation;
  explicit LineMapping(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::cli
