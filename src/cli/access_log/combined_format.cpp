#include <string>

#include "cli/access_log/combined_line.hpp"
#include "cli/access_log/log_escapes.hpp"
#include "cli/access_log/log_format.hpp"
#include "cli/access_log/request_line.hpp"

namespace hourglass::cli {
namespace {

/// The text without its escapes; `room` is used only if it has some.
std::string_view unescaped(std::string_view text, std::string& room) {
  if (text.find('\\') == std::string_view::npos)
    return text;
  room.clear();
  append_unescaped(room, text);
  return room;
}

class CombinedFormat final : public LogFormat {
 public:
  explicit CombinedFormat(const std::vector<Field>& fields) : fields_(fields), rooms_(fields.size()) {}

  base::Expected<LineContent, const char*> read(std::string_view line,
                                                std::vector<FieldValue>& values) override {
    const auto split = split_combined_line(line);
    if (!split)
      return base::unexpected(split.error());
    const RequestLine request = split_request_line(unescaped(split->request, request_room_));
    for (std::size_t i = 0; i < fields_.size(); ++i)
      values[i] = value_of(fields_[i], *split, request, rooms_[i]);
    return LineContent::entry;
  }

 private:
  static FieldValue value_of(const Field& field, const CombinedLine& line, const RequestLine& request,
                             std::string& room) {
    switch (*field.standard) {
      case StandardField::remote_addr: return written_value(line.remote_addr);
      case StandardField::remote_user:
        if (line.remote_user == R"("")")  // how Apache writes one without letters
          return {{}, true};
        return written_value(unescaped(line.remote_user, room));
      case StandardField::time: return written_value(line.time);
      case StandardField::method: return written_value(request.method);
      case StandardField::protocol: return written_value(request.protocol);
      case StandardField::status: return written_value(line.status);
      case StandardField::bytes: return written_value(line.bytes);
      case StandardField::referer: return quoted_value(line.referer, room);
      case StandardField::user_agent: return quoted_value(line.user_agent, room);
      case StandardField::target:
      case StandardField::path:
      case StandardField::query:
      case StandardField::query_parameter: return written_value(part_of_target(field, request.target, room));
    }
    return {};
  }

  static FieldValue quoted_value(std::optional<std::string_view> text, std::string& room) {
    return text ? written_value(unescaped(*text, room)) : FieldValue{};
  }

  std::vector<Field> fields_;
  std::vector<std::string> rooms_;  // one a field, for what is not in the line as it is
  std::string request_room_;
};

}  // namespace

std::unique_ptr<LogFormat> make_combined_format(const std::vector<Field>& fields) {
  return std::make_unique<CombinedFormat>(fields);
}

}  // namespace hourglass::cli
