#include "fuse-frontend/core.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{1000};

// Element of an interned or encoded inode below an instance or an invocation.
bool set_node(Target& target, std::uint32_t node, const Indices& indices) {
  if (node >= target.tree->size() || target.tree->node(node).depth != indices.depth) return false;
  target.node = node;
  target.indices = indices;
  return true;
}

}  // namespace

Core::Core(MountOptions mount_options)
    : options(std::move(mount_options)),
      client(options.client),
      control(options.control),
      catalog(client, {options.small_block, options.share_block_for, options.keep_block_for},
              options.event_log_bytes),
      uid(getuid()),
      gid(getgid()) {
  pending = std::make_shared<PendingTable>();
  clock_gettime(CLOCK_REALTIME, &started);
}

Core::~Core() = default;

void Core::start(fuse_session* session) {
  {
    const std::scoped_lock lock(session_mutex_);
    session_ = session;
  }
  const std::weak_ptr<Core> weak = weak_from_this();
  registry_token_ = client->registry()->on_change([weak] {
    if (auto core = weak.lock()) {
      core->worker.post([weak] {
        if (auto self = weak.lock()) self->registry_changed();
      });
    }
  });
  if (options.events) {
    hub_token_ = options.events->subscribe([weak](const wmi::Event& event) {
      if (auto core = weak.lock()) core->on_event(event);
    });
  }
  if (control) {
    lab_token_ = control->on_change([weak](std::string_view directory) {
      if (auto core = weak.lock()) {
        core->worker.post([weak, path = std::string(directory)] {
          if (auto self = weak.lock()) self->lab_changed(path);
        });
      }
    });
  }
  worker.set_periodic(kSweepEvery, [this] { return catalog.sweep(BlockSource::Clock::now()); });
  // Here, not on the worker: who sees the tree finds the drivers' events enabled.
  registry_changed();
}

void Core::stop() {
  registry_token_.reset();
  hub_token_.reset();
  lab_token_.reset();
  pending->shut_down();  // first: a notification may wait in the kernel for one of these requests
  {
    const std::scoped_lock lock(session_mutex_);
    session_ = nullptr;
  }
  worker.stop();
}

void Core::with_session(const std::function<void(fuse_session*)>& task) {
  const std::scoped_lock lock(session_mutex_);
  if (session_ != nullptr) task(session_);
}

void Core::registry_changed() {
  (void)catalog.classes();
  for (const auto& registration : catalog.take_new_event_registrations()) {
    // A driver that refuses fires no events; there is nobody here to tell.
    client->enable_events(registration, true, [](const std::expected<void, wmi::WmiError>&) {});
  }
  invocations.purge(catalog);
  const Disappeared gone = catalog.take_disappeared();
  for (const auto& [cls, name] : gone.instances) {
    if (const auto parent = encode_inode(InodeKind::class_item, cls, 0, {})) {
      invalidate_entry(*parent, name);
    }
  }
  for (const std::string& name : gone.classes) invalidate_entry(kWmiInode, name);
}

void Core::invalidate_entry(fuse_ino_t parent, const std::string& name) {
  // Fails with ENOENT where the kernel does not know the name, which is what is wanted.
  with_session([&](fuse_session* session) {
    fuse_lowlevel_notify_inval_entry(session, parent, name.c_str(), name.size());
  });
}

void Core::on_event(const wmi::Event& event) {
  auto name = wmi::to_utf16(event.instance_name);
  if (!name) return;
  const wmi::InstanceRef ref{
      event.provider, event.guid, {wmi::InstanceKey::kByName, *std::move(name)}};
  const InstancePtr instance = catalog.instance(ref);
  if (instance && instance->events) instance->events->append(event_line(event, instance->cls->cls));
}

void Core::lab_changed(const std::string& directory) {
  for (const std::string& name : interned.known_children(directory)) {
    const std::string path = directory.empty() ? name : directory + "/" + name;
    if (control->stat(path)) continue;
    InternedTarget parent;
    parent.path = directory;
    const auto inode = directory.empty() ? kLabInode : interned.known_inode(parent);
    if (inode) invalidate_entry(*inode, name);
  }
}

std::shared_ptr<LogFile> Core::lab_log(const std::string& path) {
  {
    const std::scoped_lock lock(logs_mutex_);
    if (auto known = lab_logs_[path].lock()) return known;
  }
  auto source = control->log(path);
  const std::scoped_lock lock(logs_mutex_);
  if (!source) {
    lab_logs_.erase(path);
    return nullptr;
  }
  auto& shared = lab_logs_[path];
  auto file = shared.lock();
  if (!file) shared = file = std::make_shared<LogFile>(std::move(source));
  return file;
}

namespace {

std::optional<Target> fixed_target(fuse_ino_t ino) {
  Target target;
  target.ino = ino;
  switch (ino) {
    case kRootInode:
      target.kind = Target::Kind::root;
      break;
    case kReadmeInode:
      target.kind = Target::Kind::readme;
      break;
    case kOsInode:
      target.kind = Target::Kind::os;
      break;
    case kWmiInode:
      target.kind = Target::Kind::wmi;
      break;
    case kLabInode:
      target.kind = Target::Kind::lab;
      break;
    default:
      return std::nullopt;
  }
  return target;
}

}  // namespace

