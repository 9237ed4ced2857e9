// A bare libfuse server: what a request costs before the lab does anything.
//
// It serves from memory, without locks or allocation in a request (a listing takes one buffer),
// with the loop modes that the mounted tree has, so that its figures are the floor of the tree's:
//
//   small          64 bytes of text
//   ctl            a write is answered by the next read of the same handle
//   tree/dNNN/fN   --files=N files of 64 bytes, --per=N in each directory
//
//   fuse_floor [options] MOUNTPOINT
//     --single            single-threaded loop; else --mt, with --threads=N and --clone_fd
//     --timeout=S         how long the kernel may keep names and attributes
//     --direct_io         no page cache, as for live values (always so for ctl)
//     --rdplus=0|1|2      readdirplus never, always, or as the kernel decides
//
// It stays in the foreground, prints "ready" when it is mounted, and ends on SIGTERM or unmount.
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kText = 64, kCallRoom = 4096, kNameRoom = 24 };

// Inodes: 1 the root, 2 small, 3 ctl, 4 tree; directory d of tree is kDirs + d, and its file f
// is kFiles + d * per + f.
static const fuse_ino_t kSmall = 2, kControl = 3, kTop = 4;
static const fuse_ino_t kDirs = UINT64_C(1) << 32, kFiles = UINT64_C(1) << 40;

static uint64_t g_files = 100000, g_per = 100;
static double g_timeout = 60.0;
static int g_direct = 0, g_readdirplus = 2;

struct call {
  size_t length;
  char bytes[kCallRoom];
};

static uint64_t directories(void) { return (g_files + g_per - 1) / g_per; }
static uint64_t files_in(uint64_t directory) {
  const uint64_t first = directory * g_per;
  return g_files - first < g_per ? g_files - first : g_per;
}
static int is_directory(fuse_ino_t ino) {
  return ino == 1 || ino == kTop || (ino >= kDirs && ino < kFiles);
}

static void attributes(fuse_ino_t ino, struct stat* st) {
  memset(st, 0, sizeof *st);
  st->st_ino = ino;
  st->st_nlink = 1;
  if (is_directory(ino)) {
    st->st_mode = S_IFDIR | 0555;
    return;
  }
  st->st_mode = S_IFREG | (ino == kControl ? 0600 : 0444);
  st->st_size = ino == kControl ? 0 : kText;
}

static size_t text_of(fuse_ino_t ino, char text[kText + 1]) {
  return (size_t)snprintf(text, kText + 1, "%-63" PRIu64 "\n", (uint64_t)ino);
}

// Entry k of a directory; 0 behind the last one.
static int entry(fuse_ino_t directory, uint64_t k, char name[kNameRoom], fuse_ino_t* ino) {
  if (directory == 1) {
    static const char* const names[] = {"small", "ctl", "tree"};
    if (k >= 3) return 0;
    strcpy(name, names[k]);
    *ino = kSmall + k;
    return 1;
  }
  if (directory == kTop) {
    if (k >= directories()) return 0;
    snprintf(name, kNameRoom, "d%" PRIu64, k);
    *ino = kDirs + k;
    return 1;
  }
  const uint64_t d = directory - kDirs;
  if (d >= directories() || k >= files_in(d)) return 0;
  snprintf(name, kNameRoom, "f%" PRIu64, k);
  *ino = kFiles + d * g_per + k;
  return 1;
}

static int find(fuse_ino_t directory, const char* name, fuse_ino_t* ino) {
  char found[kNameRoom];
  if (directory == 1) {
    for (uint64_t k = 0; entry(1, k, found, ino); ++k) {
      if (strcmp(name, found) == 0) return 1;
    }
    return 0;
  }
  if (name[0] != (directory == kTop ? 'd' : 'f')) return 0;
  const uint64_t k = strtoull(name + 1, NULL, 10);
  return entry(directory, k, found, ino) && strcmp(name, found) == 0;
}

static void fill_entry(fuse_ino_t ino, struct fuse_entry_param* e) {
  memset(e, 0, sizeof *e);
  e->ino = ino;
  e->attr_timeout = e->entry_timeout = g_timeout;
  attributes(ino, &e->attr);
}

