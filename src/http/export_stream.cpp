#include "http/export_stream.hpp"

#include <utility>

namespace hourglass::http {

ExportStream::ExportStream(Place& place, ports::EventExporter& exporter, core::HourRange hours)
    : place_(place), state_(new State{exporter, hours, {}, {}}) {}

ExportStream::~ExportStream() {
  state_->cancelled.store(true, std::memory_order_relaxed);
  // Behind what is being done for it. What it has open and in memory goes on that thread too.
  place_.thread.run([state = state_, &place = place_] {
    state->reading.reset();
    place.taken.store(false);
  });
}

void ExportStream::order(Receiver receiver) {
  place_.thread.run([state = state_, receiver = std::move(receiver)] { receiver(state->next()); });
}

base::Result<ExportPiece> ExportStream::State::next() {
  if (!reading) {
    auto begun = exporter.begin_export(hours, [this] { return cancelled.load(std::memory_order_relaxed); });
    if (!begun)
      return base::failure_of(std::move(begun));
    reading = std::move(*begun);
  }
  auto lines = reading->next();
  if (!lines)
    return base::failure_of(std::move(lines));
  ExportPiece piece{std::move(*lines), false, {}};
  piece.is_last = piece.lines.empty();
  if (piece.is_last)
    piece.incomplete_hours = reading->incomplete_hours();
  return piece;
}

std::unique_ptr<ExportStream> ExportThreads::begin(core::HourRange hours) {
  for (ExportStream::Place& place : places_) {
    if (!place.taken.exchange(true))
      return std::unique_ptr<ExportStream>(new ExportStream(place, *exporter_, hours));
  }
  return nullptr;
}

}  // namespace hourglass::http
