// Open files. A handle belongs to the kernel from open to release; requests under way hold it too,
// so that a completion that comes after the release finds it.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fuse-frontend/core.hpp"
#include "fuse-frontend/held.hpp"

namespace hbalab::fs {

class FileHandle : public Held {
 public:
  // Each replies to the request, now or later.
  virtual void read(fuse_req_t req, std::size_t size, off_t offset) = 0;
  virtual void write(fuse_req_t req, std::string_view bytes, off_t offset);  // EACCES
  // A call in one request (transaction.hpp).
  virtual void transact(fuse_req_t req, std::span<const std::uint8_t> in);  // ENOTTY
  virtual void flush(fuse_req_t req);                                       // nothing to do
  virtual void poll(fuse_req_t req, fuse_pollhandle* handle);               // always ready
  // Why the newest write was refused; empty where it was taken, or where reading tells.
  [[nodiscard]] virtual std::string refusal() { return {}; }
};

// Keeps the node of a handle from other callers while a write to the handle may take its time.
class NodeUse {
 public:
  NodeUse(InternTable& interned, fuse_ino_t node) : interned_(interned), node_(node) {
    if (node_ != 0) interned_.occupy(node_);
  }
  NodeUse(const NodeUse&) = delete;
  NodeUse& operator=(const NodeUse&) = delete;
  ~NodeUse() { end(); }
  void end() {
    if (const fuse_ino_t node = node_.exchange(0); node != 0) interned_.vacate(node);
  }

 private:
  InternTable& interned_;
  std::atomic<fuse_ino_t> node_;
};

// Bytes that somebody else owns.
struct Content {
  std::shared_ptr<const void> owner;
  std::span<const char> bytes;

  [[nodiscard]] static Content text(std::string text);
};
// Replies with the part of `bytes` that the read asks for.
void reply_part(fuse_req_t req, std::span<const char> bytes, std::size_t size, off_t offset);

// How the kernel treats an open file.
struct OpenFlags {
  bool direct_io = true;
  bool keep_cache = false;
  bool nonseekable = false;
  bool no_flush = true;
};
struct OpenedFile {
  std::shared_ptr<FileHandle> handle;
  OpenFlags flags;
};

// Makes the handle for a file; `flags` as open(2) has them. EACCES: the file cannot be written.
[[nodiscard]] std::expected<OpenedFile, int> open_file(Core& core, Target target, int flags);

// The kinds of handles, each in its source of the same name.
[[nodiscard]] std::shared_ptr<FileHandle> make_property_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_instance_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_block_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_last_call_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_invocation_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_lab_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_call_file(Core& core, Target target);
[[nodiscard]] std::shared_ptr<FileHandle> make_raw_call_file(Core& core, Target target,
                                                             bool writes);
[[nodiscard]] std::shared_ptr<FileHandle> make_log_file(Core& core, std::shared_ptr<LogFile> log);

// Handlers of kernel requests.
void on_open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* fi);
void on_write(fuse_req_t req, fuse_ino_t ino, const char* bytes, size_t size, off_t offset,
              fuse_file_info* fi);
void on_flush(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
void on_release(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
void on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void* argument, fuse_file_info* fi,
              unsigned flags, const void* in, size_t in_size, size_t out_size);
void on_poll(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi, fuse_pollhandle* handle);

}  // namespace hbalab::fs
