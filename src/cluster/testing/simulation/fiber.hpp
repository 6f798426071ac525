#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <boost/context/fiber.hpp>

namespace hourglass::cluster::simulation {

class Fiber;

/// The fibers of one simulation: which of them runs, and their stacks, which are used again. One thread.
class Fibers {
 public:
  Fibers() = default;
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;

  /// In a fiber: lets others go on, until this one is resumed. Does not come back where the fiber has been
  /// thrown away: then its stack is unwound. Outside of a fiber: nothing.
  void pause();

 private:
  friend class Fiber;
  struct Stacks;

  Fiber* running_ = nullptr;
  std::vector<std::unique_ptr<std::byte[]>> free_stacks_;
};

/// Straight-line code that runs a piece at a time: what a process does, seen by a scheduler. Thrown away in
/// the middle it is a process that has crashed there. Does not move.
class Fiber {
 public:
  /// Runs nothing yet. `fibers` must outlive it.
  Fiber(Fibers& fibers, std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs it up to its next pause or its end; nothing where it has ended.
  void resume();

  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  friend class Fibers;
  struct ThrownAway {};

  void pause();
  void run();
  void switch_to_fiber();
  void switch_back();
  void entered_fiber();

  Fibers& fibers_;
  std::function<void()> body_;
  bool has_ended_ = false;
  bool is_thrown_away_ = false;
  std::byte* stack_ = nullptr;
  boost::context::fiber own_;      // while it is paused
  boost::context::fiber resumer_;  // while it runs

  // What AddressSanitizer and ThreadSanitizer are told about the switches.
  void* resumer_fake_stack_ = nullptr;
  void* own_fake_stack_ = nullptr;
  const void* resumer_stack_ = nullptr;
  std::size_t resumer_stack_bytes_ = 0;
  void* resumer_thread_ = nullptr;
  void* own_thread_ = nullptr;
};

}  // namespace hourglass::cluster::simulation
