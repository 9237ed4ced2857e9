#include "fuse-frontend/worker.hpp"

#include <utility>

#include "hba-sim/thread_signals.hpp"

namespace hbalab::fs {

Worker::Worker() {
  const ProcessSignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() { stop(); }

void Worker::post(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Worker::set_periodic(std::chrono::milliseconds period, std::function<bool()> task) {
  const std::scoped_lock lock(mutex_);
  period_ = period;
  periodic_ = std::move(task);
}

void Worker::keep_calling() {
  {
    const std::scoped_lock lock(mutex_);
    if (calling_ || stopped_) return;
    calling_ = true;
  }
  wake_.notify_one();
}

void Worker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::scoped_lock lock(mutex_);
  tasks_.clear();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  auto next_call = std::chrono::steady_clock::now() + period_;
  bool was_calling = false;
  while (!stopped_) {
    if (calling_ && !was_calling) next_call = std::chrono::steady_clock::now() + period_;
    was_calling = calling_;
    if (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    } else if (calling_ && std::chrono::steady_clock::now() >= next_call) {
      const auto periodic = periodic_;
      calling_ = false;  // whoever asks from here on is heard
      lock.unlock();
      const bool more = periodic && periodic();
      lock.lock();
      calling_ = calling_ || more;
      was_calling = false;
    } else if (calling_) {
      wake_.wait_until(lock, next_call);
    } else {
      wake_.wait(lock, [this] { return stopped_ || calling_ || !tasks_.empty(); });
    }
  }
}

}  // namespace hbalab::fs
