#include "fuse-frontend/live_file.hpp"

#include <algorithm>
#include <cerrno>

namespace hbalab::fs {

void LiveFile::read(fuse_req_t req, std::size_t size, off_t offset) {
  std::optional<Content> ready;
  std::shared_ptr<PendingReply> pending;
  bool start = false;
  {
    const std::scoped_lock lock(mutex_);
    if (content_) {
      ready = *content_;
    } else {
      pending = core_->defer(req);
      waiters_.push_back({pending, size, offset});
      start = !loading_;
      loading_ = true;
    }
  }
  if (ready) {
    reply_part(req, ready->bytes, size, offset);
    return;
  }
  if (start) start_load(pending);
  pending->wait();
}

void LiveFile::start_load(const std::shared_ptr<PendingReply>& pending) {
  auto self = std::static_pointer_cast<LiveFile>(shared_from_this());
  load(pending, [self = std::move(self)](std::expected<Content, Failure> content) {
    self->loaded(std::move(content));
  });
}

void LiveFile::loaded(std::expected<Content, Failure> content) {
  std::vector<Waiter> served;
  std::shared_ptr<PendingReply> next;
  {
    const std::scoped_lock lock(mutex_);
    if (content) {
      content_ = *content;
    } else if (content.error().error == EINTR) {
      // The reader whose request it was has been interrupted; the others want their answer still.
      const auto alive = std::ranges::find_if(
          waiters_, [](const Waiter& waiter) { return !waiter.pending->answered(); });
      if (alive != waiters_.end()) next = alive->pending;
    }
    if (!next) {
      served.swap(waiters_);
      loading_ = false;
    }
  }
  if (next) {
    start_load(next);
    return;
  }
  for (Waiter& waiter : served) {
    if (!content) {
      waiter.pending->fail(content.error().error);
      continue;
    }
    waiter.pending->complete([content = *content, size = waiter.size, offset = waiter.offset](
                                 fuse_req_t req) { reply_part(req, content.bytes, size, offset); });
  }
}

void LiveFile::write(fuse_req_t req, std::string_view bytes, off_t) {
  auto pending = core_->defer(req);
  auto self = std::static_pointer_cast<LiveFile>(shared_from_this());
  store(pending, bytes, [self, pending, size = bytes.size()](std::expected<void, Failure> result) {
    {
      const std::scoped_lock lock(self->mutex_);
      self->refusal_ = result ? std::string() : result.error().reason;
      if (result) {
        self->content_.reset();
      } else {
        self->content_ = Content::text(self->refusal_);
      }
    }
    if (!result) return pending->fail(result.error().error);
    pending->complete([size](fuse_req_t r) { fuse_reply_write(r, size); });
  });
  pending->wait();
}

std::string LiveFile::refusal() {
  const std::scoped_lock lock(mutex_);
  return refusal_;
}

void LiveFile::store(const std::shared_ptr<PendingReply>&, std::string_view, StoreDone done) {
  done(std::unexpected(failure(EACCES, "the file cannot be written")));
}

}  // namespace hbalab::fs
