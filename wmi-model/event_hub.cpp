#include <condition_variable>
#include <thread>

#include "wmi-model/listeners.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::wmi {

struct EventHub::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Event> queue;      // guarded by mutex
  std::uint64_t published = 0;  // guarded by mutex
  std::uint64_t delivered = 0;  // guarded by mutex
  bool stopping = false;        // guarded by mutex
  Listeners<const Event&> listeners;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      const Event event = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      listeners.notify(event);
      lock.lock();
      delivered = event.sequence;
      changed.notify_all();
    }
  }
};

EventHub::EventHub() : state_(std::make_shared<State>()) {
  state_->thread = std::thread([state = state_] { state->run(); });
}

// Delivers what is still queued before it ends.
EventHub::~EventHub() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  // A listener may drop the last reference to the hub; the thread then ends by itself.
  if (state_->thread.get_id() == std::this_thread::get_id()) {
    state_->thread.detach();
  } else {
    state_->thread.join();
  }
}

void EventHub::publish(Event event) {
  {
    const std::scoped_lock lock(state_->mutex);
    event.sequence = ++state_->published;
    state_->queue.push_back(std::move(event));
  }
  state_->changed.notify_all();
}

std::shared_ptr<void> EventHub::subscribe(std::function<void(const Event&)> listener) {
  return state_->listeners.add(std::move(listener));
}

void EventHub::drain() {
  if (state_->thread.get_id() == std::this_thread::get_id()) return;
  std::unique_lock lock(state_->mutex);
  const std::uint64_t target = state_->published;
  state_->changed.wait(lock, [&] { return state_->delivered >= target; });
}

}  // namespace hbalab::wmi
