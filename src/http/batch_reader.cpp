#include "http/batch_reader.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::http {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::size_t kMostListedRejections = 1'000;
constexpr std::size_t kLargestPiece = 16 * 1024;
constexpr std::size_t kLongestKeptLine = 16 * 1024;
constexpr std::string_view kWhiteSpace = " \t\r";

// What a turn is charged with.
constexpr std::size_t kBytesAStep = 4;
constexpr std::size_t kStepsALine = 30;

/// What the text takes beside the object itself.
std::size_t heap_bytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() : 0;
}

}  // namespace

BatchReader::BatchReader(Settings settings, core::EventLineParser& parser, BatchMemory& memory)
    : settings_(std::move(settings)), parser_(parser), memory_(memory) {
  if (settings_.gzip)
    gzip_ = std::make_unique<GzipDecoder>();
}

base::Result<std::size_t> BatchReader::append(std::string_view body_bytes, Turn& turn) {
  std::size_t consumed = 0;
  while (!turn.is_over() && (consumed < body_bytes.size() || has_more())) {
    auto step = next_text(body_bytes.substr(consumed));
    if (!step)
      return base::failure_of(std::move(step));
    consumed += step->consumed;
    turn.spend(1 + step->consumed / kBytesAStep);
    if (auto taken = take_text(step->text, turn); !taken)
      return base::unexpected(std::move(taken.error()));
  }
  return consumed;
}

base::Result<GzipDecoder::Step> BatchReader::next_text(std::string_view body_bytes) {
  if (gzip_)
    return gzip_->next(body_bytes);
  const std::string_view text = body_bytes.substr(0, kLargestPiece);
  return GzipDecoder::Step{text.size(), text};
}

base::Result<void> BatchReader::take_text(std::string_view text, Turn& turn) {
  text_bytes_ += text.size();
  if (text_bytes_ > settings_.max_body_bytes)
    return fail(ErrorCode::body_too_large, "the body is larger than http.max_body_size");
  turn.spend(text.size() / kBytesAStep);
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      break;
    if (unfinished_line_.empty() && !long_line_) {
      take_line(text.substr(0, end));
    } else {
      add_to_line(text.substr(0, end));
      end_line();
    }
    turn.spend(kStepsALine);
    text.remove_prefix(end + 1);
  }
  add_to_line(text);
  if (long_line_)
    turn.spend(text.size());  // is read byte by byte
  if (!memory_.hold(held_bytes()))
    return fail(ErrorCode::overloaded, "too many batches are being received at the same time");
  return {};
}

/// About how much memory it takes, in the main.
std::size_t BatchReader::held_bytes() const {
  constexpr std::size_t kBytesOfMessage = 64;
  return (gzip_ ? GzipDecoder::kHeldBytes : 0) + (long_line_ ? sizeof(core::LongEventLine) : 0) +
         heap_bytes(unfinished_line_) + events_.capacity() * sizeof(core::Event) + text_of_events_ +
         rejections_.capacity() * (sizeof(Rejection) + kBytesOfMessage);
}

void BatchReader::add_to_line(std::string_view part) {
  if (long_line_)
    return long_line_->append(part);
  if (unfinished_line_.empty())
    part.remove_prefix(std::min(part.find_first_not_of(kWhiteSpace), part.size()));
  if (unfinished_line_.size() + part.size() <= kLongestKeptLine) {
    unfinished_line_ += part;
    return;
  }
  long_line_ = std::make_unique<core::LongEventLine>();
  long_line_->append(unfinished_line_);
  long_line_->append(part);
  unfinished_line_.clear();
}

void BatchReader::end_line() {
  if (long_line_) {
    take_line(long_line_->shortened());
    long_line_.reset();
  } else {
    take_line(unfinished_line_);
    unfinished_line_.clear();
  }
}

base::Result<void> BatchReader::finish() {
  if (gzip_) {
    if (auto complete = gzip_->finish(); !complete)
      return complete;
    gzip_.reset();
  }
  if (!unfinished_line_.empty() || long_line_)
    end_line();
  std::string().swap(unfinished_line_);  // only the events are needed while the batch waits for its commit
  accepted_count_ = events_.size();
  return {};
}

void BatchReader::take_line(std::string_view line) {
  ++line_number_;
  if (line.find_first_not_of(kWhiteSpace) == std::string_view::npos)
    return;
  // Of lines that are not listed only the number matters.
  const bool is_listed = rejections_.size() < kMostListedRejections;
  if (!is_listed && line.size() < core::EventLineParser::kShortestLine) {
    ++rejected_count_;
    return;
  }
  auto event = read_line(line);
  if (event) {
    text_of_events_ += event->user.bytes().size() + (event->key ? event->key->text().size() : 0);
    events_.push_back(std::move(*event));
    return;
  }
  ++rejected_count_;
  if (is_listed)
    rejections_.push_back({line_number_, std::move(event.error())});
}

base::Result<core::Event> BatchReader::read_line(std::string_view line) {
  auto event = parser_.parse(line, settings_.limits, settings_.now);
  if (event && !event->key && settings_.key)
    event->key = core::IdempotencyKey::of_line(*settings_.key, line_number_);
  return event;
}

std::vector<core::Event> BatchReader::take_events() {
  text_of_events_ = 0;
  auto events = std::exchange(events_, {});
  memory_.hold(held_bytes());  // the rest counts where the events wait now
  return events;
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
