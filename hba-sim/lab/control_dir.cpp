#include "hba-sim/lab/control_dir.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include "hba-sim/lab/config_json.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kMaxPath = 4096;  // PATH_MAX
constexpr std::size_t kMaxValue = 65536;

ControlNode describe_entry(std::string name, const ControlEntry& entry) {
  ControlNode node;
  node.name = std::move(name);
  if (entry.directory) {
    node.kind = ControlNode::Kind::directory;
    node.writable = entry.directory->accepts_directories();
    node.removable = entry.removable;
  } else if (entry.log) {
    node.kind = ControlNode::Kind::log;
  } else {
    node.kind = ControlNode::Kind::file;
    node.readable = entry.file && entry.file->get != nullptr;
    node.writable = entry.file && entry.file->set != nullptr;
  }
  return node;
}

// What a getter or setter throws must not cross into the front end.
template <class Action>
auto guarded(Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    return control_error(ENOMEM, "out of memory");
  } catch (const std::exception& error) {
    return control_error(EIO, error.what());
  }
}

class CollectionDirectory final : public ControlDirectory {
 public:
  explicit CollectionDirectory(Collection functions) : functions_(std::move(functions)) {}

  std::vector<ControlNode> list() const override {
    std::vector<ControlNode> nodes;
    std::vector<std::string> names = functions_.names();
    for (std::string& name : names) {
      ControlNode node;
      node.name = std::move(name);
      node.kind = ControlNode::Kind::directory;
      node.removable = functions_.remove != nullptr;
      nodes.push_back(std::move(node));
    }
    return nodes;
  }
  std::optional<ControlEntry> find(std::string_view name) const override {
    auto directory = functions_.find(name);
    if (!directory) return {};
    ControlEntry entry;
    entry.directory = std::move(directory);
    entry.removable = functions_.remove != nullptr;
    return entry;
  }
  bool accepts_directories() const override { return functions_.make != nullptr; }
  ControlDone make(std::string_view name) override {
    if (!functions_.make) return ControlDirectory::make(name);
    if (find(name)) return control_error(EEXIST, in_quotes(name) + " exists already");
    return functions_.make(name);
  }
  ControlDone remove(std::string_view name) override {
    if (!find(name)) return control_error(ENOENT, "there is no " + in_quotes(name));
    if (!functions_.remove) return ControlDirectory::remove(name);
    return functions_.remove(name);
  }

 private:
  Collection functions_;
};

}  // namespace

ControlDone ControlDirectory::make(std::string_view name) {
  return control_error(EPERM, "no directory " + in_quotes(name) + " can be made here");
}

ControlDone ControlDirectory::remove(std::string_view name) {
  return control_error(EPERM, in_quotes(name) + " is part of the tree and cannot be removed");
}

void FixedDirectory::add(std::string name, ControlEntry entry) {
  entries_.emplace_back(std::move(name), std::move(entry));
}

FixedDirectory& FixedDirectory::file(std::string name, std::function<ControlText()> get,
                                     std::function<ControlDone(std::string_view)> set) {
  ControlEntry entry;
  entry.file = std::make_shared<ControlFile>(ControlFile{std::move(get), std::move(set)});
  add(std::move(name), std::move(entry));
  return *this;
}

FixedDirectory& FixedDirectory::write_only(std::string name,
                                           std::function<ControlDone(std::string_view)> set) {
  return file(std::move(name), {}, std::move(set));
}

FixedDirectory& FixedDirectory::directory(std::string name,
                                          std::shared_ptr<ControlDirectory> directory) {
  ControlEntry entry;
  entry.directory = std::move(directory);
  add(std::move(name), std::move(entry));
  return *this;
}

FixedDirectory& FixedDirectory::log(std::string name, std::shared_ptr<LogSource> source) {
  ControlEntry entry;
  entry.log = std::move(source);
  add(std::move(name), std::move(entry));
  return *this;
}

