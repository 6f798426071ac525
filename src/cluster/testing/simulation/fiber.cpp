#include "cluster/testing/simulation/fiber.hpp"

#include <utility>

#include "base/testing/sanitized.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace hourglass::cluster::simulation {
namespace {

constexpr std::size_t kStackBytes = (base::kSanitized ? 512UL : 96UL) * 1024;

}  // namespace

/// Gives out stacks, and takes them back when their fibers have ended.
struct Fibers::Stacks {
  Fibers* fibers;
  std::byte** stack;

  [[nodiscard]] boost::context::stack_context allocate() const {
    std::unique_ptr<std::byte[]> memory;
    if (fibers->free_stacks_.empty()) {
      memory = std::unique_ptr<std::byte[]>(new std::byte[kStackBytes]);
    } else {
      memory = std::move(fibers->free_stacks_.back());
      fibers->free_stacks_.pop_back();
    }
    boost::context::stack_context context;
    context.size = kStackBytes;
    *stack = memory.release();
    context.sp = *stack + kStackBytes;
    return context;
  }

  void deallocate(boost::context::stack_context& context) const {
    fibers->free_stacks_.emplace_back(static_cast<std::byte*>(context.sp) - context.size);
  }
};

void Fibers::pause() {
  if (running_ != nullptr)
    running_->pause();
}

Fiber::Fiber(Fibers& fibers, std::function<void()> body)
    : fibers_(fibers),
      body_(std::move(body)),
      own_(std::allocator_arg, Fibers::Stacks{&fibers, &stack_}, [this](boost::context::fiber&& resumer) {
        entered_fiber();
        resumer_ = std::move(resumer);
        run();
        has_ended_ = true;
        switch_back();
        return std::move(resumer_);
      }) {
#if defined(__SANITIZE_THREAD__)
  own_thread_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  is_thrown_away_ = true;
  resume();
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(own_thread_);
#endif
}

void Fiber::run() {
  if (is_thrown_away_)
    return;
  try {
    body_();
  } catch (const ThrownAway&) {
    // Everything on its stack is gone.
  }
}

void Fiber::resume() {
  if (has_ended_)
    return;
  Fiber* const before = std::exchange(fibers_.running_, this);
  switch_to_fiber();
  own_ = std::move(own_).resume();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(resumer_fake_stack_, nullptr, nullptr);
#endif
  fibers_.running_ = before;
}

void Fiber::pause() {
  switch_back();
  resumer_ = std::move(resumer_).resume();
  entered_fiber();
  if (is_thrown_away_)
    throw ThrownAway{};
}

void Fiber::switch_to_fiber() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&resumer_fake_stack_, stack_, kStackBytes);
#endif
#if defined(__SANITIZE_THREAD__)
  resumer_thread_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_thread_, 0);
#endif
}

void Fiber::entered_fiber() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(own_fake_stack_, &resumer_stack_, &resumer_stack_bytes_);
#endif
}

void Fiber::switch_back() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(has_ended_ ? nullptr : &own_fake_stack_, resumer_stack_,
                                 resumer_stack_bytes_);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(resumer_thread_, 0);
#endif
}

}  // namespace hourglass::cluster::simulation
