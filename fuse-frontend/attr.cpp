// Attributes. Sizes are true wherever they can be told without a surprise to the driver: archivers
// copy exactly as many bytes as st_size says, and call a file that ends earlier damaged.
#include <cerrno>

#include "fuse-frontend/core.hpp"
#include "fuse-frontend/views.hpp"

namespace hbalab::fs {
namespace {

using Kind = Target::Kind;

struct Size {
  off_t bytes = 0;
  double timeout = kForever;
};

Attributes base(const Core& core, const Target& target, unsigned mode, bool directory) {
  Attributes attributes;
  struct stat& st = attributes.stat;
  st.st_ino = target.ino;
  st.st_mode = (directory ? static_cast<mode_t>(S_IFDIR) : static_cast<mode_t>(S_IFREG)) | mode;
  st.st_nlink = 1;  // for a directory: the number of subdirectories is not told
  st.st_uid = core.uid;
  st.st_gid = core.gid;
  st.st_blksize = 4096;
  st.st_atim = st.st_mtim = st.st_ctim = core.started;
  attributes.attr_timeout = kForever;
  return attributes;
}

void set_size(Attributes& attributes, const Size& size) {
  attributes.stat.st_size = size.bytes;
  attributes.stat.st_blocks = (size.bytes + 511) / 512;
  attributes.attr_timeout = size.timeout;
}

Size text_size(const std::string& text, double timeout) {
  return {static_cast<off_t>(text.size()), timeout};
}

Size value_size(const Target& target, const Snapshot* snapshot) {
  const SchemaNode& node = target.schema();
  if (node.secret || !node.readable) return {0, kForever};
  if (node.side == Side::in) {
    const auto text = target.invocation->read_in(node);
    return text ? text_size(*text, kNever) : Size{0, kNever};
  }
  SnapshotPtr result;
  if (node.side == Side::out) {
    result = target.invocation->out();
    snapshot = result.get();
  }
  if (snapshot == nullptr) return {kUnknownSize, kNever};
  const auto text = render_value(node, target.indices, snapshot->view);
  return text ? text_size(*text, kSoon) : Size{kUnknownSize, kNever};
}

Size instance_json_size(const Target& target, const Snapshot* snapshot, SizeEffort effort) {
  if (snapshot == nullptr) return {kUnknownSize, kNever};
  if (effort == SizeEffort::listing || snapshot->bytes().size() > kRenderForSize) return {0, kSoon};
  const auto text = render_instance(*target.instance, snapshot->view);
  return text ? text_size(*text, kSoon) : Size{kUnknownSize, kNever};
}

Size node_size(const Target& target, const Snapshot* snapshot, SizeEffort effort) {
  const SchemaNode& node = target.schema();
  const Instance& instance = *target.instance;
  switch (node.kind) {
    case NodeKind::instance_name:
      return {static_cast<off_t>(instance.name.size() + 1), kForever};
    case NodeKind::active:
      return {2, kForever};
    case NodeKind::value:
    case NodeKind::value_name:
    case NodeKind::json_value:
      return value_size(target, snapshot);
    case NodeKind::instance_json:
      return instance_json_size(target, snapshot, effort);
    case NodeKind::block_bin:
      if (snapshot == nullptr) return {kUnknownSize, kNever};
      return {static_cast<off_t>(snapshot->bytes().size()), kSoon};
    case NodeKind::events_log:
      return {static_cast<off_t>(instance.log_file->size()), kNever};
    case NodeKind::method_json:
      return text_size(target.cls->method_json[node.method], kForever);
    case NodeKind::last_json:
      return text_size(
          instance.methods[node.method].render(target.cls->cls->methods[node.method],
                                               instance.ref.provider.get(), instance.ref.guid),
          kNever);
    case NodeKind::state:
      return {static_cast<off_t>(Invocation::state_name(target.invocation->state()).size() + 1),
              kNever};
    default:
      return {0, kForever};  // call, call.bin, execute: nothing to read before a request
  }
}

double entry_timeout(const Target& target) {
  if (target.own_node()) return kNever;
  switch (target.kind) {
    case Kind::class_dir:
    case Kind::class_file:
      return kForever;
    case Kind::instance:
      return target.node == 0 || target.schema().kind == NodeKind::element_dir ? kSoon : kForever;
    case Kind::invocation:
      return kSoon;
    case Kind::lab:
      return target.path.empty() ? kForever : kSoon;
    default:
      return kForever;
  }
}

std::expected<Attributes, int> lab_attributes(Core& core, const Target& target) {
  lab::ControlNode node = target.lab_node;
  if (target.path.empty() && !target.lab_known) {
    node.kind = lab::ControlNode::Kind::directory;
  } else if (!target.lab_known) {
    auto found = core.control->stat(target.path);
    if (!found) return std::unexpected(found.error().error == 0 ? ENOENT : found.error().error);
    node = *std::move(found);
  }
  if (node.kind == lab::ControlNode::Kind::directory) {
    return base(core, target, node.writable || node.removable ? 0755 : 0555, true);
  }
  unsigned mode = (node.readable ? 0444u : 0u) | (node.writable ? 0200u : 0u);
  Attributes attributes = base(core, target, mode, false);
  Size size{0, kNever};
  if (node.kind == lab::ControlNode::Kind::log) {
    const auto log = core.lab_log(target.path);
    if (log) size.bytes = static_cast<off_t>(log->size());
  } else if (node.readable) {
    const auto text = core.control->read(target.path);
    if (text) size.bytes = static_cast<off_t>(text->size());
  }
  set_size(attributes, size);
  return attributes;
}

Size class_file_size(const Target& target) {
  switch (target.item) {
    case ClassItem::mof:
      return text_size(target.cls->mof, kForever);
    case ClassItem::json:
      return text_size(target.cls->json, kForever);
    default:
      return text_size(target.cls->guid_text, kForever);
  }
}

}  // namespace

bool needs_block(const Target& target) {
  if (!target.in_tree() || target.invocation) return false;
  const SchemaNode& node = target.schema();
  switch (node.kind) {
    case NodeKind::value:
    case NodeKind::value_name:
      return !node.secret && node.readable;
    case NodeKind::instance_json:
    case NodeKind::block_bin:
      return true;
    default:
      return false;
  }
}

bool expensive_size(const Target& target) {
  return target.in_tree() && target.schema().kind == NodeKind::instance_json;
}

std::expected<Attributes, int> attributes(Core& core, const Target& target,
                                          const Snapshot* snapshot, SizeEffort effort) {
  std::expected<Attributes, int> result;
  switch (target.kind) {
    case Kind::root:
    case Kind::os:
    case Kind::wmi:
    case Kind::class_dir:
      result = base(core, target, 0555, true);
      break;
    case Kind::readme:
      result = base(core, target, 0444, false);
      set_size(*result, text_size(core.options.readme, kForever));
      break;
    case Kind::class_file:
      result = base(core, target, 0444, false);
      set_size(*result, class_file_size(target));
      break;
    case Kind::lab:
      result = lab_attributes(core, target);
      break;
    case Kind::instance:
    case Kind::invocation: {
      const SchemaNode& node = target.schema();
      result = base(core, target, node.permissions(), node.is_directory());
      if (!node.is_directory()) set_size(*result, node_size(target, snapshot, effort));
      break;
    }
  }
  if (result) result->entry_timeout = entry_timeout(target);
  return result;
}

}  // namespace hbalab::fs
