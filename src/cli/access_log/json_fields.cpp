#include "cli/access_log/json_fields.hpp"

#include <cstdint>
#include <utility>

#include <simdjson.h>

#include "core/json/json_number.hpp"

namespace hourglass::cli {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMaxDepth = 64;

std::string_view without_white_space_behind(std::string_view token) {
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view{} : token.substr(0, end + 1);
}

/// A path that has come as far as the value at hand.
struct Way {
  std::size_t path = 0;
  std::string_view rest;   // what the path still says
  bool at_end = false;     // nothing
  std::uint64_t rank = 0;  // a bit for each dot so far: 1 if it was part of a name. More is better
};

/// The way on through a member called `name`, if it leads there.
bool follow(Way& way, std::string_view name) {
  if (way.at_end || !way.rest.starts_with(name))
    return false;
  way.at_end = way.rest.size() == name.size();
  if (!way.at_end && way.rest[name.size()] != '.')
    return false;
  for (const char byte : name) {
    if (byte == '.')
      way.rank = way.rank << 1 | 1;
  }
  way.rank <<= way.at_end ? 0 : 1;
  way.rest = way.at_end ? std::string_view{} : way.rest.substr(name.size() + 1);
  return true;
}

}  // namespace

class JsonFields::Implementation {
 public:
  explicit Implementation(std::vector<std::string> paths)
      : paths_(std::move(paths)), values_(paths_.size()), ranks_(paths_.size()) {}

  bool read(std::string_view line) {
    // The parser may read some bytes beyond the end, so it gets a copy with room behind it. NUL never occurs
    // in valid JSON, but would end the text early for some of its checks.
    if (line.find('\0') != std::string_view::npos)
      return false;
    if (buffer_.size() > kOrdinaryLineSize)
      release_memory();
    buffer_.assign(line);
    buffer_.append(simdjson::SIMDJSON_PADDING, '\0');
    values_.assign(paths_.size(), FieldValue{});
    ways_.clear();
    for (std::size_t i = 0; i < paths_.size(); ++i)
      ways_.push_back({i, paths_[i]});
    ondemand::document document;
    ondemand::object object;
    if (parser_.iterate(buffer_.data(), line.size(), buffer_.size()).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS || !read_object(object, {0, ways_.size()}, 1))
      return false;
    const char* behind = nullptr;
    return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;  // only white space follows
  }

  [[nodiscard]] const std::vector<FieldValue>& values() const { return values_; }

 private:
  /// The part of ways_ that has come to a value.
  struct WayRange {
    std::size_t first;
    std::size_t last;
  };

  bool read_object(ondemand::object object, WayRange range, int depth) {
    for (auto member : object) {
      std::string_view name;
      ondemand::value value;
      if (member.unescaped_key().get(name) != simdjson::SUCCESS ||
          member.value().get(value) != simdjson::SUCCESS)
        return false;
      const std::size_t known = ways_.size();
      for (std::size_t i = range.first; i < range.last; ++i) {
        Way way = ways_[i];
        if (follow(way, name))
          ways_.push_back(way);
      }
      const bool valid = ways_.size() == known || read_value(value, {known, ways_.size()}, depth);
      ways_.resize(known);
      if (!valid)
        return false;
    }
    return true;
  }

  bool read_value(ondemand::value value, WayRange range, int depth) {
    if (depth > kMaxDepth)
      return false;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS)
      return false;
    switch (type) {
      case ondemand::json_type::array: return read_first_element(value, range, depth + 1);
      case ondemand::json_type::object: {
        ondemand::object object;
        return value.get_object().get(object) == simdjson::SUCCESS && read_object(object, range, depth + 1);
      }
      case ondemand::json_type::string: {
        std::string_view text;
        return value.get_string().get(text) == simdjson::SUCCESS && keep(written_value(text), range);
      }
      case ondemand::json_type::number: {
        const std::string_view text = without_white_space_behind(value.raw_json_token());
        return core::is_json_number(text) && keep({text, true}, range);
      }
      case ondemand::json_type::boolean: {
        bool truth = false;
        return value.get_bool().get(truth) == simdjson::SUCCESS &&
               keep({truth ? "true" : "false", true}, range);
      }
      case ondemand::json_type::null: {
        bool null = false;
        return value.is_null().get(null) == simdjson::SUCCESS && null && keep({{}, true}, range);
      }
    }
    return false;
  }

  bool read_first_element(ondemand::value value, WayRange range, int depth) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS)
      return false;
    for (auto element : array) {
      ondemand::value first;
      return element.get(first) == simdjson::SUCCESS && read_value(first, range, depth);
    }
    return true;
  }

  /// Always true.
  bool keep(FieldValue value, WayRange range) {
    for (std::size_t i = range.first; i < range.last; ++i) {
      const Way& way = ways_[i];
      if (!way.at_end || (values_[way.path].written && way.rank <= ranks_[way.path]))
        continue;
      values_[way.path] = value;
      ranks_[way.path] = way.rank;
    }
    return true;
  }

  /// What the parser keeps between lines is several times the longest line.
  void release_memory() {
    parser_ = ondemand::parser();
    std::string().swap(buffer_);  // an assignment would keep its memory
  }

  static constexpr std::size_t kOrdinaryLineSize = 256 * 1024;

  std::vector<std::string> paths_;
  std::vector<FieldValue> values_;    // one a path
  std::vector<std::uint64_t> ranks_;  // of the values that are there
  std::vector<Way> ways_;  // a stack: those of an object lie on top of those of the object around it
  ondemand::parser parser_;
  std::string buffer_;
};

JsonFields::JsonFields(std::vector<std::string> paths)
    : implementation_(std::make_unique<Implementation>(std::move(paths))) {}
JsonFields::~JsonFields() = default;
JsonFields::JsonFields(JsonFields&&) noexcept = default;
JsonFields& JsonFields::operator=(JsonFields&&) noexcept = default;

bool JsonFields::read(std::string_view line) {
  return implementation_->read(line);
}

const std::vector<FieldValue>& JsonFields::values() const {
  return implementation_->values();
}

}  // namespace hourglass::cli
