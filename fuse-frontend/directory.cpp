#include "fuse-frontend/directory.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "fuse-frontend/lookup.hpp"
#include "fuse-frontend/views.hpp"

namespace hbalab::fs {
namespace {

using Kind = Target::Kind;

// What opendir found. Names are a snapshot, so that offsets stay what they are: 0 is ".", 1 is
// "..", k + 2 is entry k. Elements of an array are counted, not listed.
struct DirHandle final : Held {
  explicit DirHandle(Target directory) : target(std::move(directory)) {}

  struct Entry {
    std::string name;
    Target target;
  };

  const Target target;
  std::vector<Entry> entries;
  std::uint32_t elements = 0;   // array_dir
  bool sized_by_block = false;  // some entry's size needs the block

  std::mutex mutex;      // guards snapshot
  SnapshotPtr snapshot;  // of the listing that began last

  [[nodiscard]] bool is_array() const {
    return target.in_tree() && target.schema().kind == NodeKind::array_dir;
  }
  [[nodiscard]] std::uint64_t count() const { return is_array() ? elements : entries.size(); }
};

std::shared_ptr<DirHandle> handle_of(const fuse_file_info* fi) {
  return std::static_pointer_cast<DirHandle>(HeldList::get(fi->fh).shared_from_this());
}

void add(DirHandle& handle, std::string name, Target target) {
  handle.sized_by_block |= needs_block(target);
  handle.entries.push_back({std::move(name), std::move(target)});
}

void add_fixed(DirHandle& handle, const char* name, Kind kind) {
  Target target;
  target.kind = kind;
  add(handle, name, std::move(target));
}

void fill_class(DirHandle& handle, const InstanceList& instances) {
  const auto file = [&handle](const char* name, ClassItem item) {
    Target target = handle.target;
    target.kind = Kind::class_file;
    target.item = item;
    add(handle, name, std::move(target));
  };
  if (handle.target.cls->cls != nullptr) {
    file("class.mof", ClassItem::mof);
    file("class.json", ClassItem::json);
  }
  file("guid", ClassItem::guid);
  for (const InstancePtr& instance : instances.instances) {
    Target target;
    target.kind = Kind::instance;
    target.instance = instance;
    target.cls = instance->cls;
    target.tree = &instance->cls->tree;
    add(handle, instance->dir_name, std::move(target));
  }
}

void fill_tree(Core& core, DirHandle& handle) {
  const SchemaNode& node = handle.target.schema();
  if (node.side == Side::out && !handle.target.invocation->out()) return;
  for (const std::uint32_t child : node.children) {
    Target target = Core::at_node(handle.target, child, handle.target.indices);
    const SchemaNode& schema = target.schema();
    add(handle, schema.name, std::move(target));
  }
  if (node.kind != NodeKind::method_dir) return;
  for (auto& invocation : core.invocations.list(handle.target.instance, node.method)) {
    Target target;
    target.kind = Kind::invocation;
    target.instance = handle.target.instance;
    target.cls = handle.target.cls;
    target.tree = &invocation->tree();
    std::string name = invocation->name;
    target.invocation = std::move(invocation);
    add(handle, std::move(name), std::move(target));
  }
}

int fill_lab(Core& core, DirHandle& handle) {
  auto nodes = core.control->list(handle.target.path);
  if (!nodes) return nodes.error().error == 0 ? EIO : nodes.error().error;
  for (auto& node : *nodes) {
    Target target;
    target.kind = Kind::lab;
    target.path = handle.target.path.empty() ? node.name : handle.target.path + "/" + node.name;
    std::string name = node.name;
    target.lab_node = std::move(node);
    target.lab_known = true;
    add(handle, std::move(name), std::move(target));
  }
  return 0;
}

// What needs no driver; returns an errno.
int fill(Core& core, DirHandle& handle) {
  switch (handle.target.kind) {
    case Kind::root:
      add_fixed(handle, "README", Kind::readme);
      add_fixed(handle, "root", Kind::os);
      if (core.control) add_fixed(handle, "lab", Kind::lab);
      return 0;
    case Kind::os:
      add_fixed(handle, "wmi", Kind::wmi);
      return 0;
    case Kind::wmi: {
      const auto list = core.catalog.classes();  // outlives the loop
      for (const ClassPtr& cls : list->classes) {
        Target target;
        target.kind = Kind::class_dir;
        target.cls = cls;
        add(handle, cls->dir_name, std::move(target));
      }
      return 0;
    }
    case Kind::lab:
      return fill_lab(core, handle);
    case Kind::instance:
    case Kind::invocation:
      fill_tree(core, handle);
      return 0;
    default:
      return ENOTDIR;
  }
}

void reply_opendir(const std::shared_ptr<PendingReply>& pending, std::shared_ptr<DirHandle> handle,
                   const fuse_file_info& info) {
  pending->complete([handle = std::move(handle), info](fuse_req_t req) mutable {
    Core& core = core_of(req);
    fuse_file_info fi = info;
    fi.fh = core.held.add(std::move(handle));
    // When the reply does not arrive, no releasedir will come.
    if (fuse_reply_open(req, &fi) != 0) (void)core.held.remove(fi.fh);
  });
}

struct Listing {
  std::vector<char> buffer;
  std::size_t used = 0;
  std::vector<fuse_ino_t> counted;  // interned nodes that the kernel will count
};

// Appends one entry; false when it does not fit.
bool append(fuse_req_t req, Core& core, Listing& out, const std::string& name, Target& target,
            const Snapshot* snapshot, off_t next, bool plus) {
  char* at = out.buffer.data() + out.used;
  const std::size_t left = out.buffer.size() - out.used;
  if (!plus) {
    core.number(target, false);
    struct stat st{};
    st.st_ino = target.ino;
    const bool directory =
        target.in_tree() ? target.schema().is_directory()
        : target.kind == Kind::lab
            ? !target.lab_known || target.lab_node.kind == lab::ControlNode::Kind::directory
            : target.kind != Kind::readme && target.kind != Kind::class_file;
    st.st_mode = directory ? S_IFDIR : S_IFREG;
    const std::size_t length = fuse_add_direntry(req, at, left, name.c_str(), &st, next);
    if (length > left) return false;
    out.used += length;
    return true;
  }
  const std::size_t length = fuse_add_direntry_plus(req, nullptr, 0, name.c_str(), nullptr, 0);
  if (length > left) return false;
  const auto found = attributes(core, target, snapshot, SizeEffort::listing);
  fuse_entry_param entry{};
  if (found && !expensive_size(target) && !target.own_node()) {
    entry.ino = core.number_node(target);
    if (decode_inode(entry.ino).kind == InodeKind::interned) out.counted.push_back(entry.ino);
    entry.generation = target.instance ? target.instance->generation : 1;
    entry.attr_timeout = found->attr_timeout;
    entry.entry_timeout = found->entry_timeout;
  } else {
    // The name only: the kernel looks it up when somebody wants to know more.
    core.number(target, false);
  }
  if (found) entry.attr = found->stat;
  entry.attr.st_ino = target.ino;
  fuse_add_direntry_plus(req, at, left, name.c_str(), &entry, next);
  out.used += length;
  return true;
}

bool append_dot(fuse_req_t req, Listing& out, const char* name, fuse_ino_t ino, off_t next,
                bool plus) {
  const std::size_t left = out.buffer.size() - out.used;
  char* at = out.buffer.data() + out.used;
  fuse_entry_param entry{};
  entry.attr.st_ino = ino;
  entry.attr.st_mode = S_IFDIR;
  const std::size_t length = plus ? fuse_add_direntry_plus(req, at, left, name, &entry, next)
                                  : fuse_add_direntry(req, at, left, name, &entry.attr, next);
  if (length > left) return false;
  out.used += length;
  return true;
}

void list(fuse_req_t req, Core& core, DirHandle& handle, const Snapshot* snapshot, std::size_t size,
          off_t offset, bool plus) {
  Listing out;
  out.buffer.resize(size);
  auto at = static_cast<std::uint64_t>(offset < 0 ? 0 : offset);
  bool room = true;
  for (; room && at < 2; ++at) {
    const auto next = static_cast<off_t>(at + 1);
    room = append_dot(req, out, at == 0 ? "." : "..", handle.target.ino, next, plus);
  }
  const std::uint64_t count = handle.count();
  for (; room && at - 2 < count; ++at) {
    const std::uint64_t k = at - 2;
    const auto next = static_cast<off_t>(at + 1);
    if (handle.is_array()) {
      Target element = Core::at_node(handle.target, handle.target.schema().children.front(),
                                     handle.target.indices.with(static_cast<std::uint32_t>(k)));
      room = append(req, core, out, std::to_string(k), element, nullptr, next, plus);
    } else {
      DirHandle::Entry& entry = handle.entries[k];
      Target target = entry.target;
      room = append(req, core, out, entry.name, target, snapshot, next, plus);
    }
  }
  if (fuse_reply_buf(req, out.buffer.data(), out.used) != 0) {
    for (const fuse_ino_t ino : out.counted) core.forget(ino, 1);
  }
}

}  // namespace

void on_opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  Core& core = core_of(req);
  auto target = core.resolve(ino);
  if (!target) {
    fuse_reply_err(req, target.error());
    return;
  }
  auto handle = std::make_shared<DirHandle>(*std::move(target));
  auto pending = core.defer(req);
  if (handle->target.kind == Kind::class_dir) {
    core.catalog.instances(handle->target.cls, [core_ptr = core.shared_from_this(), handle, pending,
                                                info = *fi](Catalog::ListResult result) {
      // Without its instances a class still has its texts; but an error must not look like a
      // class without instances.
      if (!result) return pending->fail(errno_of(result.error().status));
      fill_class(*handle, **result);
      reply_opendir(pending, handle, info);
    });
  } else if (handle->is_array()) {
    get_block(core, handle->target, pending,
              [handle, pending, info = *fi](std::expected<SnapshotPtr, Failure> snapshot) {
                if (!snapshot) return pending->fail(snapshot.error().error);
                const auto count = element_count(handle->target.schema(), handle->target.indices,
                                                 (*snapshot)->view);
                if (!count) return pending->fail(count.error().error);
                handle->elements = *count;
                reply_opendir(pending, handle, info);
              });
  } else if (const int error = fill(core, *handle); error != 0) {
    pending->fail(error);
  } else {
    reply_opendir(pending, handle, *fi);
  }
  pending->wait();
}

