#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/background_thread.hpp"
#include "http/export_piece.hpp"
#include "ports/event_export.hpp"

namespace hourglass::http {

/// An export that is under way on a thread of its own: it reads no further than it is asked to. Belongs to
/// the connection that it is for, and is used on that one's thread; its end there ends it everywhere, without
/// waiting.
class ExportStream {
 public:
  /// Is given the piece, or why there are no more, on the export's thread.
  using Receiver = std::function<void(base::Result<ExportPiece>)>;

  ~ExportStream();
  ExportStream(const ExportStream&) = delete;
  ExportStream& operator=(const ExportStream&) = delete;

  /// Has the next piece prepared. One at a time, and none behind the last.
  void order(Receiver receiver);

 private:
  friend class ExportThreads;

  /// Shared with what is to be done on the thread, which alone touches what is not atomic.
  struct State {
    ports::EventExporter& exporter;
    core::HourRange hours;
    std::atomic<bool> cancelled{false};
    std::unique_ptr<ports::EventExport> reading;

    base::Result<ExportPiece> next();
  };

  /// A thread, and whether an export is on it.
  struct Place {
    std::atomic<bool> taken{false};
    base::BackgroundThread thread;
  };

  ExportStream(Place& place, ports::EventExporter& exporter, core::HourRange hours);

  Place& place_;
  const std::shared_ptr<State> state_;
};

/// The threads of exports: as many exports may be under way at the same time. Owned by the server; outlives
/// its streams, and is outlived by the threads that these give to. Any thread may call it.
class ExportThreads {
 public:
  static constexpr std::size_t kMaxExports = 2;

  /// `exporter`: none, if no export is ever begun.
  explicit ExportThreads(ports::EventExporter* exporter) : exporter_(exporter) {}

  /// Begins an export; nothing where there are too many.
  std::unique_ptr<ExportStream> begin(core::HourRange hours);

 private:
  ports::EventExporter* const exporter_;
  std::array<ExportStream::Place, kMaxExports> places_;
};

}  // namespace hourglass::http
