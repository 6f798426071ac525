#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hourglass::http {

/// How the body of a request is coded, as far as the server can undo it.
enum class ContentCoding : std::uint8_t { identity, gzip, unsupported };

/// What the field lines of one request say about framing, connection and key, gathered line by line.
struct RequestFields {
  std::uint64_t content_length = 0;  // at most UINT64_MAX, also when more digits stand there
  std::size_t length_count = 0;
  std::size_t transfer_encoding_count = 0;
  std::size_t host_count = 0;
  std::size_t coding_count = 0;
  std::size_t key_count = 0;
  bool connection_close = false;
  bool connection_keep_alive = false;
  bool expects_continue = false;
  bool is_from_elsewhere = false;  // a proxy says so, or a browser that shows a page
  ContentCoding coding = ContentCoding::identity;

  /// Takes one line; `value` without the white space around it. What is wrong with it, or nothing: names that
  /// mean nothing to the server are passed over. The text is a literal.
  std::string_view add(std::string_view name, std::string_view value);

  /// What is wrong with all of them together, or nothing.
  [[nodiscard]] std::string_view fault(bool is_http_1_0) const;

 private:
  std::string_view add_length(std::string_view value);
  std::string_view add_transfer_encoding(std::string_view value);
  std::string_view add_host(std::string_view value);
  static bool tells_of_elsewhere(std::string_view name);
  void add_connection(std::string_view value);
  void add_coding(std::string_view value);
};

/// Without spaces and tabs at either end.
std::string_view without_outer_space(std::string_view text);

/// Whether two ASCII texts are the same but for upper and lower case; `lower` is in lower case.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

}  // namespace hourglass::http
