#include "fuse-frontend/mount.hpp"

#include <fuse_log.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "fuse-frontend/core.hpp"

namespace hbalab::fs {
namespace {

// What libfuse says while it mounts, so that the error carries the reason.
thread_local std::string* t_messages = nullptr;

__attribute__((format(printf, 2, 0))) void take_message(fuse_log_level level, const char* format,
                                                        va_list arguments) {
  char text[1024];
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  if (length < 0) return;
  if (t_messages != nullptr) {
    *t_messages += text;
  } else if (level <= FUSE_LOG_WARNING || level == FUSE_LOG_DEBUG) {
    std::fputs(text, stderr);
  }
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

class Arguments {
 public:
  explicit Arguments(const MountOptions& options) {
    add("hbalab");
    add("-o");
    std::string mount_options = "fsname=hbalab,subtype=hbalab,default_permissions";
    if (options.allow_other) mount_options += ",allow_other";
    add(mount_options);
    if (options.debug) add("-d");
  }
  ~Arguments() { fuse_opt_free_args(&args_); }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  [[nodiscard]] fuse_args* get() { return &args_; }

 private:
  void add(const std::string& argument) { fuse_opt_add_arg(&args_, argument.c_str()); }
  fuse_args args_ = FUSE_ARGS_INIT(0, nullptr);
};

}  // namespace

struct MountedTree::Impl {
  std::shared_ptr<Core> core;
  fuse_session* session = nullptr;
  int stop_fd = -1;
  std::atomic<bool> ended{false};
  std::thread stopper;

  ~Impl() {
    ended.store(true);
    signal_stop();
    if (session != nullptr) {
      fuse_session_exit(session);
      core->stop();  // nobody writes to the session's descriptor from here on
      fuse_session_unmount(session);
    }
    // Its own request may have been the one that nobody answered any more; the unmount ended that.
    if (stopper.joinable()) stopper.join();
    if (session != nullptr) {
      core->held.clear();  // the kernel has let go of everything
      fuse_session_destroy(session);
    }
    if (stop_fd >= 0) close(stop_fd);
  }

  // Waits for `stop` and ends the loop: the flag is seen when the next request comes, so this makes
  // one. A file system's statistics are never cached by the kernel.
  void watch() {
    std::uint64_t count = 0;
    while (read(stop_fd, &count, sizeof count) < 0 && errno == EINTR) {
    }
    if (ended.load()) return;
    fuse_session_exit(session);
    struct statvfs unused{};
    (void)statvfs(core->options.mountpoint.c_str(), &unused);
  }

  void signal_stop() const noexcept {
    const std::uint64_t one = 1;
    const int before = errno;
    (void)!write(stop_fd, &one, sizeof one);
    errno = before;
  }
};

MountedTree::MountedTree(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MountedTree::~MountedTree() = default;

std::expected<std::unique_ptr<MountedTree>, std::string> MountedTree::mount(MountOptions options) {
  if (!options.client) return std::unexpected("mount: no WMI client was given");
  fuse_set_log_func(take_message);
  auto impl = std::make_unique<Impl>();
  const std::string mountpoint = options.mountpoint;
  const auto fail = [&](std::string_view step, const std::string& why) {
    std::string text = mountpoint + ": " + std::string(step);
    if (!why.empty()) text += ": " + why;
    return std::unexpected(std::move(text));
  };
  struct stat st{};
  if (stat(mountpoint.c_str(), &st) != 0) return fail("cannot be mounted on", strerror(errno));
  if (!S_ISDIR(st.st_mode)) return fail("cannot be mounted on", "not a directory");

  Arguments arguments(options);
  impl->core = std::make_shared<Core>(std::move(options));
  fuse_lowlevel_ops operations{};
  set_operations(operations);
  impl->stop_fd = eventfd(0, EFD_CLOEXEC);
  if (impl->stop_fd < 0) return fail("eventfd", strerror(errno));

  std::string messages;
  t_messages = &messages;
  fuse_session* session = fuse_session_new(arguments.get(), &operations, sizeof operations,
                                           static_cast<SessionData*>(impl->core.get()));
  const bool mounted = session != nullptr && fuse_session_mount(session, mountpoint.c_str()) == 0;
  t_messages = nullptr;
  if (!mounted) {
    if (session != nullptr) fuse_session_destroy(session);
    return fail(session == nullptr ? "libfuse refused the options" : "cannot be mounted on",
                trimmed(messages));
  }
  impl->session = session;
  // A thread that commits a caller's change cannot serve: half of them always can.
  const MountOptions& served = impl->core->options;
  served.client->lend_threads(served.single_threaded ? 0 : served.threads / 2);
  impl->core->start(session);
  impl->stopper = std::thread([raw = impl.get()] { raw->watch(); });
  return std::unique_ptr<MountedTree>(new MountedTree(std::move(impl)));
}

std::expected<void, std::string> MountedTree::run() {
  const MountOptions& options = impl_->core->options;
  int result = 0;
  if (options.single_threaded) {
    result = fuse_session_loop(impl_->session);
  } else {
    fuse_loop_config* config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_clone_fd(config, options.clone_fd ? 1 : 0);
    fuse_loop_cfg_set_max_threads(config, options.threads == 0 ? 1 : options.threads);
    fuse_loop_cfg_set_idle_threads(config, options.threads == 0 ? 1 : options.threads);
    result = fuse_session_loop_mt(impl_->session, config);
    fuse_loop_cfg_destroy(config);
  }
  // A signal that the program handles is no error of the loop (result > 0).
  if (result < 0 && result != -ENODEV) {
    return std::unexpected(options.mountpoint + ": serving ended: " + strerror(-result));
  }
  return {};
}

void MountedTree::stop() noexcept { impl_->signal_stop(); }

std::size_t MountedTree::pending_requests() const { return impl_->core->pending->size(); }

std::size_t MountedTree::interned_nodes() const { return impl_->core->interned.size(); }

}  // namespace hbalab::fs
