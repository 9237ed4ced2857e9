// METHOD/call and METHOD/call.bin.
//
// `call` is one transaction a handle: JSON in, JSON out. It has no file position; the reply has a
// cursor of its own. The request may come in pieces and runs when its text is complete. A flush
// that finds an unfinished one fails, but keeps it: shells flush after every command that shares
// the handle. A request that was refused before it ran may be sent again.
//
// `call.bin` takes one raw IN block a write, whatever its offset, and gives it to the driver as it
// is: judging short and malformed blocks is the driver's part. Each write is a transaction of its
// own. The reply is read from offset 0 (pread), or from where the write ended (write and then
// read): the first read after a write decides which. An ioctl does both at once.
#include <strings.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "fuse-frontend/handle.hpp"
#include "fuse-frontend/json_scan.hpp"
#include "fuse-frontend/transaction.hpp"

namespace hbalab::fs {
namespace {

std::size_t out_room(const wmi::Method& method) {
  constexpr std::size_t kLeast = 64;
  return std::max(kLeast, method.out_layout.c_size);
}

// What both kinds of handles share: the method, and the reply that waits to be read.
class CallFileBase : public FileHandle {
 protected:
  CallFileBase(Core& core, Target target)
      : core_(core.shared_from_this()),
        target_(std::move(target)),
        method_(target_.cls->cls->methods[target_.schema().method]),
        secret_(has_secret(method_.in)),
        node_(core_->interned, target_.own) {}

  [[nodiscard]] MethodState& last_call() const {
    return target_.instance->methods[target_.schema().method];
  }

  const std::shared_ptr<Core> core_;
  const Target target_;
  const wmi::Method& method_;
  const bool secret_;  // the IN carries a secret
  NodeUse node_;
};

class CallFile final : public CallFileBase {
 public:
  CallFile(Core& core, Target target) : CallFileBase(core, std::move(target)) {}
  ~CallFile() override { wipe(request_); }

  void read(fuse_req_t req, std::size_t size, off_t) override {
    Content reply;
    std::size_t from = 0;
    bool running = false;
    {
      const std::scoped_lock lock(mutex_);
      running = state_ == State::running;
      reply = reply_;
      from = cursor_;
      cursor_ += std::min(size, reply.bytes.size() - cursor_);
    }
    if (running) {
      fuse_reply_err(req, EBUSY);
      return;
    }
    reply_part(req, reply.bytes, size, static_cast<off_t>(from));
  }

  void write(fuse_req_t req, std::string_view bytes, off_t) override {
    int error = 0;
    bool run_now = false;
    {
      const std::scoped_lock lock(mutex_);
      if (state_ == State::running) {
        error = EBUSY;
      } else if (state_ == State::replied) {
        error = EBUSY;
        explain(failure(EBUSY, "this handle has made its call; open the file again for another"));
      } else if (request_.size() + bytes.size() > wmi::kMaxJsonBytes) {
        error = EFBIG;
        wipe(request_);
        scan_ = {};
        explain(failure(
            EFBIG, "the text is longer than " + std::to_string(wmi::kMaxJsonBytes) + " bytes"));
      } else {
        append(bytes);
        scan_.feed(bytes);
        run_now = scan_.complete();
        if (run_now) state_ = State::running;
      }
    }
    if (error != 0) {
      fuse_reply_err(req, error);
    } else if (run_now) {
      run(req, bytes.size());
    } else {
      fuse_reply_write(req, bytes.size());
    }
  }

  void flush(fuse_req_t req) override {
    int error = 0;
    {
      const std::scoped_lock lock(mutex_);
      if (state_ == State::collecting && !scan_.blank()) {
        error = EINVAL;
        explain(failure(EINVAL, "the JSON text ends before its object is closed"));
      }
    }
    fuse_reply_err(req, error);
  }

 private:
  enum class State : std::uint8_t { collecting, running, replied };

