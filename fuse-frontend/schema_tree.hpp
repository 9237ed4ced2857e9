// The tree below an instance or an invocation, as the class says it: computed once, shared by all
// instances. A node stands for one file or directory name; a node inside an array of objects stands
// for that name in every element, and the inode carries which element.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse-frontend/inode.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/model.hpp"

namespace hbalab::fs {

enum class NodeKind : std::uint8_t {
  instance_dir,
  instance_name,  // InstanceName
  active,         // Active
  value,          // PROPERTY
  value_name,     // PROPERTY.name
  object_dir,     // embedded object
  array_dir,      // array of objects; its only child is the element_dir
  element_dir,
  instance_json,
  block_bin,
  events_log,
  method_dir,
  method_json,
  call,
  call_bin,
  last_json,
  invocation_dir,
  in_dir,
  out_dir,
  execute,
  state,
  json_value,  // IN parameter that is an array of objects: a file of JSON
};

// Which bytes a value node is a view on.
enum class Side : std::uint8_t { block, in, out };

struct SchemaNode {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  NodeKind kind = NodeKind::instance_dir;
  Side side = Side::block;
  bool secret = false;
  bool writable = false;
  bool readable = true;
  std::uint8_t depth = 0;  // array indices that an inode of this node carries
  std::uint32_t parent = kNone;
  std::uint32_t method = kNone;  // index in Class::methods, for the files of a method
  std::string name;
  const wmi::Property* property = nullptr;  // values, arrays of objects, embedded objects
  // Way from the block's root: member indices; bit k of `indexed` says that an element index
  // follows members[k].
  std::vector<std::uint32_t> members;
  std::uint32_t indexed = 0;
  std::vector<std::uint32_t> children;  // in the order in which they are listed

  [[nodiscard]] bool is_directory() const;
  [[nodiscard]] unsigned permissions() const;  // the lower nine bits of st_mode
};

// Path into a block for a node, with the indices filled in.
[[nodiscard]] std::vector<wmi::PathStep> block_path(const SchemaNode& node, const Indices& indices);

class SchemaTree {
 public:
  // Tree of an instance of `cls`; null: a GUID that no class describes, whose block is shown raw.
  // `events`: the instance has an event log.
  [[nodiscard]] static SchemaTree for_instance(const wmi::Class* cls, bool events);
  // Tree of an invocation of a method: in/, out/, execute, state.
  [[nodiscard]] static SchemaTree for_invocation(const wmi::Method& method);

  [[nodiscard]] const SchemaNode& node(std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  // Child of a directory by name; not for array_dir, whose names are numbers. kNone: there is none.
  [[nodiscard]] std::uint32_t child(std::uint32_t directory, std::string_view name) const;

 private:
  struct Way {
    std::vector<std::uint32_t> members;
    std::uint32_t indexed = 0;
    std::uint8_t depth = 0;
    bool writable = true;
  };
  // kNone when the directory has the name already: the first stays, so that a class cannot hide the
  // files of the tree.
  std::uint32_t add(std::uint32_t parent, NodeKind kind, std::string name, Side side);
  void add_properties(std::uint32_t directory, std::span<const wmi::Property> properties, Side side,
                      const Way& way);
  void add_object_property(std::uint32_t directory, const wmi::Property& property, Side side,
                           const Way& way);
  void add_method(std::uint32_t root, const wmi::Method& method, std::uint32_t index);
  [[nodiscard]] static bool settable(const Way& way, const wmi::Property& property);
  void place(std::uint32_t node, const wmi::Property& property, const Way& way);

  std::vector<SchemaNode> nodes_;                           // 0 is the root directory
  std::unordered_map<std::string, std::uint32_t> by_name_;  // key: child_key(directory, name)
};

}  // namespace hbalab::fs
