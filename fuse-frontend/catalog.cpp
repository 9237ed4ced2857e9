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

// What the keys of all instances of a provider's class begin with.
std::string key_prefix(const wmi::WmiProvider* its, const wmi::Guid& guid) {
  std::string key(reinterpret_cast<const char*>(guid.bytes.data()), guid.bytes.size());
  const auto provider = reinterpret_cast<std::uintptr_t>(its);
  key.append(reinterpret_cast<const char*>(&provider), sizeof provider);
  return key;
}

std::string instance_key(const wmi::InstanceRef& ref) {
  std::string key = key_prefix(ref.provider.get(), ref.guid);
  key.append(reinterpret_cast<const char*>(ref.key.name.data()),
             ref.key.name.size() * sizeof(char16_t));
  return key;
}

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

bool Catalog::up_to_date() const {
  const std::uint64_t generation = client_->registry()->generation();
  const std::shared_lock lock(mutex_);
  return followed_ == generation && unsure_.empty();
}

std::shared_ptr<const ClassList> Catalog::classes() {
  if (!up_to_date()) {
    const std::scoped_lock one(following_);
    if (!up_to_date()) follow();
  }
  const std::shared_lock lock(mutex_);
  return classes_;
}

// What it finds of the registry is never older than the generation that it publishes.
void Catalog::follow() {
  const auto& registry = *client_->registry();
  std::uint64_t followed = 0;
  std::vector<ProviderGuid> unsure;
  {
    const std::unique_lock lock(mutex_);
    followed = followed_;
    unsure.swap(unsure_);
  }
  const wmi::RegistryChanges changes = registry.changes_since(followed);
  const auto schema = registry.schema();
  Registrations changed;
  if (changes.everything) {
    changed = everything();
  } else {
    for (const auto& change : changes.changes) changed[{change.provider, change.guid}];
    for (const ProviderGuid& which : unsure) changed[which];
    for (auto& [which, now] : changed) now = registry.registration(which.first, which.second);
  }
  const ClassStates states = states_of(changed, schema);
  publish(changes.generation, with_classes(states, schema, changed), changed);
}

// Also what is known here and not registered any more.
Catalog::Registrations Catalog::everything() const {
  Registrations all;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, instance] : by_key_) {
      all[{instance->ref.provider.get(), instance->ref.guid}];
    }
    for (const auto& [which, provider] : event_registrations_) all[which];
    for (const ClassPtr& cls : classes_->classes) all[{nullptr, cls->guid}];
    for (const ClassPtr& cls : classes_->hidden) all[{nullptr, cls->guid}];
  }
  for (auto& registration : client_->registry()->registrations()) {
    const ProviderGuid which{registration.provider.get(), registration.guid.guid};
    all[which] = std::move(registration);
  }
  return all;
}

Catalog::ClassStates Catalog::states_of(const Registrations& changed,
                                        const std::shared_ptr<const wmi::SchemaSet>& schema) const {
  const auto& registry = *client_->registry();
  ClassStates states;
  for (const auto& [which, registration] : changed) {
    const wmi::Guid& guid = which.second;
    const auto [state, first] = states.try_emplace(guid);
    if (!first || registry.generation(guid) == 0) continue;
    if (const wmi::Class* cls = schema ? schema->find(guid) : nullptr) {
      state->second = cls->kind == wmi::ClassKind::event;
    } else {
      // Of a class that nobody describes the registrations say it.
      state->second = std::ranges::any_of(
          registry.registrations(guid),
          [](const wmi::Registration& registered) { return registered.event_only(); });
    }
  }
  return states;
}

// The classes with those states; the same list when none of them is another. Adds to `changed` the
// registrations of a class that takes the place of one of the same GUID.
std::shared_ptr<const ClassList> Catalog::with_classes(
    const ClassStates& states, const std::shared_ptr<const wmi::SchemaSet>& schema,
    Registrations& changed) {
  auto known = classes_;  // written by followers only
  std::map<wmi::Guid, ClassPtr> all;
  for (const ClassPtr& cls : known->classes) all.emplace(cls->guid, cls);
  for (const ClassPtr& cls : known->hidden) all.emplace(cls->guid, cls);
  bool same = true;
  for (const auto& [guid, events] : states) {
    const auto before = all.find(guid);
    const bool was = before != all.end();
    if (was && events && before->second->events == *events &&
        before->second->cls == (schema ? schema->find(guid) : nullptr)) {
      continue;
    }
    if (!was && !events) continue;
    same = false;
    if (!events) {
      all.erase(before);
      continue;
    }
    all[guid] = make_class(guid, schema, *events, next_class_++);
    for (auto& registration : client_->registry()->registrations(guid)) {
      const ProviderGuid which{registration.provider.get(), guid};
      changed[which] = std::move(registration);
    }
  }
  if (same) return known;
  auto fresh = std::make_shared<ClassList>();
  for (const auto& [guid, info] : all) {
    if (!fresh->by_name.emplace(info->dir_name, info).second) {
      fresh->hidden.push_back(info);
      continue;
    }
    fresh->by_guid.emplace(guid, info);
    fresh->by_index.emplace(info->index, info);
    fresh->classes.push_back(info);
  }
  std::ranges::sort(fresh->classes, {}, [](const ClassPtr& c) { return c->dir_name; });
  return fresh;
}

