#pragma once

#include <string>
#include <vector>

namespace hourglass::http {

/// Requests as clients send them, and what comes back.
inline std::string request(const std::string& method, const std::string& target,
                           const std::string& headers = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

inline std::string click(const std::string& user) {
  return request("POST", "/analytics?timestamp=1700000000000&user=" + user + "&click");
}

inline const std::string kRead = request("GET", "/analytics?timestamp=1700000000000");

/// The status codes of the answers, in order.
inline std::vector<std::string> statuses(const std::string& output) {
  std::vector<std::string> found;
  for (std::size_t at = output.find("HTTP/1.1 "); at != std::string::npos;
       at = output.find("HTTP/1.1 ", at + 1))
    found.push_back(output.substr(at + 9, 3));
  return found;
}

}  // namespace hourglass::http
