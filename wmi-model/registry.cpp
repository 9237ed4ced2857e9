#include "wmi-model/registry.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>

#include "wmi-model/listeners.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::wmi {
namespace {

constexpr std::uint32_t kDynamicNames = 0xFFFFFFFFu;  // in place of an instance count
constexpr std::size_t kMostHistory = 16'384;          // changes

std::string hex_status(NtStatus status) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08X", static_cast<unsigned>(status));
  const std::string_view name = nt_status_name(status);
  return name.empty() ? text : std::string(name);
}

// REGINFO is synchronous by contract (QueryWmiRegInfo cannot pend), so that adding a provider needs
// no thread to wait. The room doubles when the list of GUIDs does not fit.
std::expected<RegInfo, std::string> ask_reginfo(WmiProvider& provider) {
  constexpr std::size_t kFirstRoom = 16u << 10;
  constexpr std::size_t kMostRoom = 16u << 20;
  std::size_t room = kFirstRoom;
  while (room <= kMostRoom) {
    struct Answer {
      std::atomic<bool> done = false;
      std::unique_ptr<WmiRequest> request;  // written before done
    };
    auto answer = std::make_shared<Answer>();
    auto request = std::make_unique<WmiRequest>();
    request->minor = MinorFunction::reginfo;
    request->buffer = pack_reginfo(room);
    request->on_complete = [answer](std::unique_ptr<WmiRequest> completed) {
      answer->request = std::move(completed);
      answer->done = true;
    };
    const RequestId id = provider.submit(std::move(request));
    if (!answer->done) {
      if (id != 0) provider.cancel(id);
      return std::unexpected(provider.device_instance() +
                             ": REGINFO was pended; it must be answered at once");
    }
    const WmiRequest& completed = *answer->request;
    if (completed.status == NtStatus::buffer_too_small) {
      room = std::max(room * 2, completed.information);
      continue;
    }
    if (completed.status != NtStatus::success) {
      return std::unexpected(provider.device_instance() + ": REGINFO failed with " +
                             hex_status(completed.status));
    }
    const std::size_t used = std::min(completed.information, completed.buffer.capacity());
    auto info = unpack_reginfo(completed.buffer.bytes().first(used));
    if (!info)
      return std::unexpected(provider.device_instance() + ": REGINFO: " + info.error().to_string());
    // What the driver takes back.
    std::erase_if(info->guids, [](const RegisteredGuid& guid) {
      return (guid.flags & wnode::kRegFlagRemoveGuid) != 0;
    });
    return *std::move(info);
  }
  return std::unexpected(provider.device_instance() + ": REGINFO needs more than 16 MiB");
}

// The classes whose registration differs. What has dynamic names always does: registering again is
// how a driver says that they have changed.
std::vector<Guid> differences(std::span<const RegisteredGuid> before,
                              std::span<const RegisteredGuid> after) {
  using Registered = std::map<Guid, std::vector<const RegisteredGuid*>>;
  const auto by_guid = [](std::span<const RegisteredGuid> list) {
    Registered found;
    for (const RegisteredGuid& guid : list) found[guid.guid].push_back(&guid);
    return found;
  };
  const Registered was = by_guid(before), is = by_guid(after);
  const auto stays = [](const RegisteredGuid* a, const RegisteredGuid* b) {
    return *a == *b && a->instance_count != kDynamicNames;
  };
  std::vector<Guid> different;
  for (const auto& [guid, list] : is) {
    const auto old = was.find(guid);
    if (old == was.end() || !std::ranges::equal(list, old->second, stays)) {
      different.push_back(guid);
    }
  }
  for (const auto& [guid, list] : was) {
    if (!is.contains(guid)) different.push_back(guid);
  }
  return different;
}

std::u16string widen(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

}  // namespace

struct ProviderRegistry::State {
  struct Entry {
    std::shared_ptr<WmiProvider> provider;
    std::uint64_t serial = 0;  // the order of adding
    std::vector<RegisteredGuid> guids;
  };
  using Providers = std::multimap<std::string, Entry>;  // by device instance
  using Place = Providers::iterator;
  struct ByInstance {
    bool operator()(const Place& a, const Place& b) const {
      return std::tie(a->first, a->second.serial) < std::tie(b->first, b->second.serial);
    }
  };

  mutable std::mutex mutex;
  std::shared_ptr<const SchemaSet> schema;                           // guarded by mutex
  Providers providers;                                               // guarded by mutex
  std::unordered_map<const WmiProvider*, Place> places;              // guarded by mutex
  std::unordered_map<Guid, std::set<Place, ByInstance>> registered;  // guarded by mutex
  std::uint64_t serial = 0;                                          // guarded by mutex
  std::uint64_t generation = 1;                                      // guarded by mutex
  std::unordered_map<Guid, std::uint64_t> generations;               // guarded by mutex
  // The newest changes with their generations, and the newest one that is not among them.
  std::deque<std::pair<std::uint64_t, RegistryChange>> history;  // guarded by mutex
  std::uint64_t forgotten = 1;                                   // guarded by mutex
  Listeners<> listeners;

  // Under mutex, after the change.
  void changed(const WmiProvider* provider, std::span<const Guid> guids) {
    ++generation;
    for (const Guid& guid : guids) {
      if (registered.contains(guid)) {
        generations[guid] = generation;
      } else {
        generations.erase(guid);
      }
      history.push_back({generation, {provider, guid}});
    }
    for (; history.size() > kMostHistory; history.pop_front()) forgotten = history.front().first;
  }