static void on_init(void* data, struct fuse_conn_info* connection) {
  (void)data;
  const unsigned both = FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO;
  connection->want &= ~both;
  if (g_readdirplus == 1) connection->want |= connection->capable & FUSE_CAP_READDIRPLUS;
  if (g_readdirplus == 2) connection->want |= connection->capable & both;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  struct fuse_entry_param e;
  fuse_ino_t ino = 0;
  if (!find(parent, name, &ino)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  fill_entry(ino, &e);
  fuse_reply_entry(req, &e);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info* fi) {
  struct stat st;
  (void)fi;
  attributes(ino, &st);
  fuse_reply_attr(req, &st, g_timeout);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info* fi) {
  fi->direct_io = (unsigned)(g_direct || ino == kControl);
  fi->noflush = 1;
  fi->fh = 0;
  if (ino == kControl) {
    struct call* call = calloc(1, sizeof *call);
    if (call == NULL) {
      fuse_reply_err(req, ENOMEM);
      return;
    }
    fi->fh = (uintptr_t)call;
  }
  fuse_reply_open(req, fi);
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info* fi) {
  if (ino == kControl) free((void*)(uintptr_t)fi->fh);
  fuse_reply_err(req, 0);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                    struct fuse_file_info* fi) {
  char text[kText + 1];
  const char* bytes = text;
  size_t length = 0;
  if (ino == kControl) {
    const struct call* call = (const struct call*)(uintptr_t)fi->fh;
    bytes = call->bytes;
    length = call->length;
  } else {
    length = text_of(ino, text);
  }
  const size_t at = (size_t)offset < length ? (size_t)offset : length;
  fuse_reply_buf(req, bytes + at, length - at < size ? length - at : size);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char* bytes, size_t size, off_t offset,
                     struct fuse_file_info* fi) {
  (void)offset;
  if (ino != kControl) {
    fuse_reply_err(req, EACCES);
    return;
  }
  struct call* call = (struct call*)(uintptr_t)fi->fh;
  call->length = size < sizeof call->bytes ? size : sizeof call->bytes;
  memcpy(call->bytes, bytes, call->length);
  fuse_reply_write(req, size);
}

static void list(fuse_req_t req, fuse_ino_t directory, size_t size, off_t offset, int plus) {
  char* buffer = malloc(size);
  size_t used = 0;
  char name[kNameRoom];
  fuse_ino_t ino = 0;
  if (buffer == NULL) {
    fuse_reply_err(req, ENOMEM);
    return;
  }
  for (uint64_t k = (uint64_t)offset; entry(directory, k, name, &ino); ++k) {
    struct fuse_entry_param e;
    fill_entry(ino, &e);
    const off_t next = (off_t)(k + 1);
    const size_t length =
        plus ? fuse_add_direntry_plus(req, buffer + used, size - used, name, &e, next)
             : fuse_add_direntry(req, buffer + used, size - used, name, &e.attr, next);
    if (length > size - used) break;
    used += length;
  }
  fuse_reply_buf(req, buffer, used);
  free(buffer);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                       struct fuse_file_info* fi) {
  (void)fi;
  list(req, ino, size, offset, 0);
}

static void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                           struct fuse_file_info* fi) {
  (void)fi;
  list(req, ino, size, offset, 1);
}

static int serve(struct fuse_session* session, int single, unsigned threads, int clone_fd) {
  if (single) return fuse_session_loop(session);
  struct fuse_loop_config* config = fuse_loop_cfg_create();
  fuse_loop_cfg_set_clone_fd(config, (unsigned)clone_fd);
  fuse_loop_cfg_set_max_threads(config, threads);
  fuse_loop_cfg_set_idle_threads(config, threads);
  const int result = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  return result;
}

int main(int argc, char** argv) {
  static const struct option options[] = {
      {"files", required_argument, NULL, 'f'},   {"per", required_argument, NULL, 'p'},
      {"single", no_argument, NULL, 's'},        {"threads", required_argument, NULL, 't'},
      {"clone_fd", no_argument, NULL, 'c'},      {"mt", no_argument, NULL, 'm'},
      {"direct_io", no_argument, NULL, 'd'},     {"rdplus", required_argument, NULL, 'r'},
      {"timeout", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0},
  };
  int single = 0, clone_fd = 0, option = 0;
  unsigned threads = 4;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    switch (option) {
      case 'f':
        g_files = strtoull(optarg, NULL, 10);
        break;
      case 'p':
        g_per = strtoull(optarg, NULL, 10);
        break;
      case 's':
        single = 1;
        break;
      case 'm':
        single = 0;
        break;
      case 'd':
        g_direct = 1;
        break;
      case 'r':
        g_readdirplus = (int)strtol(optarg, NULL, 10);
        break;
      case 't':
        threads = (unsigned)strtoul(optarg, NULL, 10);
        break;
      case 'c':
        clone_fd = 1;
        break;
      case 'o':
        g_timeout = strtod(optarg, NULL);
        break;
      default:
        return 2;
    }
  }
  if (optind + 1 != argc || g_per == 0 || threads == 0) {
    fprintf(stderr, "usage: fuse_floor [options] MOUNTPOINT (the source lists the options)\n");
    return 2;
  }
  static const struct fuse_lowlevel_ops operations = {
      .init = on_init,
      .lookup = on_lookup,
      .getattr = on_getattr,
      .open = on_open,
      .release = on_release,
      .read = on_read,
      .write = on_write,
      .readdir = on_readdir,
      .readdirplus = on_readdirplus,
  };
  struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
  fuse_opt_add_arg(&arguments, "fuse_floor");
  fuse_opt_add_arg(&arguments, "-odefault_permissions");
  struct fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
  int result = 1;
  if (session != NULL && fuse_set_signal_handlers(session) == 0) {
    if (fuse_session_mount(session, argv[optind]) == 0) {
      puts("ready");
      fflush(stdout);
      result = serve(session, single, threads, clone_fd) < 0;
      fuse_session_unmount(session);
    }
    fuse_remove_signal_handlers(session);
  }
  if (session != NULL) fuse_session_destroy(session);
  fuse_opt_free_args(&arguments);
  return result;
}
