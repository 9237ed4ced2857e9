// What all requests of one mounted tree share, and what an inode stands for.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "fuse-frontend/catalog.hpp"
#include "fuse-frontend/errno_map.hpp"
#include "fuse-frontend/event_log.hpp"
#include "fuse-frontend/fuse_api.hpp"
#include "fuse-frontend/held.hpp"
#include "fuse-frontend/inode.hpp"
#include "fuse-frontend/intern.hpp"
#include "fuse-frontend/invocation.hpp"
#include "fuse-frontend/mount.hpp"
#include "fuse-frontend/pending.hpp"
#include "fuse-frontend/worker.hpp"

namespace hbalab::fs {

// How long the kernel may believe what it was told, in seconds.
inline constexpr double kForever = 60.0;  // names and texts that a class fixes
inline constexpr double kSoon = 1.0;      // instances, elements, sizes of live values
inline constexpr double kNever = 0.0;     // logs, the lab's files, dynamic states

// Files of a class directory; the node number of a class_item inode.
enum class ClassItem : std::uint32_t { directory = 0, mof = 1, json = 2, guid = 3 };

// What an inode stands for now. Holds what it needs, so it stays valid when the instance goes.
struct Target {
  enum class Kind : std::uint8_t {
    root,
    readme,
    os,
    wmi,
    class_dir,
    class_file,
    instance,
    invocation,
    lab,
  } kind = Kind::root;
  fuse_ino_t ino = kRootInode;  // what stat shows; the kernel's node but for `own_node` files
  fuse_ino_t own = 0;           // the kernel's node of an `own_node` file; 0: not known
  ClassPtr cls;
  ClassItem item = ClassItem::directory;
  InstancePtr instance;              // instance
  InvocationPtr invocation;          // invocation
  const SchemaTree* tree = nullptr;  // instance, invocation
  std::uint32_t node = 0;
  Indices indices;
  std::string path;           // lab
  lab::ControlNode lab_node;  // lab, where the caller has it at hand: see `lab_known`
  bool lab_known = false;

  [[nodiscard]] const SchemaNode& schema() const { return tree->node(node); }
  [[nodiscard]] bool in_tree() const { return tree != nullptr; }
  // Files whose writes may take as long as the driver likes. The kernel lets one writer of a node
  // in at a time, and the others wait where no signal reaches them; so everybody who has one of
  // these open has it by a node of his own.
  [[nodiscard]] bool own_node() const;
};

struct Core : SessionData, std::enable_shared_from_this<Core> {
  explicit Core(MountOptions mount_options);
  ~Core();

  // Follows the registry and the event hub from now on, until `stop`.
  void start(fuse_session* session);
  // No completion, event or notification touches the session after this.
  void stop();

  // errno: ENOENT (never was, or the kernel's knowledge is out of date), ESTALE (gone).
  [[nodiscard]] std::expected<Target, int> resolve(fuse_ino_t ino);
  // The target at a node of the same instance or invocation; `ino` is left to `number`.
  [[nodiscard]] static Target at_node(const Target& from, std::uint32_t node,
                                      const Indices& indices);
  // Sets target.ino. `counted`: the kernel will know it and forget it again.
  void number(Target& target, bool counted);
  // Numbers a target that the kernel will know and forget again, and returns its node; it differs
  // from target.ino for files with nodes of their own.
  [[nodiscard]] fuse_ino_t number_node(Target& target);
  // The kernel does not know the node after all, or has forgotten it `count` times.
  void forget(fuse_ino_t node, std::uint64_t count);

  [[nodiscard]] std::shared_ptr<PendingReply> defer(fuse_req_t req) {
    return PendingReply::make(pending, req);
  }
  // Runs `task` with the session, or not at all after `stop`; for notifications to the kernel,
  // which must come from a thread that holds no request.
  void with_session(const std::function<void(fuse_session*)>& task);
  // Log file of a path in the lab half, shared by all who have it open. Null: no such log.
  [[nodiscard]] std::shared_ptr<LogFile> lab_log(const std::string& path);

  const MountOptions options;
  const std::shared_ptr<wmi::WmiClient> client;
  const std::shared_ptr<lab::ControlTree> control;  // may be null
  Catalog catalog;
  InternTable interned;
  InvocationTable invocations;
  HeldList held;
  Worker worker;
  const uid_t uid;
  const gid_t gid;
  timespec started{};

 private:
  void registry_changed();
  void on_event(const wmi::Event& event);
  void lab_changed(const std::string& directory);
  void invalidate_entry(fuse_ino_t parent, const std::string& name);

  std::mutex session_mutex_;         // held while a notification is written
  fuse_session* session_ = nullptr;  // guarded by session_mutex_; null before start and after stop
  std::shared_ptr<void> registry_token_, hub_token_, lab_token_;
  std::mutex logs_mutex_;  // guards lab_logs_
  std::unordered_map<std::string, std::weak_ptr<LogFile>> lab_logs_;
};

// ---- attributes (attr.cpp) ----

// Whether the size of the target can only be told from the instance's block.
[[nodiscard]] bool needs_block(const Target& target);
// Attributes; `snapshot` is the instance's block or null where it is not needed or cannot be had.
// nullopt: the size is unknown without work that a listing should not do (render the whole
// instance).
struct Attributes {
  struct stat stat{};
  double attr_timeout = kNever;
  double entry_timeout = kForever;
};
enum class SizeEffort : std::uint8_t {
  listing,  // leave expensive sizes open
  exact,    // render what has to be rendered
};
[[nodiscard]] std::expected<Attributes, int> attributes(Core& core, const Target& target,
                                                        const Snapshot* snapshot,
                                                        SizeEffort effort);
// Whether `attributes` with SizeEffort::listing leaves the size open.
[[nodiscard]] bool expensive_size(const Target& target);
// Size that stands for "not known": what live values of failing drivers show.
inline constexpr off_t kUnknownSize = 4096;
// Instances up to this many bytes are rendered for the size of instance.json; larger ones show 0.
inline constexpr std::size_t kRenderForSize = 256u << 10;

// ---- requests ----
void set_operations(fuse_lowlevel_ops& ops);  // operations.cpp

}  // namespace hbalab::fs
