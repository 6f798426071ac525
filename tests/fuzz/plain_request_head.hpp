#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_head.hpp"

namespace hourglass::fuzz {

/// What a request head says, read by a plain second implementation that has all of it before it.
struct PlainHead {
  std::string method;
  bool is_http_1_0 = false;
  std::string path;
  std::string query;
  std::size_t size = 0;
  std::uint64_t content_length = 0;
  std::size_t length_count = 0;
  std::size_t chunked_count = 0;
  std::size_t host_count = 0;
  std::size_t key_count = 0;
  std::string key;
  std::size_t coding_count = 0;
  std::string coding;  // the last of them, in lower case
  bool says_close = false;
  bool says_keep_alive = false;
  bool expects_continue = false;
};

/// The head that the text begins with; nothing where there is no complete and valid one.
std::optional<PlainHead> read_head_plainly(std::string_view text, const http::HeadLimits& limits);

}  // namespace hourglass::fuzz
