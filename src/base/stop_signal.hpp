#pragma once

namespace hourglass::base {

/// Waits for the reason to stop: SIGTERM, SIGINT, or a part of the program that gives up. Made before any
/// other thread, so that the signals are blocked in all of them; one at a time. The descriptors live as long
/// as it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Ends the waiting, from any thread.
  void raise();

  /// Returns at the first signal or raise(). After that a signal ends the process at once, with the exit code
  /// that a shell gives to a process killed by it.
  void wait();

  /// Readable, for good, once the waiting has ended: for poll(2), beside what else a thread waits for.
  [[nodiscard]] int descriptor() const { return raised_; }

 private:
  int signals_ = -1;  // signalfd(2)
  int raised_ = -1;   // eventfd(2)
};

}  // namespace hourglass::base
