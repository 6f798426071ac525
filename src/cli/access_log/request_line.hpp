#pragma once

#include <string>
#include <string_view>

#include "cli/access_log/field.hpp"

namespace hourglass::cli {

/// The parts of `GET /path?query HTTP/1.1`. All are empty where a line is not of that shape, as those are not
/// that answer what is no HTTP.
struct RequestLine {
  std::string_view method;
  std::string_view target;
  std::string_view protocol;
};

RequestLine split_request_line(std::string_view text);

/// The path, the query, or one parameter of the query of a target. `room` is where a parameter is decoded to,
/// if it has to be; of several by one name it is the first.
std::string_view part_of_target(const Field& field, std::string_view target, std::string& room);

/// The value of a parameter as it stands in the query; empty if there is none.
std::string_view query_parameter(std::string_view query, std::string_view name, std::string& room);

}  // namespace hourglass::cli
