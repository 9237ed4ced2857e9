// What is at a mount point before we mount there.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace hbalab::cli {

// Creates the directory when it is missing and clears what a killed server left behind (ENOTCONN).
// Refuses a place that is in use: a live mount, a directory with files, something that is no
// directory.
[[nodiscard]] std::expected<void, std::string> prepare_mount_point(
    const std::filesystem::path& path);

// The file system type mounted exactly at `path`, or "".
[[nodiscard]] std::string mounted_type(const std::filesystem::path& path);

// Unmounts; `lazy` detaches a place that is in use or dead.
[[nodiscard]] std::expected<void, std::string> unmount(const std::filesystem::path& path,
                                                       bool lazy);

}  // namespace hbalab::cli
