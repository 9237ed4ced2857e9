#include "hba-sim/adapter/nvram_writers.hpp"

#include <system_error>
#include <utility>

#include "hba-sim/thread_signals.hpp"

namespace hbalab::adapter {

std::shared_ptr<NvramWriters> NvramWriters::shared() {
  static std::mutex mutex;
  static std::weak_ptr<NvramWriters> those;
  const std::lock_guard lock(mutex);
  auto writers = those.lock();
  if (writers == nullptr) {
    writers = std::shared_ptr<NvramWriters>(new NvramWriters);
    those = writers;
  }
  return writers;
}

NvramWriters::NvramWriters() { start_thread(); }

NvramWriters::~NvramWriters() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void NvramWriters::call(Client& client) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&client);
    if (waiting_.size() > idle_ && threads_.size() < kMost) {
      try {
        start_thread();
        // The threads that there are come to it later. NOLINTNEXTLINE(bugprone-empty-catch)
      } catch (const std::system_error&) {
      }
    }
  }
  wake_.notify_one();
}

void NvramWriters::start_thread() {
  const ProcessSignalsBlocked blocked;
  threads_.emplace_back([this] { run(); });
}

void NvramWriters::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!waiting_.empty()) {
      Client& client = *waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      client.write_queued();
      lock.lock();
      continue;
    }
    if (stopping_) return;
    ++idle_;
    wake_.wait(lock);
    --idle_;
  }
}

}  // namespace hbalab::adapter
