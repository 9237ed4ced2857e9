// Invocations: what mkdir in a method's directory makes. Parameters are set file by file, `execute`
// runs the method, the results are files. An invocation can run again, with the parameters as they
// are then.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "fuse-frontend/blocks.hpp"
#include "fuse-frontend/catalog.hpp"
#include "fuse-frontend/errno_map.hpp"

namespace hbalab::fs {

// Thread-safe; the driver is called without the lock.
class Invocation : public std::enable_shared_from_this<Invocation> {
 public:
  enum class State : std::uint8_t { idle, running, done, failed };
  using Done = std::move_only_function<void(std::expected<void, Failure>)>;

  Invocation(std::uint32_t id, InstancePtr instance, std::uint32_t method, std::string name);

  const std::uint32_t id;
  const InstancePtr instance;
  const std::uint32_t method_index;
  const std::string name;

  [[nodiscard]] const wmi::Method& method() const;
  [[nodiscard]] const SchemaTree& tree() const;
  [[nodiscard]] State state() const;
  [[nodiscard]] static std::string_view state_name(State state);

  // Text of an IN parameter as it is set now; empty for a secret one.
  [[nodiscard]] std::expected<std::string, Failure> read_in(const SchemaNode& node) const;
  [[nodiscard]] std::expected<void, Failure> write_in(const SchemaNode& node,
                                                      std::string_view text);
  // The OUT block of the last run that completed; null before.
  [[nodiscard]] SnapshotPtr out() const;
  // Runs the method; EBUSY while it runs. `done` runs once, on any thread.
  wmi::PendingCall execute(wmi::WmiClient& client, Done done);

 private:
  void finished(std::expected<wmi::BlockAnswer, wmi::WmiError> answer,
                std::span<const std::uint8_t> in, Done done);

  mutable std::mutex mutex_;  // guards what follows
  State state_ = State::idle;
  wmi::Object in_;
  SnapshotPtr out_;
};
using InvocationPtr = std::shared_ptr<Invocation>;

// Thread-safe.
class InvocationTable {
 public:
  // EEXIST: there is one of that name; ENOSPC: too many.
  [[nodiscard]] std::expected<InvocationPtr, int> make(const InstancePtr& instance,
                                                       std::uint32_t method,
                                                       const std::string& name);
  [[nodiscard]] InvocationPtr find(std::uint32_t id) const;
  [[nodiscard]] InvocationPtr find(const InstancePtr& instance, std::uint32_t method,
                                   const std::string& name) const;
  [[nodiscard]] std::vector<InvocationPtr> list(const InstancePtr& instance,
                                                std::uint32_t method) const;
  // 0, ENOENT, or EBUSY while it runs.
  int remove(const InstancePtr& instance, std::uint32_t method, const std::string& name);
  // Forgets those whose instance the catalog does not have any more.
  void purge(const Catalog& catalog);

 private:
  static constexpr std::size_t kMost = 4096;  // at a time, over the whole tree
  using Key = std::tuple<const Instance*, std::uint32_t, std::string>;

  mutable std::mutex mutex_;  // guards what follows
  std::map<Key, InvocationPtr> by_name_;
  std::unordered_map<std::uint32_t, InvocationPtr> by_id_;
  std::uint32_t next_ = 0;
};

}  // namespace hbalab::fs
