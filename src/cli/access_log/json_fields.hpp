#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/access_log/field.hpp"

namespace hourglass::cli {

/// Finds members of JSON objects by paths such as `request.headers.User-Agent`. An array stands for its first
/// element. A dot may be part of a name: if several ways lead to a value, that with the longest first name
/// counts, and so on; of two members by the same name, the first. Keeps its working memory between lines,
/// unless they are very long; one thread at a time.
class JsonFields {
 public:
  explicit JsonFields(std::vector<std::string> paths);
  ~JsonFields();
  JsonFields(JsonFields&&) noexcept;
  JsonFields& operator=(JsonFields&&) noexcept;

  /// False if the line is not one JSON object in UTF-8; what no path leads to is looked at only so far as its
  /// end has to be found. Otherwise there is a value for each path: a string unescaped, a number as it is
  /// written, `true` or `false`. A null is absent, an object is not there. They last until the next call.
  bool read(std::string_view line);
  [[nodiscard]] const std::vector<FieldValue>& values() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::cli
