#include "http/batch_reader.hpp"

#include <utility>

namespace hourglass::http {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::size_t kMostListedRejections = 1'000;

}  // namespace

BatchReader::BatchReader(Settings settings) : settings_(std::move(settings)) {
  if (settings_.gzip)
    gzip_ = std::make_unique<GzipDecoder>();
}

base::Result<void> BatchReader::append(std::string_view body_bytes) {
  if (!gzip_)
    return take_text(body_bytes);
  return gzip_->append(body_bytes, [this](std::string_view text) { return take_text(text); });
}

base::Result<void> BatchReader::take_text(std::string_view text) {
  text_bytes_ += text.size();
  if (text_bytes_ > settings_.max_body_bytes)
    return fail(ErrorCode::body_too_large, "the body is larger than http.max_body_size");
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      break;
    if (unfinished_line_.empty()) {
      take_line(text.substr(0, end));
    } else {
      unfinished_line_ += text.substr(0, end);
      take_line(unfinished_line_);
      unfinished_line_.clear();
    }
    text.remove_prefix(end + 1);
  }
  unfinished_line_ += text;
  return {};
}

base::Result<void> BatchReader::finish() {
  if (gzip_) {
    if (auto complete = gzip_->finish(); !complete)
      return complete;
    gzip_.reset();
  }
  if (!unfinished_line_.empty())
    take_line(unfinished_line_);
  unfinished_line_ = {};  // only the events are needed while the batch waits for its commit
  accepted_count_ = events_.size();
  return {};
}

void BatchReader::take_line(std::string_view line) {
  ++line_number_;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos)
    return;
  auto event = read_line(line);
  if (event) {
    events_.push_back(std::move(*event));
    return;
  }
  ++rejected_count_;
  if (rejections_.size() < kMostListedRejections)
    rejections_.push_back({line_number_, std::move(event.error())});
}

base::Result<core::Event> BatchReader::read_line(std::string_view line) {
  auto event = parser_.parse(line, settings_.limits, settings_.now);
  if (event && !event->key && settings_.key)
    event->key = core::IdempotencyKey::of_line(*settings_.key, line_number_);
  return event;
}

std::vector<core::Event> BatchReader::take_events() {
  return std::exchange(events_, {});
}

/// Codes and messages are the program's own words: nothing in them needs escaping.
std::string BatchReader::report() const {
  std::string json = R"({"accepted":)" + std::to_string(accepted_count_) + R"(,"rejected":[)";
  for (const Rejection& rejection : rejections_) {
    if (&rejection != &rejections_.front())
      json += ',';
    json += R"({"line":)" + std::to_string(rejection.line) + R"(,"code":")";
    json += base::to_string(rejection.error.code);
    json += R"(","message":")" + rejection.error.message + R"("})";
  }
  json += R"(],"rejected_count":)" + std::to_string(rejected_count_) + "}\n";
  return json;
}

}  // namespace hourglass::http