void Catalog::publish(std::uint64_t generation, std::shared_ptr<const ClassList> fresh,
                      const Registrations& changed) {
  const std::unique_lock lock(mutex_);
  followed_ = generation;
  work_.registrations += changed.size();
  if (fresh != classes_) {
    ++work_.class_lists;
    for (const ClassPtr& cls : classes_->classes) {
      const auto now = fresh->by_name.find(cls->dir_name);
      if (now == fresh->by_name.end() || now->second != cls) {
        disappeared_.classes.push_back(cls->dir_name);
      }
    }
    classes_ = std::move(fresh);
    std::erase_if(lists_,
                  [this](const auto& entry) { return !classes_->by_index.contains(entry.first); });
  }
  for (const auto& [which, now] : changed) look_at_locked(which, now);
}

void Catalog::look_at_locked(const ProviderGuid& which,
                             const std::optional<wmi::Registration>& now) {
  retire_locked(which, now);
  const auto cls = classes_->by_guid.find(which.second);
  if (!now || cls == classes_->by_guid.end() || !cls->second->events) {
    event_registrations_.erase(which);
  } else if (event_registrations_.emplace(which, now->provider).second) {
    new_event_registrations_.push_back(*now);
  }
}

// Takes back the numbers of the instances that are not there any more.
void Catalog::retire_locked(const ProviderGuid& which,
                            const std::optional<wmi::Registration>& now) {
  const std::string prefix = key_prefix(which.first, which.second);
  const auto cls = classes_->by_guid.find(which.second);
  std::vector<InstancePtr> gone;
  for (auto entry = by_key_.lower_bound(prefix);
       entry != by_key_.end() && entry->first.starts_with(prefix); ++entry) {
    const Instance& instance = *entry->second;
    const std::uint32_t index = instance.ref.key.index;
    const bool stays = now && cls != classes_->by_guid.end() && instance.cls == cls->second &&
                       (index == wmi::InstanceKey::kByName) == now->dynamic() &&
                       (now->dynamic() || index < now->guid.instance_count);
    if (!stays) gone.push_back(entry->second);
  }
  for (const InstancePtr& instance : gone) free_slot_locked(*instance);
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

std::shared_ptr<const InstanceList> Catalog::listed(const ClassPtr& cls, const AsOf& as_of,
                                                    bool dynamic,
                                                    const std::vector<wmi::InstanceRef>& refs) {
  auto list = std::make_shared<InstanceList>();
  const std::unique_lock lock(mutex_);
  // The class may have gone while its names were asked for.
  if (!classes_->by_index.contains(cls->index)) return list;
  ++work_.instance_lists;
  const bool overtaken = followed_ > as_of.registry;
  for (const auto& ref : refs) {
    InstancePtr instance = intern_locked(cls, ref);
    if (overtaken) unsure_.emplace_back(ref.provider.get(), ref.guid);
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
  cached = {as_of, dynamic, std::chrono::steady_clock::now(), list};
  return list;
}

wmi::PendingCall Catalog::instances(const ClassPtr& cls, ListReply reply) {
  const auto& registry = *client_->registry();
  const AsOf as_of{registry.generation(), registry.generation(cls->guid), client_->change_count()};
  std::shared_ptr<const InstanceList> known;
  {
    const std::shared_lock lock(mutex_);
    const auto found = lists_.find(cls->index);
    if (found != lists_.end() && found->second.as_of.generation == as_of.generation) {
      const Cached& cached = found->second;
      const bool fresh = std::chrono::steady_clock::now() - cached.at < kDynamicNamesFor &&
                         cached.as_of.changes == as_of.changes;
      if (!cached.dynamic || fresh) known = cached.list;
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
                     [this, cls, as_of, dynamic, reply = std::move(reply)](
                         std::expected<std::vector<wmi::InstanceRef>, wmi::WmiError> refs) mutable {
                       if (!refs) return reply(std::unexpected(std::move(refs.error())));
                       reply(listed(cls, as_of, dynamic, *refs));
                     });
  return {};
}

CatalogWork Catalog::work() const {
  const std::shared_lock lock(mutex_);
  return work_;
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
      return intern_told(cls->second, known);
    }
  }
  return intern_told(cls->second, ref);
}

// The provider may have gone while the event was on its way.
InstancePtr Catalog::intern_told(const ClassPtr& cls, const wmi::InstanceRef& ref) {
  const std::unique_lock lock(mutex_);
  unsure_.emplace_back(ref.provider.get(), ref.guid);
  return intern_locked(cls, ref);
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
