#include "fuse-frontend/lookup.hpp"

#include <cerrno>
#include <climits>
#include <cstring>

#include "fuse-frontend/names.hpp"
#include "fuse-frontend/views.hpp"

namespace hbalab::fs {
namespace {

using Kind = Target::Kind;

std::expected<Target, int> fixed_child(const Core& core, const Target& directory,
                                       const std::string& name) {
  Target child;
  if (directory.kind == Kind::root && name == "README") {
    child.kind = Kind::readme;
  } else if (directory.kind == Kind::root && name == "root") {
    child.kind = Kind::os;
  } else if (directory.kind == Kind::root && name == "lab" && core.control) {
    child.kind = Kind::lab;
  } else if (directory.kind == Kind::os && name == "wmi") {
    child.kind = Kind::wmi;
  } else {
    return std::unexpected(ENOENT);
  }
  return child;
}

void class_child(Core& core, const Target& directory, const std::string& name, TargetReply reply) {
  Target child = directory;
  child.kind = Kind::class_file;
  if (name == "guid") {
    child.item = ClassItem::guid;
    return reply(std::move(child));
  }
  if (directory.cls->cls != nullptr && (name == "class.mof" || name == "class.json")) {
    child.item = name == "class.mof" ? ClassItem::mof : ClassItem::json;
    return reply(std::move(child));
  }
  core.catalog.instances(directory.cls,
                         [name, core_ptr = core.shared_from_this(),
                          reply = std::move(reply)](Catalog::ListResult list) mutable {
                           if (!list) return reply(std::unexpected(errno_of(list.error().status)));
                           const auto found = (*list)->by_name.find(name);
                           if (found == (*list)->by_name.end())
                             return reply(std::unexpected(ENOENT));
                           Target instance;
                           instance.kind = Kind::instance;
                           instance.instance = found->second;
                           instance.cls = instance.instance->cls;
                           instance.tree = &instance.cls->tree;
                           reply(std::move(instance));
                         });
}

void element_child(Core& core, const Target& directory, const std::string& name,
                   const std::shared_ptr<PendingReply>& pending, TargetReply reply) {
  std::uint32_t index = 0;
  if (!parse_index(name, index)) return reply(std::unexpected(ENOENT));
  get_block(core, directory, pending,
            [directory, index,
             reply = std::move(reply)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
              if (!snapshot) return reply(std::unexpected(snapshot.error().error));
              const auto count =
                  element_count(directory.schema(), directory.indices, (*snapshot)->view);
              if (!count) return reply(std::unexpected(count.error().error));
              if (index >= *count) return reply(std::unexpected(ENOENT));
              reply(Core::at_node(directory, directory.schema().children.front(),
                                  directory.indices.with(index)));
            });
}

void tree_child(Core& core, const Target& directory, const std::string& name,
                const std::shared_ptr<PendingReply>& pending, TargetReply reply) {
  const SchemaNode& node = directory.schema();
  if (node.kind == NodeKind::array_dir) {
    return element_child(core, directory, name, pending, std::move(reply));
  }
  // The results of an invocation appear when it has run.
  if (node.side == Side::out && !directory.invocation->out()) return reply(std::unexpected(ENOENT));
  const std::uint32_t child = directory.tree->child(directory.node, name);
  if (child != SchemaNode::kNone) return reply(Core::at_node(directory, child, directory.indices));
  if (node.kind == NodeKind::method_dir) {
    if (auto found = core.invocations.find(directory.instance, node.method, name)) {
      Target target;
      target.kind = Kind::invocation;
      target.instance = directory.instance;
      target.cls = directory.cls;
      target.tree = &found->tree();
      target.invocation = std::move(found);
      return reply(std::move(target));
    }
  }
  reply(std::unexpected(ENOENT));
}

std::expected<Target, int> lab_child(Core& core, const Target& directory, const std::string& name) {
  Target child;
  child.kind = Kind::lab;
  child.path = directory.path.empty() ? name : directory.path + "/" + name;
  auto found = core.control->stat(child.path);
  if (!found) return std::unexpected(found.error().error == 0 ? ENOENT : found.error().error);
  child.lab_node = *std::move(found);
  child.lab_known = true;
  return child;
}

}  // namespace

void find_child(Core& core, const Target& directory, const std::string& name,
                const std::shared_ptr<PendingReply>& pending, TargetReply reply) {
  switch (directory.kind) {
    case Kind::root:
    case Kind::os:
      return reply(fixed_child(core, directory, name));
    case Kind::wmi: {
      const auto list = core.catalog.classes();
      const auto found = list->by_name.find(name);
      if (found == list->by_name.end()) return reply(std::unexpected(ENOENT));
      Target child;
      child.kind = Kind::class_dir;
      child.cls = found->second;
      return reply(std::move(child));
    }
    case Kind::class_dir:
      return class_child(core, directory, name, std::move(reply));
    case Kind::instance:
    case Kind::invocation:
      return tree_child(core, directory, name, pending, std::move(reply));
    case Kind::lab:
      return reply(lab_child(core, directory, name));
    default:
      return reply(std::unexpected(ENOTDIR));
  }
}

void get_block(Core& core, const Target& target, const std::shared_ptr<PendingReply>& pending,
               std::move_only_function<void(std::expected<SnapshotPtr, Failure>)> reply) {
  if (target.invocation) {
    SnapshotPtr out = target.invocation->out();
    if (!out) return reply(std::unexpected(failure(ENODATA, "the invocation has no result")));
    return reply(std::move(out));
  }
  auto call =
      target.instance->block->get([core_ptr = core.shared_from_this(),
                                   reply = std::move(reply)](SnapshotResult result) mutable {
        if (!result) return reply(std::unexpected(failure(result.error())));
        // A shared block has to be given back when nobody asks for it any more.
        if ((*result)->bytes().size() > core_ptr->options.small_block) {
          core_ptr->worker.keep_calling();
        }
        reply(*std::move(result));
      });
  if (pending) pending->cancels(std::move(call));
}

void get_attributes(Core& core, const Target& target, const std::shared_ptr<PendingReply>& pending,
                    AttributesReply reply) {
  if (!needs_block(target)) {
    return reply(attributes(core, target, nullptr, SizeEffort::exact));
  }
  auto core_ptr = core.shared_from_this();
  if (target.schema().kind == NodeKind::block_bin) {
    auto call = target.instance->block->get_size(
        [core_ptr, target,
         reply = std::move(reply)](std::expected<std::size_t, wmi::WmiError> size) mutable {
          auto result = attributes(*core_ptr, target, nullptr, SizeEffort::exact);
          if (result && size) {
            result->stat.st_size = static_cast<off_t>(*size);
            result->stat.st_blocks = static_cast<blkcnt_t>((*size + 511) / 512);
            result->attr_timeout = kSoon;
          }
          reply(std::move(result));
        });
    if (pending) pending->cancels(std::move(call));
    return;
  }
  get_block(core, target, pending,
            [core_ptr, target,
             reply = std::move(reply)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
              reply(attributes(*core_ptr, target, snapshot ? snapshot->get() : nullptr,
                               SizeEffort::exact));
            });
}

namespace {

void reply_entry(fuse_req_t req, Core& core, Target& target, Attributes& found) {
  fuse_entry_param entry{};
  entry.ino = core.number_node(target);
  entry.generation = target.instance ? target.instance->generation : 1;
  entry.attr = found.stat;
  entry.attr.st_ino = target.ino;
  entry.attr_timeout = found.attr_timeout;
  entry.entry_timeout = found.entry_timeout;
  // A reply that does not arrive is a look-up that the kernel does not count.
  if (fuse_reply_entry(req, &entry) != 0) core.forget(entry.ino, 1);
}

}  // namespace

void on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  Core& core = core_of(req);
  const auto directory = core.resolve(parent);
  if (!directory) {
    fuse_reply_err(req, directory.error());
    return;
  }
  auto pending = core.defer(req);
  find_child(core, *directory, name, pending,
             [core_ptr = core.shared_from_this(), pending](std::expected<Target, int> child) {
               if (!child) return pending->fail(child.error());
               get_attributes(*core_ptr, *child, pending,
                              [core_ptr, pending,
                               target = *child](std::expected<Attributes, int> found) mutable {
                                if (!found) return pending->fail(found.error());
                                pending->complete([core_ptr, target = std::move(target),
                                                   found = *found](fuse_req_t r) mutable {
                                  reply_entry(r, *core_ptr, target, found);
                                });
                              });
             });
  pending->wait();
}

