#include "fuse-frontend/property_store.hpp"

#include <cerrno>

#include "fuse-frontend/lookup.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

using Done = std::move_only_function<void(std::expected<void, Failure>)>;

void set_item(Core& core, const InstancePtr& instance, const wmi::Property& property,
              const wmi::Value& value, const std::shared_ptr<PendingReply>& pending, Done done) {
  const auto item = wmi::encode_item(property, value);
  if (!item) return done(std::unexpected(encode_failure(item.error())));
  pending->cancels(core.client->set_item(
      instance->ref, property.id, *item,
      [done = std::move(done)](std::expected<void, wmi::WmiError> result) mutable {
        if (!result) return done(std::unexpected(failure(result.error())));
        done({});
      }));
}

// Where a value stands: in which object, as which member.
struct Inside {
  wmi::Value* value = nullptr;
  wmi::Object* object = nullptr;
  const wmi::Class* cls = nullptr;  // of the object
};

// The place inside `top` that the node names; without a value where an element has gone.
Inside find_inside(wmi::Value& top, const wmi::Property& property, const SchemaNode& node,
                   const Indices& indices) {
  Inside place{&top, nullptr, property.object_class};
  unsigned next = 0;
  for (std::size_t k = 0; k < node.members.size(); ++k) {
    if (k > 0) {
      if (place.object != nullptr) {
        const std::uint32_t before = node.members[k - 1];
        place.cls = place.cls->properties[before].object_class;
      }
      place.object = std::get_if<wmi::Object>(place.value);
      if (place.object == nullptr || place.cls == nullptr ||
          node.members[k] >= place.object->members.size()) {
        return {};
      }
      place.value = &place.object->members[node.members[k]];
    }
    if ((node.indexed >> k & 1u) == 0) continue;
    auto* array = std::get_if<wmi::Array>(place.value);
    if (array == nullptr || indices.at[next] >= array->elements.size()) return {};
    place.value = &array->elements[indices.at[next++]];
  }
  return place;
}

void store_inside(Core& core, const Target& target, wmi::Value value,
                  const std::shared_ptr<PendingReply>& pending, Done done) {
  get_block(core, target, pending,
            [core_ptr = core.shared_from_this(), target, value = std::move(value), pending,
             done = std::move(done)](std::expected<SnapshotPtr, Failure> snapshot) mutable {
              if (!snapshot) return done(std::unexpected(std::move(snapshot.error())));
              const SchemaNode& node = target.schema();
              const wmi::PathStep step{node.members.front(), wmi::PathStep::kNoElement};
              const auto ref = (*snapshot)->view.locate({&step, 1});
              if (!ref) return done(std::unexpected(decode_failure(ref.error())));
              auto top = wmi::decode_field(*ref, (*snapshot)->bytes());
              if (!top) return done(std::unexpected(decode_failure(top.error())));
              const wmi::Property& property = target.cls->cls->properties[node.members.front()];
              const Inside inside = find_inside(*top, property, node, target.indices);
              if (inside.object == nullptr) {
                return done(std::unexpected(failure(ENOENT, node.name + ": the element has gone")));
              }
              *inside.value = std::move(value);
              wmi::settle_address(*inside.cls, *inside.object, node.members.back());
              set_item(*core_ptr, target.instance, property, *top, pending, std::move(done));
            });
}

}  // namespace

void store_property(Core& core, const Target& target, std::string_view text,
                    const std::shared_ptr<PendingReply>& pending, Done done) {
  const SchemaNode& node = target.schema();
  auto value = wmi::parse_property(*node.property, text);
  if (!value) return done(std::unexpected(failure(value.error())));
  if (node.members.size() == 1) {
    return set_item(core, target.instance, *node.property, *value, pending, std::move(done));
  }
  store_inside(core, target, *std::move(value), pending, std::move(done));
}

}  // namespace hbalab::fs
