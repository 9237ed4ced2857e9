// A file whose content is made when it is first read: one handle, one snapshot. A write is judged
// while it runs; after it the handle reads the new value, or why the last one was refused.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "fuse-frontend/handle.hpp"

namespace hbalab::fs {

class LiveFile : public FileHandle {
 public:
  void read(fuse_req_t req, std::size_t size, off_t offset) final;
  void write(fuse_req_t req, std::string_view bytes, off_t offset) final;
  [[nodiscard]] std::string refusal() final;

 protected:
  using LoadDone = std::move_only_function<void(std::expected<Content, Failure>)>;
  using StoreDone = std::move_only_function<void(std::expected<void, Failure>)>;

  explicit LiveFile(Core& core) : core_(core.shared_from_this()) {}

  // Makes the content; `done` runs once, inside or later. A request to a driver goes to
  // `pending->cancels`.
  virtual void load(const std::shared_ptr<PendingReply>& pending, LoadDone done) = 0;
  // Takes a new value. The text is valid during the call only.
  virtual void store(const std::shared_ptr<PendingReply>& pending, std::string_view text,
                     StoreDone done);
  const std::shared_ptr<Core> core_;

 private:
  struct Waiter {
    std::shared_ptr<PendingReply> pending;
    std::size_t size;
    off_t offset;
  };
  void start_load(const std::shared_ptr<PendingReply>& pending);
  void loaded(std::expected<Content, Failure> content);

  std::mutex mutex_;  // guards what follows; nothing is called under it
  std::optional<Content> content_;
  std::string refusal_;  // of the newest write
  bool loading_ = false;
  std::vector<Waiter> waiters_;
};

}  // namespace hbalab::fs
