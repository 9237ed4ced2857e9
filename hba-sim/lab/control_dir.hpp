// A kit to build a ControlTree of: directories with fixed children, directories whose children come
// and go, files with a getter and a setter, logs. DirectoryTree walks the paths.
//
// Threads: a directory is complete before it is published and never changes afterwards; what
// changes lies behind the functions that it was given, and those must be thread-safe. They run on
// the thread of the caller of the tree, with no lock of the kit held.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hba-sim/lab/control.hpp"

namespace hbalab::lab {

using ControlText = std::expected<std::string, ControlError>;
using ControlDone = std::expected<void, ControlError>;

[[nodiscard]] inline std::unexpected<ControlError> control_error(int error, std::string reason) {
  return std::unexpected(ControlError{error, std::move(reason)});
}

// A small text file. No getter: not readable; no setter: not writable. The getter gives the value
// without the newline that a reader sees behind it, unless it ends with one already; an empty value
// is an empty line. The setter gets the text without one trailing newline.
struct ControlFile {
  std::function<ControlText()> get;
  std::function<ControlDone(std::string_view)> set;
};

class ControlDirectory;

// What a name in a directory stands for: exactly one of the three.
struct ControlEntry {
  std::shared_ptr<ControlFile> file;
  std::shared_ptr<ControlDirectory> directory;
  std::shared_ptr<LogSource> log;
  bool removable = false;  // directory
};

// Names are raw here; the tree encodes them.
class ControlDirectory {
 public:
  virtual ~ControlDirectory() = default;
  // Every child, in the order to show them; names are raw.
  [[nodiscard]] virtual std::vector<ControlNode> list() const = 0;
  [[nodiscard]] virtual std::optional<ControlEntry> find(std::string_view name) const = 0;
  // Whether make and remove do something.
  [[nodiscard]] virtual bool accepts_directories() const { return false; }
  [[nodiscard]] virtual ControlDone make(std::string_view name);
  [[nodiscard]] virtual ControlDone remove(std::string_view name);
};

class FixedDirectory final : public ControlDirectory {
 public:
  // Each returns *this. A name may be given once.
  FixedDirectory& file(std::string name, std::function<ControlText()> get,
                       std::function<ControlDone(std::string_view)> set = {});
  FixedDirectory& write_only(std::string name, std::function<ControlDone(std::string_view)> set);
  FixedDirectory& directory(std::string name, std::shared_ptr<ControlDirectory> directory);
  FixedDirectory& log(std::string name, std::shared_ptr<LogSource> source);

  [[nodiscard]] std::vector<ControlNode> list() const override;
  [[nodiscard]] std::optional<ControlEntry> find(std::string_view name) const override;

 private:
  void add(std::string name, ControlEntry entry);
  std::vector<std::pair<std::string, ControlEntry>> entries_;
};

// A directory of directories that come and go.
struct Collection {
  std::function<std::vector<std::string>()> names;
  // The child directory, made anew for each path that is walked: it should hold names, not copies.
  // Null when there is no such child. `name` may differ from the listed spelling where the
  // collection compares names in its own way.
  std::function<std::shared_ptr<ControlDirectory>(std::string_view name)> find;
  std::function<ControlDone(std::string_view name)> make;    // null: mkdir is refused
  std::function<ControlDone(std::string_view name)> remove;  // null: rmdir is refused
};
[[nodiscard]] std::shared_ptr<ControlDirectory> make_collection(Collection functions);

class DirectoryTree final : public ControlTree {
 public:
  explicit DirectoryTree(std::shared_ptr<ControlDirectory> root);

  [[nodiscard]] std::expected<ControlNode, ControlError> stat(std::string_view path) const override;
  [[nodiscard]] std::expected<std::vector<ControlNode>, ControlError> list(
      std::string_view path) const override;
  [[nodiscard]] ControlText read(std::string_view path) const override;
  [[nodiscard]] ControlDone write(std::string_view path, std::string_view text) override;
  [[nodiscard]] ControlDone make_directory(std::string_view path) override;
  [[nodiscard]] ControlDone remove_directory(std::string_view path) override;
  [[nodiscard]] std::shared_ptr<LogSource> log(std::string_view path) const override;
  [[nodiscard]] std::shared_ptr<void> on_change(
      std::function<void(std::string_view)> listener) override;

  // Tells the listeners that the entries of the directory `path` changed by themselves.
  void changed(std::string_view path) const;

 private:
  struct Listeners;
  [[nodiscard]] std::expected<ControlEntry, ControlError> walk(std::string_view path) const;
  [[nodiscard]] std::expected<std::pair<ControlEntry, std::string>, ControlError> walk_to_parent(
      std::string_view path) const;

  ControlEntry root_;
  std::shared_ptr<Listeners> listeners_;
};

// '/' as %2F and NUL as %00: nothing else cannot stand in a file name. A '%' stays as it is, so the
// two spellings "%2F" and "%00" cannot be told from the characters; no name in the lab contains
// them.
[[nodiscard]] std::string encode_file_name(std::string_view name);
[[nodiscard]] std::string decode_file_name(std::string_view name);

// Values as files have them. Errors name the text and what was expected; the caller adds the file.
[[nodiscard]] std::expected<std::uint64_t, ControlError> parse_control_number(std::string_view text,
                                                                              std::uint64_t low,
                                                                              std::uint64_t high);
// 1, 0, yes, no, true, false, on, off, up, down.
[[nodiscard]] std::expected<bool, ControlError> parse_control_switch(std::string_view text);

}  // namespace hbalab::lab
