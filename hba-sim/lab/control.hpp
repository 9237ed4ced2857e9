// The lab's control interface: what lies under MNT/lab, as a tree of small text files. The front
// end knows nothing of what is in it.
//
// Paths have no leading slash: "fabric/targets/iqn.2026-01.example:disk1/state". Thread-safe. No
// call waits for the fabric or for a driver.
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab::lab {

struct ControlError {
  int error = EINVAL;  // errno
  std::string reason;  // for people; the front end shows it to whoever holds the file open
};

struct ControlNode {
  enum class Kind {
    directory,
    file,  // small text; may be read, written, or both
    log,   // append-only lines; see LogSource
  };
  std::string name;
  Kind kind = Kind::file;
  bool readable = true;
  bool writable = false;   // file: accepts a value; directory: accepts mkdir and rmdir of children
  bool removable = false;  // directory: rmdir works on it
};

// An append-only log whose oldest lines may be dropped. Positions are bytes since the log began.
class LogSource {
 public:
  virtual ~LogSource() = default;
  [[nodiscard]] virtual std::uint64_t begin_position()
      const = 0;  // oldest byte still held, a line start
  [[nodiscard]] virtual std::uint64_t end_position() const = 0;
  // Bytes from `position`, at most `size`; empty at the end. A position that is no longer held
  // reads from the oldest line.
  [[nodiscard]] virtual std::string read(std::uint64_t position, std::size_t size) const = 0;
  // Called after each append, any thread, no lock held; until the token dies.
  [[nodiscard]] virtual std::shared_ptr<void> on_append(std::function<void()> listener) = 0;
};

class ControlTree {
 public:
  virtual ~ControlTree() = default;
  [[nodiscard]] virtual std::expected<ControlNode, ControlError> stat(
      std::string_view path) const = 0;
  [[nodiscard]] virtual std::expected<std::vector<ControlNode>, ControlError> list(
      std::string_view path) const = 0;
  [[nodiscard]] virtual std::expected<std::string, ControlError> read(
      std::string_view path) const = 0;
  [[nodiscard]] virtual std::expected<void, ControlError> write(std::string_view path,
                                                                std::string_view text) = 0;
  [[nodiscard]] virtual std::expected<void, ControlError> make_directory(std::string_view path) = 0;
  [[nodiscard]] virtual std::expected<void, ControlError> remove_directory(
      std::string_view path) = 0;
  [[nodiscard]] virtual std::shared_ptr<LogSource> log(
      std::string_view path) const = 0;  // null: no log
  // Called with the path of a directory whose entries changed by themselves; until the token dies.
  [[nodiscard]] virtual std::shared_ptr<void> on_change(
      std::function<void(std::string_view)> listener) = 0;
};

}  // namespace hbalab::lab
