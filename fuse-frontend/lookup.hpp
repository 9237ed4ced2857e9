// Names -> targets, and the attributes that go with them.
#pragma once

#include <functional>
#include <string>

#include "fuse-frontend/core.hpp"

namespace hbalab::fs {

using TargetReply = std::move_only_function<void(std::expected<Target, int>)>;
using AttributesReply = std::move_only_function<void(std::expected<Attributes, int>)>;

// The child of a directory; `reply` runs once, inside the call or later. The driver's request, if
// there is one, is the one that `pending` cancels when it is interrupted.
void find_child(Core& core, const Target& directory, const std::string& name,
                const std::shared_ptr<PendingReply>& pending, TargetReply reply);

// The block that the files of a target are views on: the instance's, or an invocation's result.
// Fails with ENODATA where an invocation has no result yet.
void get_block(Core& core, const Target& target, const std::shared_ptr<PendingReply>& pending,
               std::move_only_function<void(std::expected<SnapshotPtr, Failure>)> reply);

// Attributes with the exact size. A driver that fails leaves the size unknown, not the attributes.
void get_attributes(Core& core, const Target& target, const std::shared_ptr<PendingReply>& pending,
                    AttributesReply reply);

// Handlers of kernel requests.
void on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name);
void on_getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat* attr, int to_set, fuse_file_info* fi);
void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode);
void on_rmdir(fuse_req_t req, fuse_ino_t parent, const char* name);

[[nodiscard]] inline Core& core_of(fuse_req_t req) {
  return *static_cast<Core*>(static_cast<SessionData*>(fuse_req_userdata(req)));
}

}  // namespace hbalab::fs
