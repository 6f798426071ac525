#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/influxdb/influx_settings.hpp"
#include "adapters/influxdb/query_answer.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters::influxdb {

/// What the server has answered.
struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string version;  // X-Influxdb-Version
  std::string build;    // X-Influxdb-Build
};

/// One connection to InfluxDB, kept between requests and made anew where it has ended; never through a proxy.
/// A fault names the server. Every request ends within the time limit, every answer is bounded. One thread at
/// a time, many connections beside each other; the first is to be made before there are other threads.
class InfluxConnection {
 public:
  explicit InfluxConnection(const InfluxSettings& settings);

  /// Writes lines of points and waits until they are durable. What is refused is for a person to mend, also
  /// where the other lines were taken.
  cluster::StoreResult<void> write(std::string_view lines);

  /// Asks InfluxQL, so many statements with semicolons between them, and hands their rows on. Times are
  /// nanoseconds.
  cluster::StoreResult<void> query(const std::string& text, const RowSink& sink, std::size_t statements = 1);

  /// The answer to the same, whatever it is.
  cluster::StoreResult<HttpAnswer> ask(const std::string& text);

  /// The answer to any other request; `path` begins with a slash and is escaped.
  cluster::StoreResult<HttpAnswer> get(const std::string& path);

  /// The fault that an answer is which is no success.
  [[nodiscard]] tl::unexpected<cluster::StoreFault> refusal(const HttpAnswer& answer) const;

  /// The same fault with the server's name in front.
  [[nodiscard]] tl::unexpected<cluster::StoreFault> named(const cluster::StoreFault& fault) const;

  [[nodiscard]] const std::string& bucket() const { return settings_.bucket; }

  /// As it has to be in a URL.
  [[nodiscard]] std::string escaped(std::string_view text) const;

 private:
  struct HandleEnd {
    void operator()(void* handle) const;
  };

  cluster::StoreResult<HttpAnswer> perform(const std::string& path, const std::string_view* body);

  std::unique_ptr<void, HandleEnd> handle_;  // CURL*; nothing where there was no memory for it
  InfluxSettings settings_;
  std::string shown_url_;  // without the name and the password that it may hold
};

}  // namespace hourglass::adapters::influxdb
