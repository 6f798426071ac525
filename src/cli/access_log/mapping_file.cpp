#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

#include "base/nearest_name.hpp"
#include "cli/access_log/mapping.hpp"

namespace hourglass::cli {
namespace {

using Texts = std::vector<std::string>;
using Outcome = base::Expected<void, std::string>;

const Texts kKeys = {"format", "user", "hash_user", "time", "click", "impression", "leave_out"};

Outcome read_text(const toml::node& node, std::string& to) {
  const auto text = node.value_exact<std::string>();
  if (!text)
    return base::unexpected<std::string>("has to be a string");
  to = *text;
  return {};
}

/// A string, or an array of strings.
Outcome read_texts(const toml::node& node, Texts& to) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    to.emplace_back();
    return read_text(node, to.back());
  }
  for (const toml::node& element : *list) {
    to.emplace_back();
    if (!read_text(element, to.back()))
      return base::unexpected<std::string>("has to be a string or an array of strings");
  }
  if (to.empty())
    return base::unexpected<std::string>("is an empty array; the rule \"none\" is one that takes nothing");
  return {};
}

Outcome read_key(std::string_view key, const toml::node& node, MappingOptions& options) {
  if (key == "format")
    return read_text(node, options.format);
  if (key == "time")
    return read_text(node, options.time);
  if (key == "user")
    return read_texts(node, options.user);
  if (key == "click")
    return read_texts(node, options.click);
  if (key == "impression")
    return read_texts(node, options.impression);
  if (key == "leave_out")
    return read_texts(node, options.leave_out);
  if (key != "hash_user")
    return base::unexpected("is unknown; did you mean " + base::nearest_name(key, kKeys) + "?");
  const auto truth = node.value_exact<bool>();
  if (!truth)
    return base::unexpected<std::string>("has to be true or false");
  options.hash_user = *truth;
  return {};
}

base::Expected<std::string, std::string> read_content(const std::filesystem::path& path) {
  std::error_code missing;  // is told below
  const std::filesystem::file_status status = std::filesystem::status(path, missing);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return base::unexpected("cannot read the mapping file " + path.string() + ": it is not a regular file");
  std::ifstream stream(path, std::ios::binary);
  std::string content;
  if (stream) {
    std::array<char, 4096> buffer{};
    while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0)
      content.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (!stream.bad())
      return content;
  }
  return base::unexpected("cannot read the mapping file " + path.string() + ": " + std::strerror(errno));
}

}  // namespace

base::Expected<MappingOptions, std::string> read_mapping_file(const std::filesystem::path& path) {
  const auto content = read_content(path);
  if (!content)
    return base::unexpected(content.error());
  const auto place = [&](std::uint32_t line) {
    return "mapping file " + path.string() + ", line " + std::to_string(line) + ": ";
  };
  try {
    MappingOptions options;
    for (const auto& [key, node] : toml::parse(*content, path.string())) {
      const auto read = read_key(key.str(), node, options);
      if (!read)
        return base::unexpected(place(key.source().begin.line) + std::string(key.str()) + " " + read.error());
    }
    return options;
  } catch (const toml::parse_error& error) {
    return base::unexpected(place(error.source().begin.line) + std::string(error.description()));
  }
}

}  // namespace hourglass::cli
