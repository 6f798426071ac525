#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::cli {

/// Where a server is asked when nothing else is said.
inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:8080";

/// What a server has answered.
struct ServerAnswer {
  std::string from;  // the URL of the server, without a password
  int status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
  std::optional<std::chrono::seconds> idempotency_window;  // of a batch: how long its ids are remembered
  std::optional<std::string> incomplete_hours;             // of an export: the trailer that tells them

  /// The reason of an answer that is no success, for people: "http://counter:8080 answers 503 overloaded: too
  /// much waits".
  [[nodiscard]] std::string problem() const;
};

/// One connection to a server, kept between requests and made anew where it has ended. A failure is a
/// sentence for people; after one nobody knows whether the server has had the request. Movable; one thread
/// at a time, many clients beside each other. The
/// first one is to be made before there are other threads.
class ServerClient {
 public:
  /// `url` as --server has it: http or https, a host, perhaps a port and a path that goes before the server's
  /// own. Fails where it is none.
  static base::Expected<ServerClient, std::string> to(const std::string& url);

  /// `path` begins with a slash and is escaped where it has to be.
  base::Expected<ServerAnswer, std::string> get(const std::string& path);
  base::Expected<ServerAnswer, std::string> post(const std::string& path, std::string_view body);

  /// Takes the next part of a body; false ends the transfer, which then has failed.
  using BodySink = std::function<bool(std::string_view)>;

  /// Hands the body of a 200 on as it arrives, for as long as it goes on arriving; other bodies stand in the
  /// answer.
  base::Expected<ServerAnswer, std::string> stream(const std::string& path, const BodySink& sink);

 private:
  struct Transfer;
  struct HandleEnd {
    void operator()(void* handle) const;
  };

  ServerClient(std::unique_ptr<void, HandleEnd> handle, std::string url, std::string shown_url, bool is_local)
      : handle_(std::move(handle)),
        url_(std::move(url)),
        shown_url_(std::move(shown_url)),
        is_local_(is_local) {}

  base::Expected<ServerAnswer, std::string> perform(const std::string& path, Transfer& transfer);
  void begin();

  std::unique_ptr<void, HandleEnd> handle_;  // CURL*
  std::string url_;                          // without a slash at its end
  std::string shown_url_;                    // the same without name and password
  bool is_local_;                            // on this machine, which is asked without a proxy
};

}  // namespace hourglass::cli
