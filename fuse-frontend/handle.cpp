#include "fuse-frontend/handle.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "fuse-frontend/lookup.hpp"
#include "fuse-frontend/refusal.hpp"
#include "fuse-frontend/transaction.hpp"

namespace hbalab::fs {
namespace {

using Kind = Target::Kind;

// A text that never changes while its owner lives.
class TextFile final : public FileHandle {
 public:
  TextFile(std::shared_ptr<const void> owner, std::string_view text)
      : owner_(std::move(owner)), text_(text) {}
  void read(fuse_req_t req, std::size_t size, off_t offset) override {
    reply_part(req, text_, size, offset);
  }

 private:
  const std::shared_ptr<const void> owner_;
  const std::string_view text_;
};

// Held over the whole request: the release may be handled on another thread as soon as the kernel
// has taken the reply, which is before the function that writes it returns.
std::shared_ptr<FileHandle> handle_of(const fuse_file_info* fi) {
  return std::static_pointer_cast<FileHandle>(HeldList::get(fi->fh).shared_from_this());
}

std::shared_ptr<FileHandle> fixed_text(std::shared_ptr<const void> owner, std::string_view text) {
  return std::make_shared<TextFile>(std::move(owner), text);
}

std::shared_ptr<FileHandle> owned_text(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  return fixed_text(owner, *owner);
}

constexpr OpenFlags kCached{
    .direct_io = false, .keep_cache = true, .nonseekable = false, .no_flush = true};

std::string_view class_text(const Target& target) {
  switch (target.item) {
    case ClassItem::mof:
      return target.cls->mof;
    case ClassItem::json:
      return target.cls->json;
    default:
      return target.cls->guid_text;
  }
}

OpenedFile open_instance_file(Core& core, Target target, bool reads_only) {
  const SchemaNode& node = target.schema();
  OpenFlags live;
  live.no_flush = true;
  switch (node.kind) {
    case NodeKind::instance_name:
      return {owned_text(target.instance->name + "\n"), live};
    case NodeKind::active:
      return {owned_text("1\n"), live};
    case NodeKind::instance_json:
      return {make_instance_file(core, std::move(target)), live};
    case NodeKind::block_bin:
      return {make_block_file(core, std::move(target)), live};
    case NodeKind::events_log:
      return {make_log_file(core, target.instance->log_file), live};
    case NodeKind::method_json:
      return {fixed_text(target.cls, target.cls->method_json[node.method]), kCached};
    case NodeKind::last_json:
      return {make_last_call_file(core, std::move(target)), live};
    case NodeKind::call: {
      OpenFlags flags;
      flags.nonseekable = true;     // the reply has a cursor of its own
      flags.no_flush = reads_only;  // an unfinished request is judged at close
      return {make_call_file(core, std::move(target)), flags};
    }
    case NodeKind::call_bin:
      return {make_raw_call_file(core, std::move(target), !reads_only), live};
    default:
      if (target.invocation) return {make_invocation_file(core, std::move(target)), live};
      return {make_property_file(core, std::move(target)), live};
  }
}

std::expected<OpenedFile, int> open_lab(Core& core, Target target, bool writes) {
  auto node = core.control->stat(target.path);
  if (!node) return std::unexpected(node.error().error == 0 ? ENOENT : node.error().error);
  if (node->kind == lab::ControlNode::Kind::directory) return std::unexpected(EISDIR);
  if (writes && !node->writable) return std::unexpected(EACCES);
  if (node->kind == lab::ControlNode::Kind::log) {
    auto log = core.lab_log(target.path);
    if (!log) return std::unexpected(ENOENT);
    return OpenedFile{make_log_file(core, std::move(log)), {}};
  }
  target.lab_node = *std::move(node);
  target.lab_known = true;
  return OpenedFile{make_lab_file(core, std::move(target)), {}};
}

}  // namespace

void FileHandle::write(fuse_req_t req, std::string_view, off_t) { fuse_reply_err(req, EACCES); }
void FileHandle::transact(fuse_req_t req, std::span<const std::uint8_t>) {
  fuse_reply_err(req, ENOTTY);
}
void FileHandle::flush(fuse_req_t req) { fuse_reply_err(req, 0); }
void FileHandle::poll(fuse_req_t req, fuse_pollhandle* handle) {
  if (handle != nullptr) fuse_pollhandle_destroy(handle);
  fuse_reply_poll(req, POLLIN | POLLOUT);
}

Content Content::text(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::span<const char> bytes(owner->data(), owner->size());
  return {std::move(owner), bytes};
}

void reply_part(fuse_req_t req, std::span<const char> bytes, std::size_t size, off_t offset) {
  const auto at = static_cast<std::uint64_t>(std::max<off_t>(offset, 0));
  if (at >= bytes.size()) {
    fuse_reply_buf(req, nullptr, 0);
    return;
  }
  const auto part = bytes.subspan(at);
  fuse_reply_buf(req, part.data(), std::min(size, part.size()));
}

std::expected<OpenedFile, int> open_file(Core& core, Target target, int flags) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  switch (target.kind) {
    case Kind::readme:
      if (writes) return std::unexpected(EACCES);
      return OpenedFile{fixed_text(core.shared_from_this(), core.options.readme), kCached};
    case Kind::class_file: {
      if (writes) return std::unexpected(EACCES);
      const std::string_view text = class_text(target);
      return OpenedFile{fixed_text(target.cls, text), kCached};
    }
    case Kind::lab:
      return open_lab(core, std::move(target), writes);
    case Kind::instance:
    case Kind::invocation:
      if (target.schema().is_directory()) return std::unexpected(EISDIR);
      // The kernel checks the mode for everybody but root.
      if (writes && (target.schema().permissions() & 0200) == 0) return std::unexpected(EACCES);
      return open_instance_file(core, std::move(target), !writes);
    default:
      return std::unexpected(EISDIR);
  }
}

