#include "base/stop_signal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace hourglass::base {
namespace {

sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

/// A handler, since the first process of a container is spared by the default action.
void end_at_once(int signal) {
  ::_exit(128 + signal);
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t signals = stopping_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that is gone is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  for (const int number : {SIGTERM, SIGINT})
    std::signal(number, end_at_once);
  signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  raised_ = ::eventfd(0, EFD_CLOEXEC);
}

StopSignal::~StopSignal() {
  ::close(signals_);
  ::close(raised_);
}

void StopSignal::raise() {
  const std::uint64_t one = 1;
  // An eventfd takes eight bytes unless its counter would overflow, which one does not.
  [[maybe_unused]] const auto written = ::write(raised_, &one, sizeof one);
}

void StopSignal::wait() {
  std::array<pollfd, 2> watched{{{signals_, POLLIN, 0}, {raised_, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  if ((watched[0].revents & POLLIN) != 0) {
    signalfd_siginfo taken{};
    [[maybe_unused]] const auto read = ::read(signals_, &taken, sizeof taken);
    raise();
  }
  const sigset_t signals = stopping_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace hourglass::base
