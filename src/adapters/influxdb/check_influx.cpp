#include "adapters/influxdb/check_influx.hpp"

#include <algorithm>

#include "adapters/influxdb/influx_connection.hpp"
#include "core/json/server_answer.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Remedy;
using cluster::StoreResult;

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

/// A name as InfluxQL has it.
std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char byte : name) {
    if (byte == '"' || byte == '\\')
      text += '\\';
    text += byte;
  }
  return text + '"';
}

/// One check of one server.
class InfluxCheck {
 public:
  explicit InfluxCheck(const InfluxSettings& settings) : settings_(settings), connection_(settings) {}

  StoreResult<void> run() {
    const auto ping = connection_.get("/ping");
    if (!ping)
      return tl::unexpected(ping.error());
    if (ping->status != kNoContent)
      return connection_.refusal(*ping);
    if (ping->build == "Cloud")
      return wrong("is InfluxDB Cloud, which confirms points before they can be read: influxdb.url");
    const std::string_view version = ping->version;
    const std::string_view number = version.substr(version.starts_with('v') ? 1 : 0);
    if (number.starts_with("1."))
      return check_database();
    if (number.starts_with("2."))
      return check_bucket();
    return wrong("is of version \"" + ping->version + "\" and not of 1 or 2: influxdb.url");
  }

 private:
  [[nodiscard]] tl::unexpected<cluster::StoreFault> wrong(std::string what) const {
    return connection_.named({Remedy::person, std::move(what)});
  }

  /// Whether an answer is a success; one that refuses the credentials is for a person here.
  [[nodiscard]] StoreResult<void> judge(const HttpAnswer& answer) const {
    const char* setting = settings_.user.empty() ? "influxdb.token" : "influxdb.user or influxdb.password";
    if (answer.status == kUnauthorized || answer.status == kForbidden)
      return wrong("answers " + std::to_string(answer.status) + " to " + setting + ": " +
                   error_text(answer.body));
    if (answer.status != kOk)
      return connection_.refusal(answer);
    return {};
  }

  StoreResult<void> ask(const std::string& statement, const RowSink& sink) {
    const auto answer = connection_.ask(statement);
    if (!answer)
      return tl::unexpected(answer.error());
    if (auto judged = judge(*answer); !judged)
      return judged;
    if (auto read = read_rows(answer->body, sink); !read)
      return connection_.named(read.error());
    return {};
  }

  StoreResult<void> check_database() {
    bool exists = false;
    auto asked = ask("SHOW DATABASES", [&](const Row& row) {
      exists = exists || (!row.values.empty() && row.values[0] == Value(std::string_view(settings_.bucket)));
      return true;
    });
    if (!asked)
      return asked;
    // Events may name any hour since 1970, and each shard takes memory and a part of a second at every start.
    if (!exists)
      asked = ask("CREATE DATABASE " + quoted(settings_.bucket) + " WITH DURATION INF SHARD DURATION 52w",
                  [](const Row&) { return true; });
    return asked ? check_retention() : asked;
  }

  StoreResult<void> check_retention() {
    bool has_default = false;
    std::string duration;
    auto asked = ask("SHOW RETENTION POLICIES ON " + quoted(settings_.bucket), [&](const Row& row) {
      constexpr std::size_t kDuration = 1;
      constexpr std::size_t kColumns = 5;
      if (row.values.size() != kColumns || !row.text(kDuration))
        return false;
      if (row.values.back() == Value(true)) {
        has_default = true;
        duration = *row.text(kDuration);
      }
      return true;
    });
    if (!asked)
      return asked;
    if (!has_default)
      return wrong("has no default retention policy in influxdb.bucket " + settings_.bucket);
    if (duration != "0s")
      return wrong("forgets what is in influxdb.bucket " + settings_.bucket + " after " +
                   core::harmless_text(duration) + "; its default retention policy has to keep it for ever");
    return {};
  }

  /// InfluxQL of 2.x says of every bucket that it keeps points for ever: only its own interface knows.
  StoreResult<void> check_bucket() {
    std::string path = "/api/v2/buckets?name=" + connection_.escaped(settings_.bucket);
    if (!settings_.org.empty())
      path += "&org=" + connection_.escaped(settings_.org);
    const auto answer = connection_.get(path);
    if (!answer)
      return tl::unexpected(answer.error());
    if (answer->status == kNotFound)
      return wrong("knows no influxdb.bucket " + settings_.bucket + " in influxdb.org " + settings_.org +
                   ": " + error_text(answer->body));
    if (auto judged = judge(*answer); !judged)
      return judged;
    const auto facts = read_bucket(answer->body, settings_.bucket);
    if (!facts)
      return connection_.named({Remedy::retry, "gives what is no list of buckets"});
    if (!facts->exists)
      return wrong("has no influxdb.bucket " + settings_.bucket + "; make one that keeps points for ever");
    if (facts->retention_seconds > 0)
      return wrong("forgets what is in influxdb.bucket " + settings_.bucket + " after " +
                   std::to_string(facts->retention_seconds) + " s; it has to keep it for ever");
    return {};
  }

  const InfluxSettings& settings_;
  InfluxConnection connection_;
};

}  // namespace

StoreResult<void> check_influx(const InfluxSettings& settings) {
  return InfluxCheck(settings).run();
}

}  // namespace hourglass::adapters::influxdb
