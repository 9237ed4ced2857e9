// Classes and instances as the tree shows them: follows the registry, gives every class and every
// instance a number that inodes can carry, and takes it back when the provider has gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "fuse-frontend/blocks.hpp"
#include "fuse-frontend/event_log.hpp"
#include "fuse-frontend/method_state.hpp"
#include "fuse-frontend/schema_tree.hpp"
#include "wmi-model/client.hpp"

namespace hbalab::fs {

// One directory below root/wmi: immutable.
struct ClassInfo {
  std::uint32_t index = 0;  // never used again for another class
  wmi::Guid guid;
  std::shared_ptr<const wmi::SchemaSet> schema;  // owns cls
  const wmi::Class* cls = nullptr;               // null: a registered GUID that no class describes
  bool events = false;
  std::string dir_name;
  wmi::Shape shape;  // of the instance's block
  SchemaTree tree;
  std::vector<std::unique_ptr<const SchemaTree>> invocation_trees;  // parallel to cls->methods
  std::vector<std::string> method_json;                             // parallel to cls->methods
  std::string mof, json, guid_text;
};
using ClassPtr = std::shared_ptr<const ClassInfo>;

struct Instance {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // of the slot
  ClassPtr cls;
  wmi::InstanceRef ref;
  std::string name;      // UTF-8
  std::string dir_name;  // as it stands in the tree
  std::shared_ptr<BlockSource> block;
  std::shared_ptr<EventLog> events;  // event classes only
  std::shared_ptr<LogFile> log_file;
  std::vector<MethodState> methods;  // parallel to cls->cls->methods
};
using InstancePtr = std::shared_ptr<Instance>;

struct ClassList {
  std::vector<ClassPtr> classes;  // sorted by name
  std::unordered_map<std::string, ClassPtr> by_name;
  std::unordered_map<wmi::Guid, ClassPtr> by_guid;
  std::unordered_map<std::uint32_t, ClassPtr> by_index;
  std::vector<ClassPtr> hidden;  // of the name of another one; in none of the above
};
struct InstanceList {
  std::vector<InstancePtr> instances;
  std::unordered_map<std::string, InstancePtr> by_name;  // by directory name
};

// What a change of the registry made disappear: directory names for the kernel to forget.
struct Disappeared {
  std::vector<std::string> classes;
  std::vector<std::pair<std::uint32_t, std::string>> instances;  // class index, directory name
};

// What following the registry has cost so far.
struct CatalogWork {
  std::uint64_t class_lists = 0, instance_lists = 0;  // made
  std::uint64_t registrations = 0;                    // looked at
};

// Thread-safe. The registry and the client are never called under the lock of the tables.
class Catalog {
 public:
  using ListResult = std::expected<std::shared_ptr<const InstanceList>, wmi::WmiError>;
  using ListReply = std::move_only_function<void(ListResult)>;

  Catalog(std::shared_ptr<wmi::WmiClient> client, BlockLimits limits, std::size_t log_bytes);

  // The classes now. Follows the registry, at the cost of what has changed there.
  [[nodiscard]] std::shared_ptr<const ClassList> classes();
  // The instances of a class. The list is made anew when a registration of that class changes.
  // Dynamic names are asked for once a second, and once the client's requests may have changed
  // some. The catalog must outlive the reply.
  wmi::PendingCall instances(const ClassPtr& cls, ListReply reply);
  // Null when the slot is free, or its instance has gone.
  [[nodiscard]] InstancePtr instance(std::uint32_t slot) const;
  // The instance that an event names, made when it is not known yet. Null: no such class.
  [[nodiscard]] InstancePtr instance(const wmi::InstanceRef& ref);

  // What has gone since the last call, and the event registrations that are new.
  [[nodiscard]] Disappeared take_disappeared();
  [[nodiscard]] std::vector<wmi::Registration> take_new_event_registrations();

  // Drops shared blocks that are not used any more. Returns whether some are held.
  bool sweep(BlockSource::Clock::time_point now);
  [[nodiscard]] CatalogWork work() const;

 private:
  // What a list of instances is up to date with, taken before they are asked for.
  struct AsOf {
    std::uint64_t registry = 0;    // its generation
    std::uint64_t generation = 0;  // of the class
    std::uint64_t changes = 0;     // of the client
  };
  struct Cached {
    AsOf as_of;
    bool dynamic = false;  // some names come from a driver
    std::chrono::steady_clock::time_point at;
    std::shared_ptr<const InstanceList> list;
  };

  using ProviderGuid = std::pair<const wmi::WmiProvider*, wmi::Guid>;
  // Classes of providers, each as it is registered now, if it is.
  using Registrations = std::map<ProviderGuid, std::optional<wmi::Registration>>;
  // The classes that the registry has of those that changed, and whether they have events.
  using ClassStates = std::map<wmi::Guid, std::optional<bool>>;

  [[nodiscard]] bool up_to_date() const;
  void follow();
  [[nodiscard]] Registrations everything() const;
  [[nodiscard]] ClassStates states_of(const Registrations& changed,
                                      const std::shared_ptr<const wmi::SchemaSet>& schema) const;
  [[nodiscard]] std::shared_ptr<const ClassList> with_classes(
      const ClassStates& states, const std::shared_ptr<const wmi::SchemaSet>& schema,
      Registrations& changed);
  void publish(std::uint64_t generation, std::shared_ptr<const ClassList> fresh,
               const Registrations& changed);
  [[nodiscard]] ClassPtr make_class(const wmi::Guid& guid,
                                    const std::shared_ptr<const wmi::SchemaSet>& schema,
                                    bool events, std::uint32_t index) const;
  void look_at_locked(const ProviderGuid& which, const std::optional<wmi::Registration>& now);
  void retire_locked(const ProviderGuid& which, const std::optional<wmi::Registration>& now);
  [[nodiscard]] InstancePtr intern_locked(const ClassPtr& cls, const wmi::InstanceRef& ref);
  [[nodiscard]] InstancePtr intern_told(const ClassPtr& cls, const wmi::InstanceRef& ref);
  void free_slot_locked(const Instance& instance);
  std::shared_ptr<const InstanceList> listed(const ClassPtr& cls, const AsOf& as_of, bool dynamic,
                                             const std::vector<wmi::InstanceRef>& refs);

  const std::shared_ptr<wmi::WmiClient> client_;
  const BlockLimits limits_;
  const std::size_t log_bytes_;

  // Held while following the registry, one thread at a time; taken before the lock of the tables.
  std::mutex following_;
  mutable std::shared_mutex mutex_;  // guards what follows
  std::uint64_t followed_ = 0;       // generation of the registry
  std::shared_ptr<const ClassList> classes_;
  // Instances may have been made of these after the change that took them back was followed.
  std::vector<ProviderGuid> unsure_;
  CatalogWork work_;
  std::uint32_t next_class_ = 1;
  std::vector<InstancePtr> slots_;                   // null: free
  std::vector<std::uint32_t> generations_;           // parallel to slots_
  std::deque<std::uint32_t> free_slots_;             // the longest free one first
  std::map<std::string, InstancePtr> by_key_;        // class, provider, name
  std::unordered_map<std::uint32_t, Cached> lists_;  // by class index
  // Those whose events were enabled, or are about to be. Held, so that another provider cannot
  // have the same address.
  std::map<ProviderGuid, std::shared_ptr<wmi::WmiProvider>> event_registrations_;
  std::vector<wmi::Registration> new_event_registrations_;
  Disappeared disappeared_;
};

}  // namespace hbalab::fs
