// One mounted tree and what is remembered of it: where each class is, and open method files.
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "iscsidsc/transport.hpp"

namespace hbalab::dsc {

// An open file; -1: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

class TreeMount {
 public:
  TreeMount(std::string root, dev_t device);

  [[nodiscard]] const std::string& root() const { return root_; }
  // The same file system is still there, and this is the process that opened the files.
  [[nodiscard]] bool current() const;

  // MNT/root/wmi/CLASS; nullopt: nobody has registered the class.
  [[nodiscard]] Result<std::optional<std::string>> class_directory(const wmi::Guid& guid);
  // The name of a method of the class.
  [[nodiscard]] Result<std::string> method_name(const wmi::Guid& guid, const std::string& directory,
                                                std::uint32_t method);

  // A method file that nobody else uses: one that was used before, or none. What is given back is
  // kept, up to a limit.
  using FileKey = std::tuple<wmi::Guid, std::string, std::uint32_t>;
  [[nodiscard]] Descriptor take(const FileKey& key);
  void give_back(const FileKey& key, Descriptor file);

  // How large the newest block of the class was: the next one is read in one go when it is not much
  // larger. 0: none was.
  [[nodiscard]] std::size_t usual_size(const wmi::Guid& guid);
  void remember_size(const wmi::Guid& guid, std::size_t size);

 private:
  [[nodiscard]] Result<void> read_classes();

  const std::string root_;
  const dev_t device_;
  const pid_t process_;

  std::mutex mutex_;  // guards what follows; not held over a request of the tree
  std::map<wmi::Guid, std::string> classes_;
  std::map<std::pair<wmi::Guid, std::uint32_t>, std::string> methods_;
  std::map<FileKey, std::vector<Descriptor>> files_;
  std::map<wmi::Guid, std::size_t> sizes_;
  std::size_t file_count_ = 0;
};

// The device number of a directory of a tree, without asking the tree's server; nullopt: not there.
[[nodiscard]] std::optional<dev_t> device_number(const std::string& path);

// From errno of a request about `path`.
[[nodiscard]] TransportError tree_error(int error, const std::string& path);
[[nodiscard]] Result<std::vector<std::string>> list_directories(const std::string& path);
// `expected`: how many bytes there will be about.
[[nodiscard]] Result<Block> read_block(int fd, const std::string& path, std::size_t expected = 0);
[[nodiscard]] Result<Block> read_block(const std::string& path, std::size_t expected = 0);

}  // namespace hbalab::dsc
