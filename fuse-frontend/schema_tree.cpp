#include "fuse-frontend/schema_tree.hpp"

#include "fuse-frontend/names.hpp"

namespace hbalab::fs {
namespace {

// Embedded classes nested deeper than this are not followed; no class of the interface nests more
// than three times.
constexpr std::size_t kMaxNesting = 16;

std::string child_key(std::uint32_t directory, std::string_view name) {
  std::string key;
  key.reserve(sizeof directory + name.size());
  for (unsigned shift = 0; shift < 32; shift += 8) {
    key += static_cast<char>(directory >> shift & 0xFFu);
  }
  key += name;
  return key;
}

bool has_block(const wmi::Class* cls) {
  return cls == nullptr || (cls->kind == wmi::ClassKind::data_block && !cls->properties.empty());
}

}  // namespace

bool SchemaNode::is_directory() const {
  switch (kind) {
    case NodeKind::instance_dir:
    case NodeKind::object_dir:
    case NodeKind::array_dir:
    case NodeKind::element_dir:
    case NodeKind::method_dir:
    case NodeKind::invocation_dir:
    case NodeKind::in_dir:
    case NodeKind::out_dir:
      return true;
    default:
      return false;
  }
}

unsigned SchemaNode::permissions() const {
  if (is_directory()) return kind == NodeKind::method_dir ? 0755 : 0555;
  switch (kind) {
    case NodeKind::call:
    case NodeKind::call_bin:
      return 0600;
    case NodeKind::execute:
      return 0200;
    default:
      break;
  }
  if (secret || !readable) return writable ? 0200 : 0000;
  return writable ? 0644 : 0444;
}

std::vector<wmi::PathStep> block_path(const SchemaNode& node, const Indices& indices) {
  std::vector<wmi::PathStep> path;
  path.reserve(node.members.size());
  unsigned next = 0;
  for (std::size_t k = 0; k < node.members.size(); ++k) {
    wmi::PathStep step{node.members[k], wmi::PathStep::kNoElement};
    if ((node.indexed >> k & 1u) != 0 && next < indices.depth) step.element = indices.at[next++];
    path.push_back(step);
  }
  return path;
}

std::uint32_t SchemaTree::add(std::uint32_t parent, NodeKind kind, std::string name, Side side) {
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  if (parent != SchemaNode::kNone) {
    const auto [at, fresh] = by_name_.emplace(child_key(parent, name), index);
    if (!fresh) return SchemaNode::kNone;
  }
  SchemaNode node;
  node.kind = kind;
  node.side = side;
  node.parent = parent;
  node.name = std::move(name);
  if (parent != SchemaNode::kNone) {
    node.method = nodes_[parent].method;
    node.depth = nodes_[parent].depth;
    nodes_[parent].children.push_back(index);
  }
  nodes_.push_back(std::move(node));
  return index;
}

// An object is set as a whole: whether its members can be written is said by the property that it
// is the value of, not by its own class, which other properties have as well.
bool SchemaTree::settable(const Way& way, const wmi::Property& property) {
  return way.members.size() > 1 ? way.writable : property.writable;
}

void SchemaTree::place(std::uint32_t index, const wmi::Property& property, const Way& way) {
  if (index == SchemaNode::kNone) return;
  SchemaNode& node = nodes_[index];
  node.property = &property;
  node.members = way.members;
  node.indexed = way.indexed;
  node.depth = way.depth;
  node.secret = property.secret;
  node.readable = property.readable || node.side != Side::block;
  switch (node.side) {
    case Side::block:
      node.writable = settable(way, property);
      break;
    case Side::in:
      node.writable = true;
      break;
    case Side::out:
      node.writable = false;
      break;
  }
}

void SchemaTree::add_object_property(std::uint32_t directory, const wmi::Property& property,
                                     Side side, const Way& way) {
  const wmi::Class* cls = property.object_class;
  if (cls == nullptr || way.members.size() >= kMaxNesting) return;
  const std::string name = encode_name(property.name);
  Way inner = way;
  inner.writable = settable(way, property);
  if (property.array == wmi::ArrayKind::none) {
    const std::uint32_t node = add(directory, NodeKind::object_dir, name, side);
    if (node == SchemaNode::kNone) return;
    place(node, property, way);
    add_properties(node, cls->properties, side, inner);
    return;
  }
  if (side == Side::in) {
    place(add(directory, NodeKind::json_value, name, side), property, way);
    return;
  }
  if (way.depth >= kMaxIndices) return;
  const std::uint32_t array = add(directory, NodeKind::array_dir, name, side);
  if (array == SchemaNode::kNone) return;
  place(array, property, way);
  inner.indexed |= 1u << (inner.members.size() - 1);
  ++inner.depth;
  const std::uint32_t element = add(array, NodeKind::element_dir, "N", side);
  place(element, property, inner);
  add_properties(element, cls->properties, side, inner);
}

void SchemaTree::add_properties(std::uint32_t directory, std::span<const wmi::Property> properties,
                                Side side, const Way& way) {
  for (std::uint32_t i = 0; i < properties.size(); ++i) {
    const wmi::Property& property = properties[i];
    if (property.key) continue;
    Way here = way;
    here.members.push_back(i);
    if (property.type == wmi::CimType::object) {
      add_object_property(directory, property, side, here);
      continue;
    }
    const std::string name = encode_name(property.name);
    place(add(directory, NodeKind::value, name, side), property, here);
    if (property.enumeration && !property.secret && property.readable) {
      const std::uint32_t names = add(directory, NodeKind::value_name, name + ".name", side);
      place(names, property, here);
      if (names != SchemaNode::kNone) nodes_[names].writable = false;
    }
  }
}

void SchemaTree::add_method(std::uint32_t root, const wmi::Method& method, std::uint32_t index) {
  const std::uint32_t directory =
      add(root, NodeKind::method_dir, encode_name(method.name), Side::block);
  if (directory == SchemaNode::kNone) return;
  nodes_[directory].method = index;
  add(directory, NodeKind::method_json, "method.json", Side::block);
  add(directory, NodeKind::call, "call", Side::block);
  add(directory, NodeKind::call_bin, "call.bin", Side::block);
  add(directory, NodeKind::last_json, "last.json", Side::block);
}

SchemaTree SchemaTree::for_instance(const wmi::Class* cls, bool events) {
  SchemaTree tree;
  const std::uint32_t root = tree.add(SchemaNode::kNone, NodeKind::instance_dir, "", Side::block);
  tree.add(root, NodeKind::instance_name, "InstanceName", Side::block);
  tree.add(root, NodeKind::active, "Active", Side::block);
  if (has_block(cls)) {
    tree.add(root, NodeKind::block_bin, "block.bin", Side::block);
    if (cls != nullptr) {
      tree.add(root, NodeKind::instance_json, "instance.json", Side::block);
      tree.add_properties(root, cls->properties, Side::block, {});
    }
  }
  if (events) tree.add(root, NodeKind::events_log, "events.jsonl", Side::block);
  if (cls != nullptr) {
    for (std::uint32_t i = 0; i < cls->methods.size(); ++i) {
      tree.add_method(root, cls->methods[i], i);
    }
  }
  return tree;
}

SchemaTree SchemaTree::for_invocation(const wmi::Method& method) {
  SchemaTree tree;
  const std::uint32_t root = tree.add(SchemaNode::kNone, NodeKind::invocation_dir, "", Side::block);
  const std::uint32_t in = tree.add(root, NodeKind::in_dir, "in", Side::in);
  tree.add_properties(in, method.in, Side::in, {});
  const std::uint32_t out = tree.add(root, NodeKind::out_dir, "out", Side::out);
  tree.add_properties(out, method.out, Side::out, {});
  tree.nodes_[tree.add(root, NodeKind::execute, "execute", Side::block)].writable = true;
  tree.add(root, NodeKind::state, "state", Side::block);
  return tree;
}

std::uint32_t SchemaTree::child(std::uint32_t directory, std::string_view name) const {
  const auto found = by_name_.find(child_key(directory, name));
  return found == by_name_.end() ? SchemaNode::kNone : found->second;
}

}  // namespace hbalab::fs
