#include "hbalab/mount_point.hpp"

#include <spawn.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "fuse-frontend/mounted_trees.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

// fusermount3 is setuid: it is how a user without privileges unmounts.
std::expected<void, std::string> run_fusermount(const fs::path& path, bool lazy) {
  std::string target = path.string();
  std::vector<char*> arguments;
  std::string name = "fusermount3", unmount_flag = "-u", lazy_flag = "-z";
  arguments.push_back(name.data());
  arguments.push_back(unmount_flag.data());
  if (lazy) arguments.push_back(lazy_flag.data());
  arguments.push_back(target.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int error =
          ::posix_spawnp(&child, "fusermount3", nullptr, nullptr, arguments.data(), environ)) {
    return std::unexpected(std::string("cannot run fusermount3: ") + std::strerror(error));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return std::unexpected("fusermount3 could not unmount " + target);
}

}  // namespace

std::string mounted_type(const fs::path& path) {
  std::string type;
  for (const hbalab::fs::Mount& mount : hbalab::fs::mounts()) {
    if (mount.path == path) type = mount.type;
  }
  return type;
}

std::expected<void, std::string> unmount(const fs::path& path, bool lazy) {
  if (::geteuid() == 0) {
    if (::umount2(path.c_str(), lazy ? MNT_DETACH : 0) == 0) return {};
    return std::unexpected(path.string() + ": " + std::strerror(errno));
  }
  return run_fusermount(path, lazy);
}

std::expected<void, std::string> prepare_mount_point(const fs::path& path) {
  // A lab that was killed: the mount is there, the server is not. The root's attributes may be
  // cached, so only a request that the kernel cannot answer by itself tells.
  struct statvfs space{};
  if (::statvfs(path.c_str(), &space) != 0 && (errno == ENOTCONN || errno == ECONNABORTED)) {
    if (auto done = unmount(path, true); !done) return done;
  }
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return std::unexpected(path.string() + ": cannot create the mount point: " + error.message());
  if (!fs::is_directory(path, error))
    return std::unexpected(path.string() + ": is not a directory");
  const std::string type = mounted_type(fs::canonical(path, error));
  if (type == "fuse.hbalab") {
    return std::unexpected(
        path.string() +
        ": an hbalab tree is mounted here already; unmount it with: hbalab umount " +
        path.string());
  }
  if (!type.empty())
    return std::unexpected(path.string() + ": is the mount point of a " + type + " file system");
  if (!fs::is_empty(path, error) || error) {
    return std::unexpected(path.string() + ": is not empty; mounting here would hide its files");
  }
  return {};
}

}  // namespace hbalab::cli
