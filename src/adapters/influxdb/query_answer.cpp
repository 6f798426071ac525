#include "adapters/influxdb/query_answer.hpp"

#include <algorithm>
#include <vector>

#include <simdjson.h>

#include "core/json/server_answer.hpp"

namespace hourglass::adapters::influxdb {
namespace {

namespace dom = simdjson::dom;
using cluster::Remedy;
using cluster::store_fault;
using cluster::StoreResult;

/// The beginnings of what InfluxDB says of a query that it will never answer, as long as nobody changes the
/// query or its settings. All else may pass: a query that was killed or took too long, a server that stops, a
/// database that has yet to be made.
constexpr std::string_view kLastingErrors[] = {"max-select-", "error parsing query", "invalid ",
                                               "undefined "};

tl::unexpected<cluster::StoreFault> fault_of_error(std::string_view error) {
  const bool lasting = std::ranges::any_of(
      kLastingErrors, [&](std::string_view beginning) { return error.starts_with(beginning); });
  return store_fault(lasting ? Remedy::person : Remedy::retry, "says " + core::harmless_text(error));
}

tl::unexpected<cluster::StoreFault> no_answer() {
  return store_fault(Remedy::retry, "gives what is no answer of InfluxDB");
}

Value value_of(dom::element element) {
  if (std::int64_t number = 0; element.get(number) == simdjson::SUCCESS)
    return number;
  if (bool flag = false; element.get(flag) == simdjson::SUCCESS)
    return flag;
  if (std::string_view text; element.get(text) == simdjson::SUCCESS)
    return text;
  return {};
}

/// Reads one answer, line by line.
class AnswerReader {
 public:
  AnswerReader(const RowSink& sink, std::size_t statements) : sink_(sink), statements_(statements) {}

  StoreResult<void> read_line(std::string_view line) {
    dom::element root;
    if (parser_.parse(line.data(), line.size()).get(root) != simdjson::SUCCESS)
      return no_answer();
    if (std::string_view error; root["error"].get(error) == simdjson::SUCCESS)
      return fault_of_error(error);
    dom::array results;
    if (root["results"].get(results) != simdjson::SUCCESS)
      return no_answer();
    for (const dom::element result : results) {
      if (auto read = read_result(result); !read)
        return read;
    }
    return {};
  }

  /// Whether the answer may end here.
  [[nodiscard]] bool is_complete() const { return begun_ == statements_ && !goes_on_; }

 private:
  StoreResult<void> read_result(dom::element result) {
    if (!result.is_object())
      return no_answer();
    if (std::string_view error; result["error"].get(error) == simdjson::SUCCESS)
      return fault_of_error(error);
    if (!begin_part(result))
      return no_answer();
    goes_on_ = is_marked_partial(result);
    dom::array series;
    if (result["series"].get(series) != simdjson::SUCCESS)
      return {};  // no rows
    for (const dom::element one : series) {
      if (auto read = read_series(one); !read)
        return read;
    }
    return {};
  }

  /// False where the part belongs neither to the statement of the last part nor to the one behind it.
  bool begin_part(dom::element result) {
    std::uint64_t statement = 0;
    if (const auto error = result["statement_id"].get(statement);
        error != simdjson::SUCCESS && error != simdjson::NO_SUCH_FIELD)
      return false;
    if (statement == begun_ && begun_ < statements_ && !goes_on_) {
      ++begun_;
      return true;
    }
    return begun_ > 0 && statement == begun_ - 1;
  }

  StoreResult<void> read_series(dom::element series) {
    if (!series.is_object())
      return no_answer();
    goes_on_ = goes_on_ || is_marked_partial(series);
    std::string_view tag;
    if (dom::object tags; series["tags"].get(tags) == simdjson::SUCCESS && tags.size() > 0 &&
                          tags.begin().value().get(tag) != simdjson::SUCCESS)
      return no_answer();
    dom::array rows;
    if (series["values"].get(rows) != simdjson::SUCCESS)
      return {};
    for (const dom::element row : rows) {
      dom::array values;
      if (row.get(values) != simdjson::SUCCESS)
        return no_answer();
      values_.clear();
      for (const dom::element value : values)
        values_.push_back(value_of(value));
      if (!sink_(Row{begun_ - 1, tag, values_}))
        return store_fault(Remedy::retry, "gives a row that is none of a point as it was written");
    }
    return {};
  }

  static bool is_marked_partial(dom::element element) {
    bool partial = false;
    return element["partial"].get(partial) == simdjson::SUCCESS && partial;
  }

  const RowSink& sink_;
  dom::parser parser_;
  std::vector<Value> values_;  // of the row at hand
  const std::size_t statements_;
  std::size_t begun_ = 0;  // of the statements
  bool goes_on_ = false;   // says the part read last
};

}  // namespace

std::optional<std::int64_t> Row::integer(std::size_t column) const {
  const auto* number = column < values.size() ? std::get_if<std::int64_t>(&values[column]) : nullptr;
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<std::string_view> Row::text(std::size_t column) const {
  const auto* text = column < values.size() ? std::get_if<std::string_view>(&values[column]) : nullptr;
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

StoreResult<void> read_rows(std::string_view body, const RowSink& sink, std::size_t statements) {
  AnswerReader reader(sink, statements);
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    if (end > 0) {
      if (auto read = reader.read_line(body.substr(0, end)); !read)
        return read;
    }
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  if (!reader.is_complete())
    return store_fault(Remedy::retry, "gives an answer that is not all there");
  return {};
}

std::string error_text(std::string_view body) {
  dom::parser parser;
  dom::element root;
  std::string_view text;
  if (parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS &&
      (root["error"].get(text) == simdjson::SUCCESS || root["message"].get(text) == simdjson::SUCCESS))
    return core::harmless_text(text);
  return core::harmless_text(body);
}

std::optional<BucketFacts> read_bucket(std::string_view body, std::string_view name) {
  dom::parser parser;
  dom::element root;
  dom::array buckets;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS ||
      root["buckets"].get(buckets) != simdjson::SUCCESS)
    return std::nullopt;
  BucketFacts facts;
  for (const dom::element bucket : buckets) {
    std::string_view its_name;
    dom::array rules;
    if (bucket["name"].get(its_name) != simdjson::SUCCESS || its_name != name)
      continue;
    if (bucket["retentionRules"].get(rules) != simdjson::SUCCESS)
      return std::nullopt;
    facts.exists = true;
    for (const dom::element rule : rules) {
      std::int64_t seconds = 0;
      if (rule["everySeconds"].get(seconds) != simdjson::SUCCESS)
        return std::nullopt;
      facts.retention_seconds = std::max(facts.retention_seconds, seconds);
    }
  }
  return facts;
}

}  // namespace hourglass::adapters::influxdb
