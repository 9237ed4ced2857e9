// Open log files: cat ends at the end, tail -f follows, poll and epoll report new lines.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "fuse-frontend/handle.hpp"

namespace hbalab::fs {
namespace {

class LogHandle final : public FileHandle {
 public:
  LogHandle(Core& core, std::shared_ptr<LogFile> log)
      : core_(core.shared_from_this()), log_(std::move(log)), base_(log_->open()) {}
  ~LogHandle() override {
    drop(waiting_);
    log_->close();
  }
  LogHandle(const LogHandle&) = delete;
  LogHandle& operator=(const LogHandle&) = delete;

  void read(fuse_req_t req, std::size_t size, off_t offset) override {
    lab::LogSource& source = log_->source();
    const std::uint64_t begin = source.begin_position();
    const auto at = static_cast<std::uint64_t>(offset < 0 ? 0 : offset);
    std::uint64_t position = 0;
    {
      const std::scoped_lock lock(mutex_);
      // What was dropped meanwhile is skipped once; the file goes on with the oldest line.
      if (base_ + at < begin) base_ = begin - at;
      position = base_ + at;
    }
    const std::string text = source.read(position, size);
    {
      const std::scoped_lock lock(mutex_);
      read_to_ = position + text.size();
    }
    fuse_reply_buf(req, text.data(), text.size());
  }

  void poll(fuse_req_t req, fuse_pollhandle* handle) override {
    fuse_pollhandle* before = nullptr;
    if (handle != nullptr) {
      {
        const std::scoped_lock lock(mutex_);
        before = std::exchange(waiting_, handle);
      }
      armed_.store(true, std::memory_order_release);
      listen();
    }
    drop(before);
    // After arming, so that a line that comes now is either seen here or wakes the poller.
    const std::uint64_t end = log_->source().end_position();
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = std::max(read_to_, base_);
    }
    fuse_reply_poll(req, end > seen ? POLLIN | POLLRDNORM : 0);
  }

 private:
  // Subscribes once somebody polls. Appending costs one load while nobody does.
  void listen() {
    std::weak_ptr<LogHandle> weak = std::static_pointer_cast<LogHandle>(shared_from_this());
    {
      const std::scoped_lock lock(mutex_);
      if (token_) return;
    }
    auto token = log_->source().on_append([weak] {
      auto self = weak.lock();
      if (!self || !self->armed_.exchange(false, std::memory_order_acq_rel)) return;
      self->core_->worker.post([self] { self->wake(); });
    });
    const std::scoped_lock lock(mutex_);
    if (!token_) token_ = std::move(token);
  }

  void wake() {
    fuse_pollhandle* handle = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      handle = std::exchange(waiting_, nullptr);
    }
    if (handle == nullptr) return;
    core_->with_session([handle](fuse_session*) { fuse_lowlevel_notify_poll(handle); });
    drop(handle);
  }

  static void drop(fuse_pollhandle* handle) {
    if (handle != nullptr) fuse_pollhandle_destroy(handle);
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<LogFile> log_;
  std::atomic<bool> armed_{false};  // somebody polls
  std::mutex mutex_;                // guards what follows; the source is called without it
  std::uint64_t base_;              // position of offset 0
  std::uint64_t read_to_ = 0;
  fuse_pollhandle* waiting_ = nullptr;
  std::shared_ptr<void> token_;
};

}  // namespace

std::shared_ptr<FileHandle> make_log_file(Core& core, std::shared_ptr<LogFile> log) {
  return std::make_shared<LogHandle>(core, std::move(log));
}

}  // namespace hbalab::fs