void on_open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  Core& core = core_of(req);
  auto target = core.resolve(ino);
  if (!target) {
    fuse_reply_err(req, target.error());
    return;
  }
  auto opened = open_file(core, *std::move(target), fi->flags);
  if (!opened) {
    fuse_reply_err(req, opened.error());
    return;
  }
  fi->fh = core.held.add(std::move(opened->handle));
  fi->direct_io = opened->flags.direct_io;
  fi->keep_cache = opened->flags.keep_cache;
  fi->nonseekable = opened->flags.nonseekable;
  fi->noflush = opened->flags.no_flush;
  // When the reply does not arrive, no release will come.
  if (fuse_reply_open(req, fi) != 0) (void)core.held.remove(fi->fh);
}

void on_read(fuse_req_t req, fuse_ino_t, size_t size, off_t offset, fuse_file_info* fi) {
  handle_of(fi)->read(req, size, offset);
}

void on_write(fuse_req_t req, fuse_ino_t, const char* bytes, size_t size, off_t offset,
              fuse_file_info* fi) {
  handle_of(fi)->write(req, {bytes, size}, offset);
}

void on_flush(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) { handle_of(fi)->flush(req); }

void on_release(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) {
  const auto last = core_of(req).held.remove(fi->fh);
  fuse_reply_err(req, 0);
}

void on_ioctl(fuse_req_t req, fuse_ino_t, unsigned command, void*, fuse_file_info* fi,
              unsigned flags, const void* in, size_t in_size, size_t out_size) {
  const bool directory = (flags & FUSE_IOCTL_DIR) != 0;
  if (!directory && command == kRefusalIoctl && out_size >= sizeof(Refusal)) {
    Refusal refusal{};
    const std::string text = handle_of(fi)->refusal();
    text.copy(refusal.text, sizeof refusal.text - 1);
    fuse_reply_ioctl(req, 0, &refusal, sizeof refusal);
  } else if (!directory && command == kTransactionIoctl && in_size >= sizeof(Transaction)) {
    const auto* const call = static_cast<const Transaction*>(in);
    if (call->size > sizeof call->block) {
      fuse_reply_err(req, EINVAL);
    } else {
      handle_of(fi)->transact(req, std::span(call->block).first(call->size));
    }
  } else {
    fuse_reply_err(req, ENOTTY);
  }
}

void on_poll(fuse_req_t req, fuse_ino_t, fuse_file_info* fi, fuse_pollhandle* handle) {
  handle_of(fi)->poll(req, handle);
}

}  // namespace hbalab::fs