  // Under mutex_. The reason comes behind what has not been read yet of an answer.
  void explain(const Failure& why) {
    const auto unread =
        reply_.bytes.subspan(state_ == State::replied ? cursor_ : reply_.bytes.size());
    reply_ = Content::text(std::string(unread.begin(), unread.end()) + why.reason);
    cursor_ = 0;
  }

  // Secrets must not stay behind in freed memory when the text grows.
  void append(std::string_view bytes) {
    if (!secret_ || request_.capacity() - request_.size() >= bytes.size()) {
      request_ += bytes;
      return;
    }
    std::string larger;
    larger.reserve((request_.size() + bytes.size()) * 2);
    larger.append(request_).append(bytes);
    wipe(request_);
    request_ = std::move(larger);
  }

  void wipe(std::string& text) const {
    if (secret_) explicit_bzero(text.data(), text.size());
    text.clear();
  }

  // In state running. `written`: bytes of the write that completed the text.
  void run(fuse_req_t req, std::size_t written) {
    auto pending = core_->defer(req);
    auto object = wmi::parse_json(wmi::in_shape(method_), request_);
    wipe(request_);
    if (!object) {
      refuse(pending, failure(object.error()));
      pending->wait();
      return;
    }
    auto in = wmi::encode(wmi::in_shape(method_), *object);
    if (!in) {
      refuse(pending, encode_failure(in.error()));
      pending->wait();
      return;
    }
    auto kept = std::make_shared<wmi::Bytes>(*std::move(in));
    auto self = std::static_pointer_cast<CallFile>(shared_from_this());
    pending->cancels(core_->client->call(
        target_.instance->ref, method_.id, *kept, out_room(method_), secret_,
        [self, pending, kept, written](std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
          self->answered(*kept, answer);
          if (self->secret_) explicit_bzero(kept->data(), kept->size());
          self->finish(pending, answer, written);
        }));
    pending->wait();
  }

  void refuse(const std::shared_ptr<PendingReply>& pending, Failure why) {
    {
      const std::scoped_lock lock(mutex_);
      reply_ = Content::text(std::move(why.reason));
      cursor_ = 0;
      scan_ = {};
      state_ = State::collecting;
    }
    pending->fail(why.error);
  }

  void answered(std::span<const std::uint8_t> in,
                const std::expected<wmi::BlockAnswer, wmi::WmiError>& answer) const {
    if (answer) {
      last_call().completed(method_, in, answer->data);
    } else {
      last_call().failed(method_, in, answer.error());
    }
  }

  void finish(const std::shared_ptr<PendingReply>& pending,
              const std::expected<wmi::BlockAnswer, wmi::WmiError>& answer, std::size_t written) {
    std::expected<std::string, Failure> text;
    if (answer) {
      const wmi::Shape shape = wmi::out_shape(method_);
      const auto out = wmi::decode(shape, answer->data);
      if (out) {
        text = wmi::to_json(shape, out->root)
                   .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
               "\n";
      } else {
        text = std::unexpected(decode_failure(out.error()));
      }
    } else {
      text = std::unexpected(failure(answer.error()));
    }
    const int error = text ? 0 : text.error().error;
    {
      const std::scoped_lock lock(mutex_);
      reply_ = Content::text(text ? *std::move(text) : std::move(text.error().reason));
      cursor_ = 0;
      state_ = State::replied;
    }
    node_.end();  // further writes are refused at once
    if (error != 0) return pending->fail(error);
    pending->complete([size = written](fuse_req_t req) { fuse_reply_write(req, size); });
  }

  std::mutex mutex_;  // guards what follows; request_ belongs to the run while one is under way
  State state_ = State::collecting;
  JsonScan scan_;
  std::string request_;
  Content reply_;
  std::size_t cursor_ = 0;
};

class RawCallFile final : public CallFileBase {
 public:
  RawCallFile(Core& core, Target target, bool writes)
      : CallFileBase(core, std::move(target)), writes_(writes) {}

