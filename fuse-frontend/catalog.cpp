#include "fuse-frontend/catalog.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "fuse-frontend/names.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

constexpr std::chrono::milliseconds kDynamicNamesFor{1000};

std::string instance_key(const wmi::InstanceRef& ref) {
  std::string key(reinterpret_cast<const char*>(ref.guid.bytes.data()), ref.guid.bytes.size());
  const auto provider = reinterpret_cast<std::uintptr_t>(ref.provider.get());
  key.append(reinterpret_cast<const char*>(&provider), sizeof provider);
  key.append(reinterpret_cast<const char*>(ref.key.name.data()),
             ref.key.name.size() * sizeof(char16_t));
  return key;
}

using ProviderGuid = std::pair<const wmi::WmiProvider*, wmi::Guid>;

}  // namespace

Catalog::Catalog(std::shared_ptr<wmi::WmiClient> client, BlockLimits limits, std::size_t log_bytes)
    : client_(std::move(client)),
      limits_(limits),
      log_bytes_(log_bytes),
      classes_(std::make_shared<ClassList>()) {}

ClassPtr Catalog::make_class(const wmi::Guid& guid,
                             const std::shared_ptr<const wmi::SchemaSet>& schema, bool events,
                             std::uint32_t index) const {
  auto info = std::make_shared<ClassInfo>();
  info->index = index;
  info->guid = guid;
  info->schema = schema;
  info->cls = schema ? schema->find(guid) : nullptr;
  info->events = events;
  info->guid_text = guid.to_string() + "\n";
  info->tree = SchemaTree::for_instance(info->cls, events);
  if (info->cls == nullptr) {
    info->dir_name = guid.to_string();
    return info;
  }
  const wmi::Class& cls = *info->cls;
  info->dir_name = encode_name(cls.name);
  info->shape = wmi::shape_of(cls);
  info->mof = wmi::write_mof(cls);
  info->json = wmi::describe_class(cls).dump(2) + "\n";
  for (const wmi::Method& method : cls.methods) {
    info->invocation_trees.push_back(
        std::make_unique<const SchemaTree>(SchemaTree::for_invocation(method)));
    info->method_json.push_back(wmi::describe_method(cls, method).dump(2) + "\n");
  }
  return info;
}

std::shared_ptr<const ClassList> Catalog::classes() {
  const auto& registry = *client_->registry();
  const std::uint64_t generation = registry.generation();
  {
    const std::shared_lock lock(mutex_);
    if (classes_->generation == generation) return classes_;
  }
  const auto schema = registry.schema();
  auto registrations = registry.registrations();
  std::map<wmi::Guid, bool> guids;  // whether the class has events
  for (const wmi::Registration& registration : registrations) {
    const wmi::Class* cls = schema ? schema->find(registration.guid.guid) : nullptr;
    guids[registration.guid.guid] |=
        cls ? cls->kind == wmi::ClassKind::event : registration.event_only();
  }

  std::shared_ptr<const ClassList> known;
  std::uint32_t next = 0;
  const auto stays = [&](const wmi::Guid& guid, bool events) {
    const auto before = known->by_guid.find(guid);
    return before != known->by_guid.end() && before->second->events == events &&
           before->second->cls == (schema ? schema->find(guid) : nullptr);
  };
  {
    const std::unique_lock lock(mutex_);
    known = classes_;
    next = next_class_;
    next_class_ += static_cast<std::uint32_t>(std::ranges::count_if(
        guids, [&](const auto& entry) { return !stays(entry.first, entry.second); }));
  }
  auto fresh = std::make_shared<ClassList>();
  fresh->generation = generation;
  for (const auto& [guid, events] : guids) {
    const ClassPtr info =
        stays(guid, events) ? known->by_guid.at(guid) : make_class(guid, schema, events, next++);
    if (!fresh->by_name.emplace(info->dir_name, info).second) continue;
    fresh->by_guid.emplace(guid, info);
    fresh->by_index.emplace(info->index, info);
    fresh->classes.push_back(info);
  }
  std::ranges::sort(fresh->classes, {}, [](const ClassPtr& c) { return c->dir_name; });
  publish(fresh, std::move(registrations));
  return fresh;
}

