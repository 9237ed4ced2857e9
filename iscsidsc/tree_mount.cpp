#include "iscsidsc/tree_mount.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace hbalab::dsc {
namespace {

using Kind = TransportError::Kind;

constexpr std::size_t kMaxFiles = 64;  // method files kept open

// What the tree's errnos mean (docs/tree.md); others are Kind::failed.
constexpr std::array<std::pair<int, Kind>, 19> kErrnos{{
    {EBUSY, Kind::busy},          {ECONNABORTED, Kind::not_mounted},
    {EFBIG, Kind::invalid},       {EINTR, Kind::interrupted},
    {EINVAL, Kind::invalid},      {EIO, Kind::failed},
    {EMFILE, Kind::no_resources}, {ENAMETOOLONG, Kind::gone},
    {ENFILE, Kind::no_resources}, {ENODEV, Kind::gone},
    {ENOENT, Kind::gone},         {ENOMEM, Kind::no_resources},
    {ENOSPC, Kind::no_resources}, {ENOTCONN, Kind::not_mounted},
    {ENOTDIR, Kind::gone},        {EOPNOTSUPP, Kind::unsupported},
    {EOVERFLOW, Kind::failed},    {ESTALE, Kind::gone},
    {ETIMEDOUT, Kind::timed_out},
}};

std::string first_line(const Block& text) {
  std::string line(text.begin(), text.end());
  line.resize(std::min(line.find('\n'), line.size()));
  return line;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

TransportError tree_error(int error, const std::string& path) {
  const auto row = std::ranges::find(kErrnos, error, &std::pair<int, Kind>::first);
  return {row == kErrnos.end() ? Kind::failed : row->second, path + ": " + std::strerror(error)};
}

std::optional<dev_t> device_number(const std::string& path) {
  struct statx attributes{};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE, &attributes) != 0 ||
      !S_ISDIR(attributes.stx_mode)) {
    return std::nullopt;
  }
  return makedev(attributes.stx_dev_major, attributes.stx_dev_minor);
}

Result<std::vector<std::string>> list_directories(const std::string& path) {
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return std::unexpected(tree_error(errno, path));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(directory);
  if (error != 0) return std::unexpected(tree_error(error, path));
  std::ranges::sort(names);
  return names;
}

Result<Block> read_block(int fd, const std::string& path, std::size_t expected) {
  constexpr std::size_t kLeast = 16 << 10;
  // The kernel asks for so much at once at least; of several pieces it does not tell that one
  // failed, so that only what came as one ends where it ends.
  constexpr ssize_t kPiece = 64 << 10;
  Block block(std::max(kLeast, expected + expected / 8));
  std::size_t size = 0;
  for (;;) {
    const ssize_t got =
        ::pread(fd, block.data() + size, block.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(tree_error(errno, path));
    size += static_cast<std::size_t>(got);
    if (got == 0 || (got <= kPiece && size < block.size())) break;
    if (size < block.size()) continue;
    struct stat attributes{};
    const auto whole = ::fstat(fd, &attributes) == 0 ? attributes.st_size : 0;
    block.resize(std::max(block.size() * 2, static_cast<std::size_t>(whole) + 1));
  }
  block.resize(size);
  return block;
}

Result<Block> read_block(const std::string& path, std::size_t expected) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return std::unexpected(tree_error(errno, path));
  return read_block(file.get(), path, expected);
}

TreeMount::TreeMount(std::string root, dev_t device)
    : root_(std::move(root)), device_(device), process_(::getpid()) {}

bool TreeMount::current() const {
  return process_ == ::getpid() && device_number(root_) == device_;
}

// Classes come when a driver registers them; their directories name the GUID.
Result<void> TreeMount::read_classes() {
  const std::string wmi = root_ + "/root/wmi";
  auto names = list_directories(wmi);
  if (!names) return std::unexpected(names.error());
  std::map<wmi::Guid, std::string> found;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [guid, directory] : classes_) {
      // What is known keeps its GUID.
      const auto name = std::ranges::find(*names, directory.substr(wmi.size() + 1));
      if (name == names->end()) continue;
      found.emplace(guid, directory);
      names->erase(name);
    }
  }
  for (const std::string& name : *names) {
    auto text = read_block(wmi + "/" + name + "/guid");
    if (!text && text.error().kind == Kind::gone) continue;
    if (!text) return std::unexpected(text.error());
    if (const auto guid = wmi::Guid::parse(first_line(*text))) {
      found.emplace(*guid, wmi + "/" + name);
    }
  }
  const std::scoped_lock lock(mutex_);
  classes_ = std::move(found);
  return {};
}

Result<std::optional<std::string>> TreeMount::class_directory(const wmi::Guid& guid) {
  const auto known = [&]() -> std::optional<std::string> {
    const std::scoped_lock lock(mutex_);
    const auto row = classes_.find(guid);
    if (row == classes_.end()) return std::nullopt;
    return row->second;
  };
  if (auto directory = known()) return directory;
  if (auto read = read_classes(); !read) return std::unexpected(read.error());
  return known();
}

Result<std::string> TreeMount::method_name(const wmi::Guid& guid, const std::string& directory,
                                           std::uint32_t method) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto row = methods_.find({guid, method}); row != methods_.end()) return row->second;
  }
  const std::string path = directory + "/class.json";
  auto text = read_block(path);
  if (!text) return std::unexpected(text.error());
  const auto json = nlohmann::json::parse(text->begin(), text->end(), nullptr, false);
  if (!json.is_object() || !json.contains("methods")) {
    return std::unexpected(TransportError{Kind::failed, path + ": is no description of a class"});
  }
  const std::scoped_lock lock(mutex_);
  for (const auto& entry : json["methods"]) {
    methods_[{guid, entry.value("id", 0u)}] = entry.value("name", "");
  }
  const auto row = methods_.find({guid, method});
  if (row != methods_.end()) return row->second;
  return std::unexpected(
      TransportError{Kind::unsupported, path + ": has no method " + std::to_string(method)});
}

Descriptor TreeMount::take(const FileKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto files = files_.find(key);
  if (files == files_.end() || files->second.empty()) return {};
  Descriptor file = std::move(files->second.back());
  files->second.pop_back();
  --file_count_;
  return file;
}

std::size_t TreeMount::usual_size(const wmi::Guid& guid) {
  const std::scoped_lock lock(mutex_);
  const auto row = sizes_.find(guid);
  return row == sizes_.end() ? 0 : row->second;
}

void TreeMount::remember_size(const wmi::Guid& guid, std::size_t size) {
  const std::scoped_lock lock(mutex_);
  sizes_[guid] = size;
}

void TreeMount::give_back(const FileKey& key, Descriptor file) {
  const std::scoped_lock lock(mutex_);
  if (file_count_ >= kMaxFiles) return;
  files_[key].push_back(std::move(file));
  ++file_count_;
}

}  // namespace hbalab::dsc
