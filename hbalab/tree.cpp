#include "hbalab/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "fuse-frontend/mounted_trees.hpp"
#include "fuse-frontend/refusal.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::expected<std::string, FileError> read_all(int fd) {
  std::string text;
  char buffer[64 << 10];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n == 0) return text;
    if (n < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(FileError{errno, {}});
    }
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

// The front end leaves {"error", "path", "message", "suggestion"} on the handle whose write it
// refused; a handle that cannot be read tells it by ioctl.
std::string reason_of(int fd) {
  std::string text;
  if (auto readable = read_all(fd)) {
    text = *std::move(readable);
  } else if (hbalab::fs::Refusal refusal{}; ::ioctl(fd, hbalab::fs::kRefusalIoctl, &refusal) == 0) {
    text.assign(refusal.text, ::strnlen(refusal.text, sizeof refusal.text));
  }
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("message")) return text;
  std::string reason = json.value("path", "");
  if (!reason.empty()) reason += ": ";
  reason += json.value("message", "");
  const std::string suggestion = json.value("suggestion", "");
  return suggestion.empty() ? reason : reason + "; did you mean " + suggestion + "?";
}

std::expected<void, FileError> write_once(int fd, std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0) {
      const int error = errno;
      return std::unexpected(FileError{error, reason_of(fd)});
    }
    done += static_cast<std::size_t>(n);
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const std::string nearest = wmi::nearest_name(name, views);
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

}  // namespace

std::string FileError::to_string(const fs::path& path) const {
  std::string text = path.string() + ": " + std::strerror(error);
  if (!reason.empty()) text += ": " + reason;
  return text;
}

std::expected<std::string, FileError> read_file(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.ok()) return std::unexpected(FileError{errno, {}});
  return read_all(file.get());
}

std::expected<void, FileError> write_file(const fs::path& path, std::string_view text) {
  struct stat attributes{};
  const bool readable = ::stat(path.c_str(), &attributes) == 0 && (attributes.st_mode & 0444) != 0;
  const Descriptor file(path, readable ? O_RDWR : O_WRONLY);
  if (!file.ok()) return std::unexpected(FileError{errno, {}});
  return write_once(file.get(), text);
}

std::expected<std::string, FileError> transact(const fs::path& path, std::string_view text) {
  const Descriptor file(path, O_RDWR);
  if (!file.ok()) return std::unexpected(FileError{errno, {}});
  if (auto written = write_once(file.get(), text); !written)
    return std::unexpected(written.error());
  return read_all(file.get());
}

std::expected<std::vector<std::string>, FileError> list_directory(const fs::path& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return std::unexpected(FileError{error.value(), {}});
  std::ranges::sort(names);
  return names;
}

std::expected<Tree, std::string> Tree::find(const std::string& given) {
  Tree tree;
  if (!given.empty()) {
    tree.root_ = given;
    if (!fs::is_directory(tree.wmi())) {
      return std::unexpected(given + " is no mounted hbalab tree (it has no root/wmi)");
    }
    return tree;
  }
  auto trees = hbalab::fs::mounted_trees();
  if (trees.empty()) {
    return std::unexpected("no hbalab tree is mounted; mount one with: hbalab mount DIR");
  }
  if (trees.size() > 1) {
    std::string text = "several hbalab trees are mounted; choose one with --tree:";
    for (const auto& path : trees) text += "\n  " + path.string();
    return std::unexpected(text);
  }
  tree.root_ = trees.front();
  return tree;
}

std::vector<std::string> Tree::classes() const {
  return list_directory(wmi()).value_or(std::vector<std::string>{});
}

std::expected<fs::path, std::string> Tree::class_directory(const std::string& name) const {
  const auto names = classes();
  const auto found = std::ranges::find_if(names, [&](const std::string& candidate) {
    return ::strcasecmp(candidate.c_str(), name.c_str()) == 0;
  });
  if (found == names.end()) {
    return std::unexpected("no class " + name + " in " + wmi().string() + suggestion(name, names));
  }
  return wmi() / *found;
}

std::vector<std::string> Tree::instances(const fs::path& class_directory) const {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(class_directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory(error)) found.push_back(it->path().filename().string());
  }
  std::ranges::sort(found);
  return found;
}

std::expected<fs::path, std::string> Tree::instance_directory(const std::string& class_name,
                                                              const std::string& selector) const {
  auto directory = class_directory(class_name);
  if (!directory) return directory;
  const auto names = instances(*directory);
  if (names.empty()) return std::unexpected(class_name + " has no instance now");
  std::string wanted = lower(selector);
  if (!selector.empty()) {
    // An adapter's name stands for the instances of its device.
    if (auto device = read_file(lab() / "adapters" / selector / "device_instance")) {
      wanted = lower(*device);
      while (!wanted.empty() && wanted.back() == '\n') wanted.pop_back();
    }
  }
  std::vector<std::string> matching;
  for (const auto& name : names) {
    if (name == selector) return *directory / name;
    if (lower(name).find(wanted) != std::string::npos) matching.push_back(name);
  }
  if (matching.size() == 1) return *directory / matching.front();
  std::string text = matching.empty()
                         ? "no instance of " + class_name + " matches '" + selector + "'"
                         : class_name + " has several instances; choose one with --instance";
  for (const auto& name : matching.empty() ? names : matching) text += "\n  " + name;
  return std::unexpected(text);
}

}  // namespace hbalab::cli
