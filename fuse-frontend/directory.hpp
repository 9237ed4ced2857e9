// Listing directories.
#pragma once

#include "fuse-frontend/fuse_api.hpp"

namespace hbalab::fs {

void on_opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* fi);
void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* fi);
void on_releasedir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);

}  // namespace hbalab::fs
