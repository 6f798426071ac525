#include "cli/send/sending.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cli {

Sending::Sending(std::vector<std::string> inputs, LineEvents& events, Delivery& delivery,
                 RejectsFile* rejects)
    : inputs_(std::move(inputs)), events_(events), delivery_(delivery), rejects_(rejects) {}

Sending::Result Sending::take(std::size_t input, const Line& line, const LineCount& count) {
  ++summary_.lines;
  batch_.read_to = {input, line.number, line.end_offset};
  if (line.is_too_long)
    return refuse(input, line.number, "line_too_long",
                  "the line has more than " + std::to_string(kMaxLineBytes) + " bytes", {});
  const auto outcome = events_.take(line.text, count);
  if (!outcome)
    return base::unexpected(outcome.error());
  if (const auto* refused = std::get_if<RefusedLine>(&*outcome))
    return refuse(input, line.number, refused->code, refused->why, line.text);
  const std::string_view event = std::get<SentLine>(*outcome).event;
  if (event.empty()) {
    ++summary_.left_out;
    return {};
  }
  batch_.lines.push_back({input, line.number, batch_.events.size(), batch_.originals.size()});
  batch_.events += event;
  if (rejects_ != nullptr)
    batch_.originals += line.text;
  return batch_.is_full() ? flush() : Result{};
}

Sending::Result Sending::refuse_cut(std::size_t input, const Line& line) {
  ++summary_.lines;
  return refuse(input, line.number, "cut_line",
                "the file ends within the line, and somebody still writes to it", line.text);
}

Sending::Result Sending::flush() {
  if (!has_gathered())
    return {};
  Batch next;
  next.number = batch_.number + 1;
  Batch full = std::exchange(batch_, std::move(next));
  if (full.lines.empty())
    complete(full.number, full.read_to);
  else if (auto submitted = submit(full); !submitted)
    return submitted;
  return collect(false);
}

/// Waits while too many batches are under way.
Sending::Result Sending::submit(Batch& batch) {
  while (!delivery_.submit(batch)) {
    while_waiting_();
    if (auto heard = collect(false); !heard)
      return heard;
  }
  return {};
}

Sending::Result Sending::collect(bool wait) {
  Result result;
  for (DeliveredBatch& delivered : delivery_.take_finished(wait)) {
    const Result heard = hear(delivered);
    if (result && !heard)
      result = heard;
  }
  return result;
}

Sending::Result Sending::finish() {
  Result result = flush();
  if (!result)
    delivery_.stop_trying();
  while (delivery_.under_way() > 0) {
    while_waiting_();
    const Result heard = collect(true);
    if (result && !heard) {
      result = heard;
      delivery_.stop_trying();
    }
  }
  return result;
}

Sending::Result Sending::refuse(std::size_t input, std::uint64_t line, const std::string& code,
                                const std::string& why, std::string_view original) {
  summary_.refuse(code, why);
  return rejects_ == nullptr
             ? Result{}
             : rejects_->add(inputs_[std::min(input, inputs_.size() - 1)], line, code, why, original);
}

Sending::Result Sending::hear(DeliveredBatch& delivered) {
  Result result;
  summary_.accepted += delivered.accepted;
  if (delivered.idempotency_window)
    summary_.idempotency_window = delivered.idempotency_window;
  for (const core::BatchReport::Rejection& rejection : delivered.rejections) {
    const std::size_t place = rejection.line - 1;
    const BatchLine& line = delivered.batch.lines[place];
    const Result kept = refuse(line.input, line.number, rejection.code, rejection.message,
                               delivered.batch.original_of(place));
    if (result && !kept)
      result = kept;
  }
  if (delivered.failure)
    return base::unexpected(*delivered.failure);
  complete(delivered.batch.number, delivered.batch.read_to);
  return result;
}

void Sending::complete(std::uint64_t batch_number, const InputPlace& place) {
  completed_.emplace(batch_number, place);
  for (auto first = completed_.begin(); first != completed_.end() && first->first == next_to_complete_;
       first = completed_.erase(first)) {
    done_to_ = first->second;
    ++next_to_complete_;
  }
}

}  // namespace hourglass::cli
