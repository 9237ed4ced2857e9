// What the kernel holds by number: open files and directories. They live until the kernel releases
// them, or the mount ends without its doing so.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

namespace hbalab::fs {

class Held : public std::enable_shared_from_this<Held> {
 public:
  virtual ~Held() = default;

 private:
  friend class HeldList;
  std::shared_ptr<Held> self_;
  Held* before_ = nullptr;
  Held* behind_ = nullptr;
};

// Thread-safe; a list through the objects themselves, so that opening a file costs no allocation
// here.
class HeldList {
 public:
  HeldList() = default;
  ~HeldList() { clear(); }
  HeldList(const HeldList&) = delete;
  HeldList& operator=(const HeldList&) = delete;

  // Returns the number that stands for the object (fuse_file_info::fh).
  std::uint64_t add(std::shared_ptr<Held> object);
  // Gives the object back; it dies with the last request that still uses it.
  [[nodiscard]] std::shared_ptr<Held> remove(std::uint64_t number);
  void clear();

  [[nodiscard]] static Held& get(std::uint64_t number) { return *reinterpret_cast<Held*>(number); }

 private:
  std::mutex mutex_;  // guards the links and self_ of all members; nothing is called under it
  Held* first_ = nullptr;
};

}  // namespace hbalab::fs
