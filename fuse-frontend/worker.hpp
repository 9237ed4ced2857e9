// One thread of the mounted tree's own, for what must not run on a request's thread: notifications
// to the kernel, long renderings that would hold up a driver's completion, and clearing caches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace hbalab::fs {

class Worker {
 public:
  using Task = std::move_only_function<void()>;

  Worker();
  ~Worker();  // stops
  // Any thread. Tasks run in order, without a lock. After `stop` they are dropped.
  void post(Task task);
  // Calls `task` every `period` while it returns true; starts again with the next `keep_calling`.
  void set_periodic(std::chrono::milliseconds period, std::function<bool()> task);
  void keep_calling();
  // Ends the thread after the task that runs now; not from a task.
  void stop();

 private:
  void run();

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::function<bool()> periodic_;
  std::chrono::milliseconds period_{1000};
  bool calling_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace hbalab::fs
