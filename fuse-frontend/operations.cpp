// The table of kernel requests, and those that need no more than a line.
#include <sys/statvfs.h>

#include <cerrno>
#include <climits>

#include "fuse-frontend/directory.hpp"
#include "fuse-frontend/handle.hpp"
#include "fuse-frontend/lookup.hpp"

namespace hbalab::fs {
namespace {

void on_init(void*, fuse_conn_info* connection) {
  // Attributes come with the names where the kernel asks for both.
  connection->want |= connection->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
  // Sizes of live values change; cached texts do not.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_WRITEBACK_CACHE);
}

void on_forget(fuse_req_t req, fuse_ino_t ino, std::uint64_t count) {
  core_of(req).forget(ino, count);
  fuse_reply_none(req);
}

void on_forget_multi(fuse_req_t req, size_t count, fuse_forget_data* forgets) {
  Core& core = core_of(req);
  for (size_t i = 0; i < count; ++i) core.forget(forgets[i].ino, forgets[i].nlookup);
  fuse_reply_none(req);
}

void on_statfs(fuse_req_t req, fuse_ino_t) {
  struct statvfs fs{};
  fs.f_bsize = 4096;
  fs.f_frsize = 4096;
  fs.f_namemax = NAME_MAX;
  fuse_reply_statfs(req, &fs);
}

void on_fsync(fuse_req_t req, fuse_ino_t, int, fuse_file_info*) { fuse_reply_err(req, 0); }

// Names are made by the classes, by mkdir of objects, and by nothing else.
void on_create(fuse_req_t req, fuse_ino_t, const char*, mode_t, fuse_file_info*) {
  fuse_reply_err(req, EPERM);
}
void on_mknod(fuse_req_t req, fuse_ino_t, const char*, mode_t, dev_t) {
  fuse_reply_err(req, EPERM);
}
void on_unlink(fuse_req_t req, fuse_ino_t, const char*) { fuse_reply_err(req, EPERM); }
void on_symlink(fuse_req_t req, const char*, fuse_ino_t, const char*) {
  fuse_reply_err(req, EPERM);
}
void on_link(fuse_req_t req, fuse_ino_t, fuse_ino_t, const char*) { fuse_reply_err(req, EPERM); }
void on_rename(fuse_req_t req, fuse_ino_t, const char*, fuse_ino_t, const char*, unsigned) {
  fuse_reply_err(req, EPERM);
}

}  // namespace

void set_operations(fuse_lowlevel_ops& ops) {
  ops.init = on_init;
  ops.lookup = on_lookup;
  ops.forget = on_forget;
  ops.forget_multi = on_forget_multi;
  ops.getattr = on_getattr;
  ops.setattr = on_setattr;
  ops.mknod = on_mknod;
  ops.mkdir = on_mkdir;
  ops.unlink = on_unlink;
  ops.rmdir = on_rmdir;
  ops.symlink = on_symlink;
  ops.rename = on_rename;
  ops.link = on_link;
  ops.open = on_open;
  ops.read = on_read;
  ops.write = on_write;
  ops.flush = on_flush;
  ops.release = on_release;
  ops.fsync = on_fsync;
  ops.opendir = on_opendir;
  ops.readdir = on_readdir;
  ops.readdirplus = on_readdirplus;
  ops.releasedir = on_releasedir;
  ops.statfs = on_statfs;
  ops.create = on_create;
  ops.ioctl = on_ioctl;
  ops.poll = on_poll;
}

}  // namespace hbalab::fs