void on_getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
  Core& core = core_of(req);
  const auto target = core.resolve(ino);
  if (!target) {
    fuse_reply_err(req, target.error());
    return;
  }
  auto pending = core.defer(req);
  get_attributes(core, *target, pending, [pending](std::expected<Attributes, int> found) {
    if (!found) return pending->fail(found.error());
    pending->complete(
        [found = *found](fuse_req_t r) { fuse_reply_attr(r, &found.stat, found.attr_timeout); });
  });
  pending->wait();
}

void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat* attr, int to_set, fuse_file_info* fi) {
  Core& core = core_of(req);
  const auto target = core.resolve(ino);
  if (!target) {
    fuse_reply_err(req, target.error());
    return;
  }
  const auto now = attributes(core, *target, nullptr, SizeEffort::listing);
  if (!now) {
    fuse_reply_err(req, now.error());
    return;
  }
  // Times do not matter, and cutting off what will be written is what editors and shells do first;
  // owner and mode are what the class says.
  const bool other_owner = ((to_set & FUSE_SET_ATTR_UID) != 0 && attr->st_uid != core.uid) ||
                           ((to_set & FUSE_SET_ATTR_GID) != 0 && attr->st_gid != core.gid);
  const bool other_mode =
      (to_set & FUSE_SET_ATTR_MODE) != 0 && (attr->st_mode & 07777) != (now->stat.st_mode & 07777);
  const bool cut = (to_set & FUSE_SET_ATTR_SIZE) != 0 && (now->stat.st_mode & 0222) == 0;
  if (other_owner || other_mode || cut) {
    fuse_reply_err(req, cut ? EACCES : EPERM);
    return;
  }
  on_getattr(req, ino, fi);
}