void Catalog::publish(std::shared_ptr<ClassList> fresh,
                      std::vector<wmi::Registration> registrations) {
  const std::unique_lock lock(mutex_);
  if (fresh->generation <= classes_->generation) return;  // somebody was faster
  for (const ClassPtr& cls : classes_->classes) {
    const auto now = fresh->by_name.find(cls->dir_name);
    if (now == fresh->by_name.end() || now->second != cls) {
      disappeared_.classes.push_back(cls->dir_name);
    }
  }
  classes_ = std::move(fresh);
  retire_locked(registrations);
  std::erase_if(lists_,
                [this](const auto& entry) { return !classes_->by_index.contains(entry.first); });
  std::set<ProviderGuid> enabled;
  for (const auto& r : event_registrations_) enabled.emplace(r.provider.get(), r.guid.guid);
  event_registrations_.clear();
  for (auto& registration : registrations) {
    const auto cls = classes_->by_guid.find(registration.guid.guid);
    if (cls == classes_->by_guid.end() || !cls->second->events) continue;
    if (!enabled.contains({registration.provider.get(), registration.guid.guid})) {
      new_event_registrations_.push_back(registration);
    }
    event_registrations_.push_back(std::move(registration));
  }
}

void Catalog::retire_locked(const std::vector<wmi::Registration>& registrations) {
  std::map<ProviderGuid, const wmi::Registration*> registered;
  for (const auto& registration : registrations) {
    registered[{registration.provider.get(), registration.guid.guid}] = &registration;
  }
  for (InstancePtr& slot : slots_) {
    if (!slot) continue;
    const auto now = registered.find({slot->ref.provider.get(), slot->ref.guid});
    const auto cls = classes_->by_index.find(slot->cls->index);
    const bool stays =
        now != registered.end() && cls != classes_->by_index.end() &&
        (slot->ref.key.index == wmi::InstanceKey::kByName) == now->second->dynamic() &&
        (now->second->dynamic() || slot->ref.key.index < now->second->guid.instance_count);
    if (!stays) {
      // Keeps it alive over the bookkeeping. NOLINTNEXTLINE(performance-unnecessary-copy-*)
      const InstancePtr gone = slot;
      free_slot_locked(*gone);
    }
  }
}

void Catalog::free_slot_locked(const Instance& instance) {
  disappeared_.instances.emplace_back(instance.cls->index, instance.dir_name);
  by_key_.erase(instance_key(instance.ref));
  free_slots_.push_back(instance.slot);
  slots_[instance.slot].reset();
}

InstancePtr Catalog::intern_locked(const ClassPtr& cls, const wmi::InstanceRef& ref) {
  std::string key = instance_key(ref);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    if (known->second->cls == cls && known->second->ref.key.index == ref.key.index) {
      return known->second;
    }
    const InstancePtr gone = known->second;
    free_slot_locked(*gone);
  }
  auto instance = std::make_shared<Instance>();
  // Numbers are used again only when all have been used, the longest free one first.
  if (slots_.size() > kMaxSlot && !free_slots_.empty()) {
    instance->slot = free_slots_.front();
    free_slots_.pop_front();
    ++generations_[instance->slot];
  } else {
    instance->slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    generations_.push_back(1);
  }
  instance->generation = generations_[instance->slot];
  instance->cls = cls;
  instance->ref = ref;
  instance->name = wmi::to_utf8(ref.key.name);
  instance->dir_name = encode_name(instance->name);
  instance->block = std::make_shared<BlockSource>(client_, ref, cls->shape, limits_);
  if (cls->events) {
    instance->events = std::make_shared<EventLog>(log_bytes_);
    instance->log_file = std::make_shared<LogFile>(instance->events);
  }
  if (cls->cls != nullptr) instance->methods.resize(cls->cls->methods.size());
  slots_[instance->slot] = instance;
  by_key_.emplace(std::move(key), instance);
  return instance;
}

