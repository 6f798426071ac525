#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "http/session.hpp"
#include "http/testing/memory_store.hpp"

namespace hourglass::http {

/// Time that stands still unless a test moves it, and a log that says nothing.
class QuietClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override { return core::Timestamp{1'700'000'000'000}; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override { return elapsed_.load(); }

  /// Callable from every thread.
  void advance(std::chrono::nanoseconds by) { elapsed_ = elapsed_.load() + by; }

 private:
  std::atomic<std::chrono::nanoseconds> elapsed_{std::chrono::seconds{1}};
};

class QuietLog final : public ports::Log {
 public:
  void write(ports::LogLevel, std::string_view, std::initializer_list<ports::LogField>) override {}
};

/// A session over a store in memory, with the test in place of the socket and of the store's threads.
class SessionDriver {
 public:
  explicit SessionDriver(ServerSettings server_settings = {}, Peer peer = Peer::local)
      : settings(std::move(server_settings)), session(context, peer) {}

  /// Lets the bytes arrive in pieces of at most so many, and takes everything to its end.
  void arrive(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    while (!bytes.empty() && session.wants() == Session::Wants::read) {
      const std::span<char> space = session.space();
      const std::size_t count = std::min({bytes.size(), piece, space.size()});
      std::copy_n(bytes.begin(), count, space.begin());
      bytes.remove_prefix(count);
      session.received(count);
      take_turns();
      if (commits_at_once)
        commit();
    }
  }

  /// Gives it as many turns, and pieces of exports, as it wants.
  void take_turns() {
    while (session.wants() == Session::Wants::turn || session.wants() == Session::Wants::piece) {
      take_output();
      if (session.wants() == Session::Wants::piece) {
        session.piece_came(next_piece());
      } else {
        session.go_on();
        ++turns;
      }
    }
  }

  /// What the export of the session gives next.
  base::Result<ExportPiece> next_piece() {
    if (!exported) {
      auto begun = store.begin_export(session.export_hours(), [] { return false; });
      if (!begun)
        return base::unexpected(begun.error());
      exported = std::move(*begun);
    }
    auto lines = exported->next();
    if (!lines || lines->empty()) {
      const auto ended = std::move(exported);
      return lines ? base::Result<ExportPiece>(ExportPiece{"", true, ended->incomplete_hours()})
                   : base::unexpected(lines.error());
    }
    return ExportPiece{std::move(*lines), false, {}};
  }

  /// Ends every submission that the session wants, and answers its reads.
  void commit() {
    while (session.wants() == Session::Wants::submit || session.wants() == Session::Wants::reading) {
      if (session.wants() == Session::Wants::submit)
        end_submission();
      else
        answer_read();
      take_turns();
    }
    take_output();
  }

  void end_submission() {
    const auto events = session.take_events();
    submissions.push_back(events.size());
    if (!failure)
      store.record(events);
    session.submission_ended(failure, written);
  }

  void answer_read() {
    reads.push_back(session.take_read());
    session.read_came(store.reading_of(reads.back().hour));
  }

  void take_output() {
    const std::string taken = session.take_output();
    longest_output = std::max(longest_output, taken.size());
    output += taken;
  }

  ServerSettings settings;
  MemoryStore store;
  QuietClock clock;
  QuietLog log;
  Services services{store, &store, clock, log, [] { return std::string("metric 1\n"); }};
  BatchMemory batch_memory{settings.max_batch_memory};
  SessionContext context{settings, services, batch_memory, {}, {}, false, {}};
  Session session;
  std::unique_ptr<ports::EventExport> exported;  // as long as it goes on
  bool commits_at_once = true;
  std::optional<base::Error> failure;
  ports::LogMark written;                // where the store says that the events stand
  std::vector<std::size_t> submissions;  // how many events each had
  std::vector<ReadQuery> reads;          // that the store did not have at hand
  std::string output;
  std::size_t longest_output = 0;  // that was built before it was taken
  std::size_t turns = 0;           // that it asked for
};

}  // namespace hourglass::http