  // Under mutex.
  void enlist(Place place) {
    for (const RegisteredGuid& guid : place->second.guids) registered[guid.guid].insert(place);
  }
  void delist(Place place) {
    for (const RegisteredGuid& guid : place->second.guids) {
      const auto listed = registered.find(guid.guid);
      if (listed == registered.end()) continue;
      listed->second.erase(place);
      if (listed->second.empty()) registered.erase(listed);
    }
  }

  // By device instance, then in the order of adding.
  void collect(const Guid& guid, std::vector<Registration>& found) const {
    const auto listed = registered.find(guid);
    if (listed == registered.end()) return;
    for (const Place& place : listed->second) {
      for (const RegisteredGuid& its : place->second.guids) {
        if (its.guid == guid) found.push_back({place->second.provider, its});
      }
    }
  }

  std::string class_name(const Guid& guid) const {
    const Class* cls = schema ? schema->find(guid) : nullptr;
    return cls ? cls->name : guid.to_string();
  }
};

ProviderRegistry::ProviderRegistry(std::shared_ptr<const SchemaSet> schema)
    : state_(std::make_shared<State>()) {
  state_->schema = std::move(schema);
}

ProviderRegistry::~ProviderRegistry() = default;

std::expected<void, std::string> ProviderRegistry::add(std::shared_ptr<WmiProvider> provider) {
  auto info = ask_reginfo(*provider);
  if (!info) return std::unexpected(std::move(info.error()));
  {
    const std::scoped_lock lock(state_->mutex);
    const WmiProvider* const key = provider.get();
    const auto known = state_->places.find(key);
    std::vector<Guid> changed;
    if (known != state_->places.end()) {
      auto& guids = known->second->second.guids;
      changed = differences(guids, info->guids);
      state_->delist(known->second);
      guids = std::move(info->guids);
      state_->enlist(known->second);
    } else {
      changed = differences({}, info->guids);
      std::string instance = provider->device_instance();
      const auto place = state_->providers.emplace(
          std::move(instance),
          State::Entry{std::move(provider), ++state_->serial, std::move(info->guids)});
      state_->places.emplace(key, place);
      state_->enlist(place);
    }
    state_->changed(key, changed);
  }
  state_->listeners.notify();
  return {};
}

void ProviderRegistry::remove(const WmiProvider* provider) {
  std::shared_ptr<WmiProvider> last;  // dies after the lock has been released
  {
    const std::scoped_lock lock(state_->mutex);
    const auto known = state_->places.find(provider);
    if (known == state_->places.end()) return;
    const State::Place place = known->second;
    const std::vector<Guid> changed = differences(place->second.guids, {});
    state_->delist(place);
    state_->places.erase(known);
    last = std::move(place->second.provider);
    state_->providers.erase(place);
    state_->changed(provider, changed);
  }
  state_->listeners.notify();
}

std::vector<Registration> ProviderRegistry::registrations() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<std::pair<std::string, Guid>> classes;
  for (const auto& [guid, places] : state_->registered) {
    classes.emplace_back(state_->class_name(guid), guid);
  }
  std::ranges::sort(classes);
  std::vector<Registration> found;
  for (const auto& [name, guid] : classes) state_->collect(guid, found);
  return found;
}

std::vector<Registration> ProviderRegistry::registrations(const Guid& guid) const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<Registration> found;
  state_->collect(guid, found);
  return found;
}

std::optional<Registration> ProviderRegistry::registration(const WmiProvider* provider,
                                                           const Guid& guid) const {
  const std::scoped_lock lock(state_->mutex);
  const auto known = state_->places.find(provider);
  if (known == state_->places.end()) return std::nullopt;
  const auto& [its, serial, guids] = known->second->second;
  const auto found = std::ranges::find(guids, guid, &RegisteredGuid::guid);
  if (found == guids.end()) return std::nullopt;
  return Registration{its, *found};
}

std::vector<InstanceRef> ProviderRegistry::static_instances(const Guid& guid) const {
  std::vector<InstanceRef> instances;
  for (const Registration& registration : registrations(guid)) {
    if (registration.dynamic()) continue;
    for (std::uint32_t index = 0; index < registration.guid.instance_count; ++index) {
      std::u16string name;
      if (index < registration.guid.names.size()) {
        name = registration.guid.names[index];
      } else {
        name = widen(registration.provider->device_instance() + "_" + std::to_string(index));
      }
      instances.push_back({registration.provider, guid, {index, std::move(name)}});
    }
  }
  return instances;
}

std::shared_ptr<const SchemaSet> ProviderRegistry::schema() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->schema;
}

void ProviderRegistry::set_schema(std::shared_ptr<const SchemaSet> schema) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->schema = std::move(schema);
    // Concerns every class, registered or not.
    state_->history.clear();
    state_->forgotten = ++state_->generation;
  }
  state_->listeners.notify();
}

std::uint64_t ProviderRegistry::generation() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->generation;
}

std::uint64_t ProviderRegistry::generation(const Guid& guid) const {
  const std::scoped_lock lock(state_->mutex);
  const auto known = state_->generations.find(guid);
  return known == state_->generations.end() ? 0 : known->second;
}

RegistryChanges ProviderRegistry::changes_since(std::uint64_t generation) const {
  const std::scoped_lock lock(state_->mutex);
  RegistryChanges answer;
  answer.generation = state_->generation;
  answer.everything = generation < state_->forgotten;
  if (answer.everything) return answer;
  const auto newer = std::ranges::upper_bound(state_->history, generation, {},
                                              [](const auto& entry) { return entry.first; });
  for (auto entry = newer; entry != state_->history.end(); ++entry) {
    answer.changes.push_back(entry->second);
  }
  return answer;
}

std::shared_ptr<void> ProviderRegistry::on_change(std::function<void()> listener) {
  return state_->listeners.add(std::move(listener));
}

}  // namespace hbalab::wmi
