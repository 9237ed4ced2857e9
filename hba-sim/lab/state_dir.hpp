// The lab's state directory: made when missing, held by one lab at a time.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace hbalab::lab {

class StateDir {
 public:
  // Creates the directory (0700) and takes its lock file. The error names the directory and, when
  // another lab holds it, that lab's process.
  [[nodiscard]] static std::expected<StateDir, std::string> open(const std::filesystem::path& path);
  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&&) = delete;
  ~StateDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StateDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;  // flock on path_/lock; the kernel drops it when the process dies
};

}  // namespace hbalab::lab