std::shared_ptr<const InstanceList> Catalog::listed(const ClassPtr& cls, std::uint64_t generation,
                                                    bool dynamic,
                                                    const std::vector<wmi::InstanceRef>& refs) {
  auto list = std::make_shared<InstanceList>();
  const std::unique_lock lock(mutex_);
  // The class may have gone while its names were asked for.
  if (!classes_->by_index.contains(cls->index)) return list;
  for (const auto& ref : refs) {
    InstancePtr instance = intern_locked(cls, ref);
    if (list->by_name.emplace(instance->dir_name, instance).second) {
      list->instances.push_back(std::move(instance));
    }
  }
  auto& cached = lists_[cls->index];
  if (cached.list) {
    for (const InstancePtr& before : cached.list->instances) {
      if (list->by_name.contains(before->dir_name)) continue;
      if (slots_[before->slot] == before) free_slot_locked(*before);
    }
  }
  cached = {generation, dynamic, std::chrono::steady_clock::now(), list};
  return list;
}

wmi::PendingCall Catalog::instances(const ClassPtr& cls, ListReply reply) {
  const auto& registry = *client_->registry();
  const std::uint64_t generation = registry.generation();
  std::shared_ptr<const InstanceList> known;
  {
    const std::shared_lock lock(mutex_);
    const auto cached = lists_.find(cls->index);
    if (cached != lists_.end() && cached->second.generation == generation) {
      const auto age = std::chrono::steady_clock::now() - cached->second.at;
      if (!cached->second.dynamic || age < kDynamicNamesFor) known = cached->second.list;
    }
  }
  if (known) {
    reply(std::move(known));
    return {};
  }
  const bool dynamic = std::ranges::any_of(
      registry.registrations(cls->guid),
      [](const wmi::Registration& registration) { return registration.dynamic(); });
  client_->instances(cls->guid,
                     [this, cls, generation, dynamic, reply = std::move(reply)](
                         std::expected<std::vector<wmi::InstanceRef>, wmi::WmiError> refs) mutable {
                       if (!refs) return reply(std::unexpected(std::move(refs.error())));
                       reply(listed(cls, generation, dynamic, *refs));
                     });
  return {};
}

InstancePtr Catalog::instance(std::uint32_t slot) const {
  const std::shared_lock lock(mutex_);
  return slot < slots_.size() ? slots_[slot] : nullptr;
}

InstancePtr Catalog::instance(const wmi::InstanceRef& ref) {
  const auto list = classes();
  const auto cls = list->by_guid.find(ref.guid);
  if (cls == list->by_guid.end()) return nullptr;
  {
    const std::shared_lock lock(mutex_);
    const auto known = by_key_.find(instance_key(ref));
    if (known != by_key_.end() && known->second->cls == cls->second) return known->second;
  }
  // Static names come as the registry has them; others are as the event says.
  for (const auto& known : client_->registry()->static_instances(ref.guid)) {
    if (known.provider == ref.provider && known.key.name == ref.key.name) {
      const std::unique_lock lock(mutex_);
      return intern_locked(cls->second, known);
    }
  }
  const std::unique_lock lock(mutex_);
  return intern_locked(cls->second, ref);
}

Disappeared Catalog::take_disappeared() {
  const std::unique_lock lock(mutex_);
  return std::exchange(disappeared_, {});
}

std::vector<wmi::Registration> Catalog::take_new_event_registrations() {
  const std::unique_lock lock(mutex_);
  return std::exchange(new_event_registrations_, {});
}

bool Catalog::sweep(BlockSource::Clock::time_point now) {
  std::vector<InstancePtr> all;
  {
    const std::shared_lock lock(mutex_);
    all = slots_;
  }
  bool held = false;
  for (const InstancePtr& instance : all) {
    if (instance) held |= instance->block->sweep(now);
  }
  return held;
}

}  // namespace hbalab::fs
