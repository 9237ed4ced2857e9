// Which trees are mounted, for whoever uses one: the command line and the user-mode libraries.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hbalab::fs {

struct Mount {
  std::filesystem::path path;
  std::string type;  // "fuse.hbalab"
};
// What is mounted, in the order of `mountinfo` (its format: proc(5)): a later mount on the same
// path is on top.
[[nodiscard]] std::vector<Mount> mounts(
    const std::filesystem::path& mountinfo = "/proc/self/mountinfo");

// Mount points of hbalab that this user may read.
[[nodiscard]] std::vector<std::filesystem::path> mounted_trees(
    const std::filesystem::path& mountinfo = "/proc/self/mountinfo");

}  // namespace hbalab::fs
