#include <string>

#include "cli/access_log/json_fields.hpp"
#include "cli/access_log/log_format.hpp"
#include "cli/access_log/request_line.hpp"

namespace hourglass::cli {
namespace {

constexpr const char* kNoObject = "the line is not one JSON object";

class JsonFormat final : public LogFormat {
 public:
  explicit JsonFormat(const std::vector<Field>& fields) : members_(names_of(fields)) {}

  base::Expected<LineContent, const char*> read(std::string_view line,
                                                std::vector<FieldValue>& values) override {
    if (!members_.read(line))
      return base::unexpected(kNoObject);
    values = members_.values();
    return LineContent::entry;
  }

 private:
  static std::vector<std::string> names_of(const std::vector<Field>& fields) {
    std::vector<std::string> names;
    names.reserve(fields.size());
    for (const Field& field : fields)
      names.push_back(field.name);
    return names;
  }

  JsonFields members_;
};

/// Where Caddy writes a field; the first path that a line has counts.
std::vector<std::string> caddy_paths(const Field& field) {
  if (!field.standard)
    return {field.name};
  switch (*field.standard) {
    // What the trusted proxies say, or the peer where Caddy is older than that.
    case StandardField::remote_addr: return {"request.client_ip", "request.remote_ip"};
    case StandardField::remote_user: return {"user_id"};
    case StandardField::time: return {"ts"};
    case StandardField::method: return {"request.method"};
    case StandardField::target:
    case StandardField::path:
    case StandardField::query:
    case StandardField::query_parameter: return {"request.uri"};
    case StandardField::protocol: return {"request.proto"};
    case StandardField::status: return {"status"};
    case StandardField::bytes: return {"size"};
    case StandardField::referer: return {"request.headers.Referer"};
    case StandardField::user_agent: return {"request.headers.User-Agent"};
  }
  return {};
}

class CaddyFormat final : public LogFormat {
 public:
  explicit CaddyFormat(const std::vector<Field>& fields)
      : fields_(fields), rooms_(fields.size()), members_(paths_of(fields)) {}

  base::Expected<LineContent, const char*> read(std::string_view line,
                                                std::vector<FieldValue>& values) override {
    if (!members_.read(line))
      return base::unexpected(kNoObject);
    std::size_t path = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      values[i] = {};
      for (std::size_t last = path + caddy_path_count_[i]; path < last; ++path) {
        if (values[i].is_absent())
          values[i] = members_.values()[path];
      }
      complete(fields_[i], values[i], rooms_[i]);
    }
    return LineContent::entry;
  }

 private:
  std::vector<std::string> paths_of(const std::vector<Field>& fields) {
    std::vector<std::string> paths;
    for (const Field& field : fields) {
      const auto own = caddy_paths(field);
      paths.insert(paths.end(), own.begin(), own.end());
      caddy_path_count_.push_back(own.size());
    }
    return paths;
  }

  static void complete(const Field& field, FieldValue& value, std::string& room) {
    if (!field.standard)
      return;
    switch (*field.standard) {
      case StandardField::path:
      case StandardField::query:
      case StandardField::query_parameter:
        value = written_value(part_of_target(field, value.text, room));
        break;
      case StandardField::user_agent:
        value.written = true;
        break;  // Caddy writes all headers that there were
      default: break;
    }
  }

  std::vector<Field> fields_;
  std::vector<std::string> rooms_;             // one a field, for what is not in the line as it is
  std::vector<std::size_t> caddy_path_count_;  // one a field; before members_, which fills it
  JsonFields members_;
};

}  // namespace

std::unique_ptr<LogFormat> make_json_format(const std::vector<Field>& fields) {
  return std::make_unique<JsonFormat>(fields);
}

std::unique_ptr<LogFormat> make_caddy_format(const std::vector<Field>& fields) {
  return std::make_unique<CaddyFormat>(fields);
}

}  // namespace hourglass::cli