std::vector<ControlNode> FixedDirectory::list() const {
  std::vector<ControlNode> nodes;
  for (const auto& [name, entry] : entries_) nodes.push_back(describe_entry(name, entry));
  return nodes;
}

std::optional<ControlEntry> FixedDirectory::find(std::string_view name) const {
  for (const auto& [known, entry] : entries_) {
    if (known == name) return entry;
  }
  return {};
}

std::shared_ptr<ControlDirectory> make_collection(Collection functions) {
  return std::make_shared<CollectionDirectory>(std::move(functions));
}

struct DirectoryTree::Listeners {
  std::mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<std::function<void(std::string_view)>>> by_id;
  std::uint64_t last = 0;
};

DirectoryTree::DirectoryTree(std::shared_ptr<ControlDirectory> root)
    : listeners_(std::make_shared<Listeners>()) {
  root_.directory = std::move(root);
}

std::expected<ControlEntry, ControlError> DirectoryTree::walk(std::string_view path) const {
  if (path.size() > kMaxPath)
    return control_error(ENAMETOOLONG, "the path is longer than 4096 bytes");
  ControlEntry entry = root_;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty()) continue;
    if (!entry.directory)
      return control_error(ENOTDIR, "what lies before " + in_quotes(part) + " is no directory");
    auto next = entry.directory->find(decode_file_name(part));
    if (!next) return control_error(ENOENT, "there is no " + in_quotes(part));
    entry = std::move(*next);
  }
  return entry;
}

std::expected<std::pair<ControlEntry, std::string>, ControlError> DirectoryTree::walk_to_parent(
    std::string_view path) const {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (name.empty()) return control_error(EBUSY, "the root stays");
  auto parent = walk(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
  if (!parent) return std::unexpected(std::move(parent.error()));
  if (!parent->directory)
    return control_error(ENOTDIR, "what lies before " + in_quotes(name) + " is no directory");
  return std::pair(std::move(*parent), decode_file_name(name));
}

std::expected<ControlNode, ControlError> DirectoryTree::stat(std::string_view path) const {
  return guarded([&]() -> std::expected<ControlNode, ControlError> {
    const auto entry = walk(path);
    if (!entry) return std::unexpected(entry.error());
    while (path.ends_with('/')) path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    return describe_entry(
        std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)), *entry);
  });
}

std::expected<std::vector<ControlNode>, ControlError> DirectoryTree::list(
    std::string_view path) const {
  return guarded([&]() -> std::expected<std::vector<ControlNode>, ControlError> {
    const auto entry = walk(path);
    if (!entry) return std::unexpected(entry.error());
    if (!entry->directory) return control_error(ENOTDIR, "is not a directory");
    std::vector<ControlNode> nodes = entry->directory->list();
    for (ControlNode& node : nodes) node.name = encode_file_name(node.name);
    return nodes;
  });
}

ControlText DirectoryTree::read(std::string_view path) const {
  return guarded([&]() -> ControlText {
    const auto entry = walk(path);
    if (!entry) return std::unexpected(entry.error());
    if (entry->directory) return control_error(EISDIR, "is a directory");
    if (!entry->file || !entry->file->get) return control_error(EACCES, "cannot be read");
    ControlText text = entry->file->get();
    if (text && !text->ends_with('\n')) *text += '\n';
    return text;
  });
}

ControlDone DirectoryTree::write(std::string_view path, std::string_view text) {
  return guarded([&]() -> ControlDone {
    const auto entry = walk(path);
    if (!entry) return std::unexpected(entry.error());
    if (entry->directory) return control_error(EISDIR, "is a directory");
    if (!entry->file || !entry->file->set) return control_error(EACCES, "cannot be written");
    if (text.size() > kMaxValue)
      return control_error(EFBIG, "the value is longer than 65536 bytes");
    if (text.ends_with('\n')) text.remove_suffix(1);
    return entry->file->set(text);
  });
}