void on_readdir(fuse_req_t req, fuse_ino_t, size_t size, off_t offset, fuse_file_info* fi) {
  const auto handle = handle_of(fi);
  list(req, core_of(req), *handle, nullptr, size, offset, false);
}

void on_readdirplus(fuse_req_t req, fuse_ino_t, size_t size, off_t offset, fuse_file_info* fi) {
  Core& core = core_of(req);
  auto handle = handle_of(fi);
  SnapshotPtr snapshot;
  if (handle->sized_by_block && offset != 0) {
    const std::scoped_lock lock(handle->mutex);
    snapshot = handle->snapshot;
  }
  if (!handle->sized_by_block || offset != 0) {
    list(req, core, *handle, snapshot.get(), size, offset, true);
    return;
  }
  // A listing that begins takes the sizes from the block as it is now.
  auto pending = core.defer(req);
  get_block(core, handle->target, pending,
            [core_ptr = core.shared_from_this(), handle, pending, size,
             offset](std::expected<SnapshotPtr, Failure> block) {
              SnapshotPtr fresh = block ? *std::move(block) : nullptr;
              {
                const std::scoped_lock lock(handle->mutex);
                handle->snapshot = fresh;
              }
              pending->complete([core_ptr, handle, fresh, size, offset](fuse_req_t r) {
                list(r, *core_ptr, *handle, fresh.get(), size, offset, true);
              });
            });
  pending->wait();
}

void on_releasedir(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) {
  const auto last = core_of(req).held.remove(fi->fh);
  fuse_reply_err(req, 0);
}

}  // namespace hbalab::fs