void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t) {
  // The kernel lets longer names through; statfs says how long they may be.
  if (std::strlen(name) > NAME_MAX) {
    fuse_reply_err(req, ENAMETOOLONG);
    return;
  }
  Core& core = core_of(req);
  auto directory = core.resolve(parent);
  if (!directory) {
    fuse_reply_err(req, directory.error());
    return;
  }
  if (directory->kind == Kind::instance && directory->schema().kind == NodeKind::method_dir) {
    const SchemaNode& node = directory->schema();
    if (directory->tree->child(directory->node, name) != SchemaNode::kNone) {
      fuse_reply_err(req, EEXIST);
      return;
    }
    const auto made = core.invocations.make(directory->instance, node.method, name);
    if (!made) {
      fuse_reply_err(req, made.error());
      return;
    }
  } else if (directory->kind == Kind::lab) {
    const std::string path = directory->path.empty() ? name : directory->path + "/" + name;
    const auto made = core.control->make_directory(path);
    if (!made) {
      fuse_reply_err(req, made.error().error);
      return;
    }
  } else {
    fuse_reply_err(req, EPERM);
    return;
  }
  on_lookup(req, parent, name);
}

void on_rmdir(fuse_req_t req, fuse_ino_t parent, const char* name) {
  Core& core = core_of(req);
  const auto directory = core.resolve(parent);
  if (!directory) {
    fuse_reply_err(req, directory.error());
    return;
  }
  int error = EPERM;
  if (directory->kind == Kind::instance && directory->schema().kind == NodeKind::method_dir) {
    error = core.invocations.remove(directory->instance, directory->schema().method, name);
  } else if (directory->kind == Kind::lab) {
    const std::string path = directory->path.empty() ? name : directory->path + "/" + name;
    const auto removed = core.control->remove_directory(path);
    error = removed ? 0 : removed.error().error;
  }
  fuse_reply_err(req, error);
}

}  // namespace hbalab::fs
