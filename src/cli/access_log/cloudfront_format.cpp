#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "cli/access_log/log_escapes.hpp"
#include "cli/access_log/log_format.hpp"
#include "cli/access_log/request_line.hpp"

namespace hourglass::cli {
namespace {

constexpr std::string_view kFieldsDirective = "#Fields:";

/// The order in which CloudFront documents its columns.
constexpr std::string_view kDocumentedOrder =
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes "
    "time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type "
    "sc-content-len "
    "sc-range-start sc-range-end";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    if (!word.empty())
      words.push_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return words;
}

/// The columns that a standard field is made from; the second is used for some of them only.
std::array<std::string_view, 2> columns_of(const Field& field) {
  if (!field.standard)
    return {field.name, {}};
  switch (*field.standard) {
    case StandardField::remote_addr: return {"c-ip", {}};
    case StandardField::remote_user: return {};
    case StandardField::time: return {"date", "time"};
    case StandardField::method: return {"cs-method", {}};
    case StandardField::target: return {"cs-uri-stem", "cs-uri-query"};
    case StandardField::path: return {"cs-uri-stem", {}};
    case StandardField::query:
    case StandardField::query_parameter: return {"cs-uri-query", {}};
    case StandardField::protocol: return {"cs-protocol-version", {}};
    case StandardField::status: return {"sc-status", {}};
    case StandardField::bytes: return {"sc-bytes", {}};
    case StandardField::referer: return {"cs(Referer)", {}};
    case StandardField::user_agent: return {"cs(User-Agent)", {}};
  }
  return {};
}

class CloudfrontFormat final : public LogFormat {
 public:
  explicit CloudfrontFormat(const std::vector<Field>& fields) : fields_(fields), rooms_(fields.size()) {
    begin_file();
  }

  base::Expected<LineContent, const char*> read(std::string_view line,
                                                std::vector<FieldValue>& values) override {
    if (line.starts_with('#')) {
      if (line.starts_with(kFieldsDirective))
        columns_wanted_ = place_columns(line.substr(kFieldsDirective.size())).columns;
      return LineContent::directive;
    }
    if (lacks_column_)
      return base::unexpected("the line #Fields does not name a column that is asked for");
    split(line);
    if (columns_.size() < columns_wanted_)
      return base::unexpected("the line has fewer columns than it should have");
    for (std::size_t i = 0; i < fields_.size(); ++i)
      values[i] = value_of(fields_[i], places_[i], rooms_[i]);
    return LineContent::entry;
  }

  void begin_file() final { columns_wanted_ = place_columns(kDocumentedOrder).columns_used; }

 private:
  using Places = std::array<std::optional<std::size_t>, 2>;

  /// How many columns there are, and how many up to the last one that a field needs. Where a line names them,
  /// each entry has all of them; the documented order has grown over the years, so that an entry may end
  /// earlier.
  struct ColumnCounts {
    std::size_t columns = 0;
    std::size_t columns_used = 0;
  };

  /// Learns in which columns the fields are. A name of CloudFront's own that no column has is a mistake; a
  /// standard field is then absent, as old logs lack some.
  ColumnCounts place_columns(std::string_view names) {
    const auto columns = words_of(names);
    places_.assign(fields_.size(), {});
    lacks_column_ = false;
    std::size_t columns_used = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto wanted = columns_of(fields_[i]);
      for (std::size_t part = 0; part < wanted.size(); ++part) {
        const auto found = std::find(columns.begin(), columns.end(), wanted[part]);
        if (found != columns.end()) {
          places_[i][part] = static_cast<std::size_t>(found - columns.begin());
          columns_used = std::max(columns_used, *places_[i][part] + 1);
        }
      }
      lacks_column_ = lacks_column_ || (!fields_[i].standard && !places_[i][0]);
    }
    return {columns.size(), columns_used};
  }

  void split(std::string_view line) {
    columns_.clear();
    for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
      columns_.push_back(line.substr(0, tab));
      line.remove_prefix(tab + 1);
    }
    columns_.push_back(line);
  }

  [[nodiscard]] FieldValue column(std::optional<std::size_t> place) const {
    return place ? written_value(columns_[*place]) : FieldValue{};
  }

  FieldValue value_of(const Field& field, const Places& places, std::string& room) const {
    const FieldValue value = column(places[0]);
    if (value.is_absent() || !field.standard)
      return value;
    switch (*field.standard) {
      case StandardField::user_agent:
        room.clear();
        append_percent_decoded(room, value.text);
        return written_value(room);
      case StandardField::query_parameter:
        return written_value(query_parameter(value.text, field.parameter, room));
      case StandardField::time: return joined(value, 'T', column(places[1]), "Z", room);
      case StandardField::target: return joined(value, '?', column(places[1]), "", room);
      default: return value;
    }
  }

  /// Two columns as one text; only the first one if there is no second.
  static FieldValue joined(FieldValue first, char between, FieldValue second, std::string_view behind,
                           std::string& room) {
    if (second.is_absent())
      return first;
    room.assign(first.text);
    room += between;
    room += second.text;
    room += behind;
    return {room, true};
  }

  std::vector<Field> fields_;
  std::vector<Places> places_;      // one a field
  std::vector<std::string> rooms_;  // one a field, for what is not in the line as it is
  std::vector<std::string_view> columns_;
  std::size_t columns_wanted_ = 0;
  bool lacks_column_ = false;
};

}  // namespace

std::unique_ptr<LogFormat> make_cloudfront_format(const std::vector<Field>& fields) {
  return std::make_unique<CloudfrontFormat>(fields);
}

}  // namespace hourglass::cli
