#include "hba-sim/port/call_mark.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace hbalab::port {
namespace {

// The marks of all threads. Its lock is taken before a mark is held.
struct Marks {
  std::mutex mutex;
  std::vector<CallMark*> all;  // guarded by mutex
};

Marks& marks() {
  static Marks& it = *new Marks;  // outlives every thread
  return it;
}

}  // namespace

std::atomic<std::size_t> CallMark::wanted_ = 0;

class CallMark::Hold {
 public:
  explicit Hold(CallMark& mark) : mark_(mark) {
    while (mark_.held_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Hold() { mark_.held_.store(false, std::memory_order_release); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  CallMark& mark_;
};

CallMark::CallMark() {
  const std::scoped_lock lock(marks().mutex);
  marks().all.push_back(this);
}

CallMark::~CallMark() {
  const std::scoped_lock lock(marks().mutex);
  std::erase(marks().all, this);
}

CallMark& CallMark::of_thread() {
  thread_local CallMark mark;
  return mark;
}

void CallMark::enter(Core* core, std::string_view routine) {
  const Hold hold(*this);
  inside_ = true;
  call_ = {call_.number + 1, core, routine};
}

void CallMark::leave() {
  const Hold hold(*this);
  inside_ = false;
}

void CallMark::look(const std::function<void(const CallMark* mark, const Call& call)>& at) {
  const std::scoped_lock lock(marks().mutex);
  for (CallMark* const mark : marks().all) {
    const Hold hold(*mark);
    if (mark->inside_) at(mark, mark->call_);
  }
}

}  // namespace hbalab::port
