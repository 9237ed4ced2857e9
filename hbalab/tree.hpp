// A mounted tree as the command line sees it: files, found by name.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab::cli {

struct FileError {
  int error = 0;       // errno
  std::string reason;  // what the file system said beyond the errno, or ""
  // "/mnt/root/wmi/X: Invalid argument: reason"
  [[nodiscard]] std::string to_string(const std::filesystem::path& path) const;
};

[[nodiscard]] std::expected<std::string, FileError> read_file(const std::filesystem::path& path);
// One write; on failure the reason is read back from the same handle.
[[nodiscard]] std::expected<void, FileError> write_file(const std::filesystem::path& path,
                                                        std::string_view text);
// Writes and reads the answer of the same handle: a method call.
[[nodiscard]] std::expected<std::string, FileError> transact(const std::filesystem::path& path,
                                                             std::string_view text);
[[nodiscard]] std::expected<std::vector<std::string>, FileError> list_directory(
    const std::filesystem::path& path);

class Tree {
 public:
  // `given`: a directory, or "" to look for the one mount of this user. The error says what to do.
  [[nodiscard]] static std::expected<Tree, std::string> find(const std::string& given);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path wmi() const { return root_ / "root" / "wmi"; }
  [[nodiscard]] std::filesystem::path lab() const { return root_ / "lab"; }
  // Class directories, sorted.
  [[nodiscard]] std::vector<std::string> classes() const;
  // The directory of a class by its name, ignoring case; the error suggests the nearest name.
  [[nodiscard]] std::expected<std::filesystem::path, std::string> class_directory(
      const std::string& name) const;
  [[nodiscard]] std::vector<std::string> instances(
      const std::filesystem::path& class_directory) const;
  // `selector`: the instance name, an adapter's name in the lab ("hba0"), a part of the instance
  // name, or "" when there is only one.
  [[nodiscard]] std::expected<std::filesystem::path, std::string> instance_directory(
      const std::string& class_name, const std::string& selector) const;

 private:
  std::filesystem::path root_;
};

}  // namespace hbalab::cli