ControlDone DirectoryTree::make_directory(std::string_view path) {
  return guarded([&]() -> ControlDone {
    const auto parent = walk_to_parent(path);
    if (!parent) return std::unexpected(parent.error());
    const auto& [entry, name] = *parent;
    if (entry.directory->find(name))
      return control_error(EEXIST, in_quotes(name) + " exists already");
    return entry.directory->make(name);
  });
}

ControlDone DirectoryTree::remove_directory(std::string_view path) {
  return guarded([&]() -> ControlDone {
    const auto parent = walk_to_parent(path);
    if (!parent) return std::unexpected(parent.error());
    const auto& [entry, name] = *parent;
    const auto child = entry.directory->find(name);
    if (!child) return control_error(ENOENT, "there is no " + in_quotes(name));
    if (!child->directory) return control_error(ENOTDIR, in_quotes(name) + " is not a directory");
    return entry.directory->remove(name);
  });
}

std::shared_ptr<LogSource> DirectoryTree::log(std::string_view path) const {
  const auto entry = walk(path);
  return entry ? entry->log : nullptr;
}

std::shared_ptr<void> DirectoryTree::on_change(std::function<void(std::string_view)> listener) {
  const std::lock_guard lock(listeners_->mutex);
  const std::uint64_t id = ++listeners_->last;
  listeners_->by_id[id] =
      std::make_shared<std::function<void(std::string_view)>>(std::move(listener));
  return std::shared_ptr<void>(nullptr, [weak = std::weak_ptr(listeners_), id](void*) {
    if (const auto listeners = weak.lock()) {
      std::shared_ptr<std::function<void(std::string_view)>> last;  // destroyed without the lock
      const std::lock_guard guard(listeners->mutex);
      const auto found = listeners->by_id.find(id);
      if (found == listeners->by_id.end()) return;
      last = std::move(found->second);
      listeners->by_id.erase(found);
    }
  });
}

void DirectoryTree::changed(std::string_view path) const {
  std::vector<std::shared_ptr<std::function<void(std::string_view)>>> now;
  {
    const std::lock_guard lock(listeners_->mutex);
    for (const auto& [id, listener] : listeners_->by_id) now.push_back(listener);
  }
  for (const auto& listener : now) (*listener)(path);
}

std::string encode_file_name(std::string_view name) {
  std::string encoded;
  for (const char c : name) {
    if (c == '/') {
      encoded += "%2F";
    } else if (c == '\0') {
      encoded += "%00";
    } else {
      encoded += c;
    }
  }
  return encoded;
}

std::string decode_file_name(std::string_view name) {
  std::string decoded;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const std::string_view three = name.substr(i, 3);
    if (three == "%2F" || three == "%2f") {
      decoded += '/';
      i += 2;
    } else if (three == "%00") {
      decoded += '\0';
      i += 2;
    } else {
      decoded += name[i];
    }
  }
  return decoded;
}

std::expected<std::uint64_t, ControlError> parse_control_number(std::string_view text,
                                                                std::uint64_t low,
                                                                std::uint64_t high) {
  const auto expected = [&] {
    return "is " + in_quotes(text) + "; expected a number from " + std::to_string(low) + " to " +
           std::to_string(high);
  };
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || read.ec == std::errc::invalid_argument ||
      read.ptr != digits.data() + digits.size()) {
    return control_error(EINVAL, expected());
  }
  if (read.ec != std::errc() || value < low || value > high)
    return control_error(ERANGE, expected());
  return value;
}

std::expected<bool, ControlError> parse_control_switch(std::string_view text) {
  constexpr std::array<std::string_view, 5> kOn = {"1", "yes", "true", "on", "up"};
  constexpr std::array<std::string_view, 5> kOff = {"0", "no", "false", "off", "down"};
  if (std::find(kOn.begin(), kOn.end(), text) != kOn.end()) return true;
  if (std::find(kOff.begin(), kOff.end(), text) != kOff.end()) return false;
  return control_error(EINVAL, "is " + in_quotes(text) + "; expected up or down (or 1 or 0)");
}

}  // namespace hbalab::lab
