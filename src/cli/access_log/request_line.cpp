#include "cli/access_log/request_line.hpp"

#include <algorithm>

#include "cli/access_log/log_escapes.hpp"

namespace hourglass::cli {
namespace {

bool is_method(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_';
  });
}

bool is_encoded(std::string_view text) {
  return text.find_first_of("%+") != std::string_view::npos;
}

std::string_view decoded(std::string_view text, std::string& room) {
  if (!is_encoded(text))
    return text;
  room.clear();
  append_form_decoded(room, text);
  return room;
}

}  // namespace

RequestLine split_request_line(std::string_view text) {
  const std::size_t first = text.find(' ');
  const std::size_t last = text.rfind(' ');
  if (first == std::string_view::npos || last <= first + 1)
    return {};
  const RequestLine line{text.substr(0, first), text.substr(first + 1, last - first - 1),
                         text.substr(last + 1)};
  return is_method(line.method) && line.protocol.starts_with("HTTP/") ? line : RequestLine{};
}

std::string_view part_of_target(const Field& field, std::string_view target, std::string& room) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  switch (*field.standard) {
    case StandardField::path: return target.substr(0, mark);
    case StandardField::query: return query;
    case StandardField::query_parameter: return query_parameter(query, field.parameter, room);
    default: return target;
  }
}

std::string_view query_parameter(std::string_view query, std::string_view name, std::string& room) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (decoded(parameter.substr(0, equals), room) == name)
      return decoded(parameter.substr(std::min(equals + 1, parameter.size())), room);
  }
  return {};
}

}  // namespace hourglass::cli