std::expected<Target, int> Core::resolve(fuse_ino_t ino) {
  if (auto fixed = fixed_target(ino)) {
    if (fixed->kind == Target::Kind::lab && !control) return std::unexpected(ENOENT);
    return *std::move(fixed);
  }
  const InodeParts parts = decode_inode(ino);
  InternedTarget what{parts.kind, parts.slot, parts.node, {}, {}};
  const bool interned_one = parts.kind == InodeKind::interned;
  if (interned_one) {
    auto found = interned.find(ino);
    if (!found) return std::unexpected(ESTALE);
    what = *std::move(found);
  }
  Target target;
  target.ino = ino;
  switch (what.kind) {
    case InodeKind::interned:
      target.kind = Target::Kind::lab;
      target.path = std::move(what.path);
      return target;
    case InodeKind::class_item: {
      const auto list = catalog.classes();
      const auto cls = list->by_index.find(what.slot);
      if (cls == list->by_index.end()) return std::unexpected(ESTALE);
      target.kind = what.node == 0 ? Target::Kind::class_dir : Target::Kind::class_file;
      target.cls = cls->second;
      target.item = static_cast<ClassItem>(what.node);
      return target;
    }
    case InodeKind::instance:
      target.instance = catalog.instance(what.slot);
      if (!target.instance) return std::unexpected(ESTALE);
      target.kind = Target::Kind::instance;
      target.cls = target.instance->cls;
      target.tree = &target.cls->tree;
      break;
    case InodeKind::invocation:
      target.invocation = invocations.find(what.slot);
      if (!target.invocation) return std::unexpected(ESTALE);
      target.kind = Target::Kind::invocation;
      target.instance = target.invocation->instance;
      target.cls = target.instance->cls;
      target.tree = &target.invocation->tree();
      break;
    default:
      return std::unexpected(ESTALE);
  }
  if (!interned_one) {
    if (what.node >= target.tree->size()) return std::unexpected(ESTALE);
    const auto indices = unpack_indices(parts.packed_indices, target.tree->node(what.node).depth);
    if (!indices) return std::unexpected(ESTALE);
    what.indices = *indices;
  }
  if (!set_node(target, what.node, what.indices)) return std::unexpected(ESTALE);
  if (interned_one) {
    number(target, false);  // stat shows one number for all nodes of a file
    if (target.own_node()) target.own = ino;
  }
  return target;
}

Target Core::at_node(const Target& from, std::uint32_t node, const Indices& indices) {
  Target target = from;
  target.ino = 0;
  target.own = 0;
  target.node = node;
  target.indices = indices;
  return target;
}

bool Target::own_node() const {
  if (!in_tree()) return false;
  const NodeKind it = schema().kind;
  return it == NodeKind::call || it == NodeKind::call_bin || it == NodeKind::execute;
}

fuse_ino_t Core::number_node(Target& target) {
  const bool own = target.own_node();
  number(target, !own);
  if (!own) return target.ino;
  InternedTarget what;
  what.kind = target.invocation ? InodeKind::invocation : InodeKind::instance;
  what.slot = target.invocation ? target.invocation->id : target.instance->slot;
  what.node = target.node;
  what.indices = target.indices;
  return interned.look_up_own(what, std::chrono::steady_clock::now());
}

void Core::forget(fuse_ino_t node, std::uint64_t count) {
  if (decode_inode(node).kind == InodeKind::interned) interned.forget(node, count);
}

void Core::number(Target& target, bool counted) {
  InternedTarget what;
  switch (target.kind) {
    case Target::Kind::root:
      target.ino = kRootInode;
      return;
    case Target::Kind::readme:
      target.ino = kReadmeInode;
      return;
    case Target::Kind::os:
      target.ino = kOsInode;
      return;
    case Target::Kind::wmi:
      target.ino = kWmiInode;
      return;
    case Target::Kind::class_dir:
    case Target::Kind::class_file:
      what.kind = InodeKind::class_item;
      what.slot = target.cls->index;
      what.node = static_cast<std::uint32_t>(target.item);
      break;
    case Target::Kind::instance:
      what.kind = InodeKind::instance;
      what.slot = target.instance->slot;
      what.node = target.node;
      what.indices = target.indices;
      break;
    case Target::Kind::invocation:
      what.kind = InodeKind::invocation;
      what.slot = target.invocation->id;
      what.node = target.node;
      what.indices = target.indices;
      break;
    case Target::Kind::lab:
      if (target.path.empty()) {
        target.ino = kLabInode;
        return;
      }
      what.path = target.path;
      break;
  }
  if (what.kind != InodeKind::interned) {
    if (const auto inode = encode_inode(what.kind, what.slot, what.node, what.indices)) {
      target.ino = *inode;
      return;
    }
  }
  target.ino = counted ? interned.look_up(what) : interned.peek(what);
}

}  // namespace hbalab::fs
