// Files that read a value when they are opened: properties, whole instances, raw blocks, the newest
// call, the files of an invocation, and the lab's.
#include <cerrno>

#include "fuse-frontend/live_file.hpp"
#include "fuse-frontend/lookup.hpp"
#include "fuse-frontend/property_store.hpp"
#include "fuse-frontend/views.hpp"

namespace hbalab::fs {
namespace {

// Blocks larger than this are rendered on the worker, so that a driver's completion is not held up.
constexpr std::size_t kRenderInline = 256u << 10;

class PropertyFile final : public LiveFile {
 public:
  PropertyFile(Core& core, Target target) : LiveFile(core), target_(std::move(target)) {}

 private:
  void load(const std::shared_ptr<PendingReply>& pending, LoadDone done) override {
    const SchemaNode& node = target_.schema();
    // Walks as root open secrets too: they read as nothing.
    if (node.secret || !node.readable) return done(Content{});
    auto self = std::static_pointer_cast<PropertyFile>(shared_from_this());
    get_block(*core_, target_, pending,
              [self = std::move(self),
               done = std::move(done)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
                if (!snapshot) return done(std::unexpected(std::move(snapshot.error())));
                auto text =
                    render_value(self->target_.schema(), self->target_.indices, (*snapshot)->view);
                if (!text) return done(std::unexpected(std::move(text.error())));
                done(Content::text(*std::move(text)));
              });
  }

  void store(const std::shared_ptr<PendingReply>& pending, std::string_view text,
             StoreDone done) override {
    if (!target_.schema().writable) {
      return done(std::unexpected(failure(EACCES, target_.schema().name + " cannot be written")));
    }
    store_property(*core_, target_, text, pending, std::move(done));
  }

  const Target target_;
};

class InstanceFile final : public LiveFile {
 public:
  InstanceFile(Core& core, Target target) : LiveFile(core), target_(std::move(target)) {}

 private:
  static void render(const Instance& instance, const SnapshotPtr& snapshot, LoadDone done) {
    auto text = render_instance(instance, snapshot->view);
    if (!text) return done(std::unexpected(std::move(text.error())));
    done(Content::text(*std::move(text)));
  }

  void load(const std::shared_ptr<PendingReply>& pending, LoadDone done) override {
    get_block(*core_, target_, pending,
              [core = core_, instance = target_.instance,
               done = std::move(done)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
                if (!snapshot) return done(std::unexpected(std::move(snapshot.error())));
                if ((*snapshot)->bytes().size() <= kRenderInline) {
                  return render(*instance, *snapshot, std::move(done));
                }
                core->worker.post([instance, block = *snapshot, done = std::move(done)]() mutable {
                  render(*instance, block, std::move(done));
                });
              });
  }

  const Target target_;
};

class BlockFile final : public LiveFile {
 public:
  BlockFile(Core& core, Target target) : LiveFile(core), target_(std::move(target)) {}

 private:
  void load(const std::shared_ptr<PendingReply>& pending, LoadDone done) override {
    get_block(
        *core_, target_, pending,
        [cls = target_.cls,
         done = std::move(done)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
          if (!snapshot) return done(std::unexpected(std::move(snapshot.error())));
          if (has_secret(cls->shape.properties)) {
            auto shown = without_secrets(cls->shape, (*snapshot)->view);
            if (!shown) return done(std::unexpected(std::move(shown.error())));
            auto owner = std::make_shared<const wmi::Bytes>(*std::move(shown));
            const auto* first = reinterpret_cast<const char*>(owner->data());
            const std::size_t size = owner->size();
            return done(Content{std::move(owner), {first, size}});
          }
          const auto bytes = (*snapshot)->bytes();
          done(Content{*snapshot, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
        });
  }

  const Target target_;
};

class LastCallFile final : public LiveFile {
 public:
  LastCallFile(Core& core, Target target) : LiveFile(core), target_(std::move(target)) {}

 private:
  void load(const std::shared_ptr<PendingReply>&, LoadDone done) override {
    const std::uint32_t method = target_.schema().method;
    const auto& ref = target_.instance->ref;
    done(Content::text(target_.instance->methods[method].render(target_.cls->cls->methods[method],
                                                                ref.provider.get(), ref.guid)));
  }

  const Target target_;
};

class InvocationFile final : public LiveFile {
 public:
  InvocationFile(Core& core, Target target)
      : LiveFile(core), target_(std::move(target)), node_(core_->interned, target_.own) {}

 private:
  void load(const std::shared_ptr<PendingReply>&, LoadDone done) override {
    Invocation& invocation = *target_.invocation;
    const SchemaNode& node = target_.schema();
    if (node.kind == NodeKind::execute || node.secret) return done(Content{});
    if (node.kind == NodeKind::state) {
      return done(Content::text(std::string(Invocation::state_name(invocation.state())) + "\n"));
    }
    std::expected<std::string, Failure> text;
    if (node.side == Side::in) {
      text = invocation.read_in(node);
    } else {
      const SnapshotPtr out = invocation.out();
      if (!out) return done(std::unexpected(failure(ENODATA, "the invocation has no result")));
      text = render_value(node, target_.indices, out->view);
    }
    if (!text) return done(std::unexpected(std::move(text.error())));
    done(Content::text(*std::move(text)));
  }

  void store(const std::shared_ptr<PendingReply>& pending, std::string_view text,
             StoreDone done) override {
    const SchemaNode& node = target_.schema();
    if (node.kind == NodeKind::execute) {
      pending->cancels(target_.invocation->execute(*core_->client, std::move(done)));
    } else if (node.side == Side::in && node.writable) {
      done(target_.invocation->write_in(node, text));
    } else {
      done(std::unexpected(failure(EACCES, node.name + " cannot be written")));
    }
  }

  const Target target_;
  const NodeUse node_;
};

class LabFile final : public LiveFile {
 public:
  LabFile(Core& core, Target target) : LiveFile(core), target_(std::move(target)) {}

 private:
  void load(const std::shared_ptr<PendingReply>&, LoadDone done) override {
    if (!target_.lab_node.readable) return done(Content{});
    auto text = core_->control->read(target_.path);
    if (!text) return done(std::unexpected(failure(text.error())));
    done(Content::text(*std::move(text)));
  }

  void store(const std::shared_ptr<PendingReply>&, std::string_view text, StoreDone done) override {
    auto result = core_->control->write(target_.path, text);
    if (!result) return done(std::unexpected(failure(result.error())));
    done({});
  }

  const Target target_;
};

}  // namespace

std::shared_ptr<FileHandle> make_property_file(Core& core, Target target) {
  return std::make_shared<PropertyFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_instance_file(Core& core, Target target) {
  return std::make_shared<InstanceFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_block_file(Core& core, Target target) {
  return std::make_shared<BlockFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_last_call_file(Core& core, Target target) {
  return std::make_shared<LastCallFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_invocation_file(Core& core, Target target) {
  return std::make_shared<InvocationFile>(core, std::move(target));
}
std::shared_ptr<FileHandle> make_lab_file(Core& core, Target target) {
  return std::make_shared<LabFile>(core, std::move(target));
}

}  // namespace hbalab::fs
