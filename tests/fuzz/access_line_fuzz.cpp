// The first byte says which mapping, the rest are the lines of a file. Whatever they are, events keep the
// rules of events, and the same lines are mapped in the same way again.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "check.hpp"
#include "cli/access_log/mapping.hpp"
#include "core/event.hpp"

using hourglass::fuzz::check;
namespace cli = hourglass::cli;
namespace core = hourglass::core;

namespace {

std::vector<cli::LineMapping> make_mappings() {
  std::vector<cli::MappingOptions> all;
  for (const char* format : {"combined", "common", "caddy", "cloudfront"}) {
    cli::MappingOptions options;
    options.format = format;
    all.push_back(options);
    options.user = {"query.u"};
    options.click = {"path=/*a*b?", "target=*%* protocol=*"};
    options.impression = {"referer!=*.example.com/* bytes!=0", "remote_user=*"};
    options.leave_out = {"assets", "user_agent=*bot* method!=G*"};
    all.push_back(options);
  }
  cli::MappingOptions json;
  json.format = "json";
  json.time = "t";
  json.user = {"u.v"};
  json.impression = {"a.b.c!=x", "robots"};
  all.push_back(json);
  std::vector<cli::LineMapping> mappings;
  for (const cli::MappingOptions& options : all) {
    auto mapping = cli::LineMapping::make(options);
    check(mapping.has_value(), "the options are valid");
    mappings.push_back(std::move(*mapping));
  }
  return mappings;
}

std::string map_all(cli::LineMapping& mapping, std::string_view lines) {
  std::string outcome;
  mapping.begin_file();
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const auto mapped = mapping.map(line);
    if (const auto* event = std::get_if<cli::MappedEvent>(&mapped)) {
      check(event->timestamp <= core::kMaxTimestamp, "the timestamp is in range");
      check(core::User::from_bytes(event->user).has_value(), "the user keeps the rules");
      outcome += std::to_string(event->timestamp.value()) + event->user;
    } else if (const auto* fault = std::get_if<cli::NotMapped>(&mapped)) {
      check(!fault->why.empty(), "there is a reason");
      outcome += fault->why;
    }
    outcome += '\n';
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto mappings = make_mappings();
  if (size == 0)
    return 0;
  auto& mapping = mappings[data[0] % mappings.size()];
  const std::string lines(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(map_all(mapping, lines) == map_all(mapping, lines), "the same lines give the same");
  return 0;
}