  void read(fuse_req_t req, std::size_t size, off_t offset) override {
    Content reply;
    bool running = false;
    {
      const std::scoped_lock lock(mutex_);
      running = running_;
      reply = reply_;
      if (first_read_) {
        base_ = written_end_ != 0 && offset == written_end_ ? offset : 0;
        first_read_ = false;
      }
      offset -= base_;
    }
    if (running) {
      fuse_reply_err(req, EBUSY);
      return;
    }
    reply_part(req, reply.bytes, size, offset);
  }

  void write(fuse_req_t req, std::string_view bytes, off_t offset) override {
    const std::span in(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    run(req, in, offset + static_cast<off_t>(bytes.size()),
        [size = bytes.size()](fuse_req_t written, const Content&) {
          fuse_reply_write(written, size);
        });
  }

  void transact(fuse_req_t req, std::span<const std::uint8_t> in) override {
    if (!writes_) {
      fuse_reply_err(req, EBADF);
      return;
    }
    run(req, in, 0, [](fuse_req_t asked, const Content& out) {
      auto size = static_cast<std::uint32_t>(out.bytes.size());
      const std::array<iovec, 2> parts{{{&size, sizeof size},
                                        {const_cast<char*>(out.bytes.data()),
                                         std::min(out.bytes.size(), sizeof Transaction::block)}}};
      fuse_reply_ioctl_iov(asked, 0, parts.data(), static_cast<int>(parts.size()));
    });
  }

 private:
  // `end`: where the file position is behind the request. `reply` answers one that was taken.
  template <typename Reply>
  void run(fuse_req_t req, std::span<const std::uint8_t> in, off_t end, Reply reply) {
    {
      std::unique_lock lock(mutex_);
      if (running_) {
        lock.unlock();
        fuse_reply_err(req, EBUSY);
        return;
      }
      running_ = true;
      reply_ = {};
      written_end_ = end;
      first_read_ = true;
    }
    auto pending = core_->defer(req);
    auto kept = std::make_shared<wmi::Bytes>(in.begin(), in.end());
    auto self = std::static_pointer_cast<RawCallFile>(shared_from_this());
    pending->cancels(core_->client->call(
        target_.instance->ref, method_.id, in, out_room(method_), secret_,
        [self, pending, kept, reply](std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
          const auto out = self->finish(*kept, std::move(answer));
          if (self->secret_) explicit_bzero(kept->data(), kept->size());
          if (!out) return pending->fail(out.error());
          pending->complete([reply, out = *out](fuse_req_t asked) { reply(asked, out); });
        }));
    pending->wait();
  }

  // What there is to read from now on; the errno of a call that failed.
  std::expected<Content, int> finish(std::span<const std::uint8_t> in,
                                     std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
    Content reply;
    int error = 0;
    if (answer) {
      last_call().completed(method_, in, answer->data);
      auto owner = std::make_shared<const wmi::BlockAnswer>(*std::move(answer));
      reply.bytes = {reinterpret_cast<const char*>(owner->data.data()), owner->data.size()};
      reply.owner = std::move(owner);
    } else {
      last_call().failed(method_, in, answer.error());
      Failure why = failure(answer.error());
      error = why.error;
      reply = Content::text(std::move(why.reason));
    }
    const std::scoped_lock lock(mutex_);
    reply_ = reply;
    running_ = false;
    if (error == 0) return reply;
    written_end_ = 0;  // a refused write does not move the file position
    return std::unexpected(error);
  }

  const bool writes_;
  std::mutex mutex_;  // guards what follows
  bool running_ = false;
  bool first_read_ = true;
  off_t written_end_ = 0;  // file position behind the request
  off_t base_ = 0;         // file position of the reply's first byte
  Content reply_;
};

}  // namespace

std::shared_ptr<FileHandle> make_call_file(Core& core, Target target) {
  return std::make_shared<CallFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_raw_call_file(Core& core, Target target, bool writes) {
  return std::make_shared<RawCallFile>(core, std::move(target), writes);
}

}  // namespace hbalab::fs
