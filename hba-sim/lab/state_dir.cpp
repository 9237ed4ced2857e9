#include "hba-sim/lab/state_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace hbalab::lab {
namespace fs = std::filesystem;
namespace {

// Parents as usual, the directory itself for its owner only: NVRAM holds secrets.
std::expected<void, std::string> make_private(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (!error && ::mkdir(path.c_str(), 0700) == 0) return {};
  const std::string reason = error ? error.message() : std::strerror(errno);
  return std::unexpected(path.string() + ": cannot create the state directory: " + reason);
}

}  // namespace

std::expected<StateDir, std::string> StateDir::open(const fs::path& path) {
  if (auto made = make_private(path); !made) return std::unexpected(made.error());
  const fs::path file = path / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return std::unexpected(path.string() +
                           ": the state directory is not writable: " + std::strerror(errno));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t n = ::pread(lock, holder, sizeof holder - 1, 0);
    ::close(lock);
    std::string text = path.string() + ": the state directory is in use by another lab";
    if (n > 0) text += " (process " + std::string(holder, std::strcspn(holder, "\n")) + ")";
    return std::unexpected(text);
  }
  char pid[32];
  const int length = std::snprintf(pid, sizeof pid, "%d\n", ::getpid());
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid, static_cast<std::size_t>(length), 0) != length) {
    const std::string reason = std::strerror(errno);
    ::close(lock);
    return std::unexpected(path.string() + ": the state directory is not writable: " + reason);
  }
  return StateDir(path, lock);
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDir::~StateDir() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace hbalab::lab
