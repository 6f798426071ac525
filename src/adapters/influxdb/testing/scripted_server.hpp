#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace hourglass::adapters::influxdb {

/// A server that says what it is told to: what stands in for an InfluxDB that has gone mad, or for another
/// version of it. One connection at a time.
class ScriptedServer {
 public:
  enum class Ending { close, repeat_for_ever };

  /// `answer` is sent as it is, head and body, once a request's head has arrived; then the connection is
  /// closed, or the end of the answer, from `repeated` on, is sent for ever.
  explicit ScriptedServer(std::string answer, Ending ending = Ending::close, std::string repeated = {});
  /// Sends what `answers` makes of a request's head, on a thread of its own, and closes the connection.
  explicit ScriptedServer(std::function<std::string(std::string_view head)> answers);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string url() const;

  /// A whole answer with this status line's end and these further header lines, each with its line break.
  static std::string answer(const std::string& status, const std::string& headers, const std::string& body);

 private:
  using Answers = std::function<std::string(std::string_view head)>;

  ScriptedServer(Answers answers, Ending ending, std::string repeated);
  void serve();
  void talk(int connection);

  Answers answers_;
  Ending ending_;
  std::string repeated_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stops_{false};
  std::thread thread_;
};

}  // namespace hourglass::adapters::influxdb
