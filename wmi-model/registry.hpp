// Which providers there are, which classes each has registered, and the events that they fire.
// Thread-safe. Lock order: the registry's lock is taken last and never held over a call to a
// provider or a listener.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "wmi-model/guid.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/provider.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::wmi {

// A registered class of one provider.
struct Registration {
  std::shared_ptr<WmiProvider> provider;
  RegisteredGuid guid;
  [[nodiscard]] bool dynamic() const { return guid.instance_count == 0xFFFFFFFFu; }
  [[nodiscard]] bool event_only() const {
    return (guid.flags & 0x40u) != 0;
  }  // WMIREG_FLAG_EVENT_ONLY_GUID
};

struct InstanceRef {
  std::shared_ptr<WmiProvider> provider;
  Guid guid;
  InstanceKey key;  // key.name is always the full WMI instance name
};

// A class that a provider registered, registered in another way, or took back. The provider may be
// gone: the pointer only says which one it was.
struct RegistryChange {
  const WmiProvider* provider = nullptr;
  Guid guid;
};
struct RegistryChanges {
  std::uint64_t generation = 0;  // what the answer is up to date with
  // Look at all registrations: the schema has changed, or more than the registry remembers.
  bool everything = false;
  std::vector<RegistryChange> changes;  // oldest first; empty with `everything`
};

class ProviderRegistry {
 public:
  explicit ProviderRegistry(std::shared_ptr<const SchemaSet> schema);
  ~ProviderRegistry();

  // Asks the provider for its REGINFO and publishes it; the same again after a WMIReregister.
  [[nodiscard]] std::expected<void, std::string> add(std::shared_ptr<WmiProvider> provider);
  void remove(const WmiProvider* provider);

  // Classes of the schema set that at least one provider registered, plus registered GUIDs that no
  // class describes. Sorted by class name.
  [[nodiscard]] std::vector<Registration> registrations() const;
  [[nodiscard]] std::vector<Registration> registrations(const Guid& guid) const;
  // What that provider has registered of the class now.
  [[nodiscard]] std::optional<Registration> registration(const WmiProvider* provider,
                                                         const Guid& guid) const;
  // Static instances at once. Dynamic ones have to be asked for: see WmiClient::instances.
  [[nodiscard]] std::vector<InstanceRef> static_instances(const Guid& guid) const;
  [[nodiscard]] std::shared_ptr<const SchemaSet> schema() const;
  // Adds classes (a driver's own MOF) while running.
  void set_schema(std::shared_ptr<const SchemaSet> schema);

  // Changes with every add, remove and re-registration.
  [[nodiscard]] std::uint64_t generation() const;
  // The same of one class: changes when a provider comes or goes with it, registers it in another
  // way, or registers again what has dynamic names. 0: nobody has registered it.
  [[nodiscard]] std::uint64_t generation(const Guid& guid) const;
  // What changed after that generation.
  [[nodiscard]] RegistryChanges changes_since(std::uint64_t generation) const;
  // Called after each change, with no lock held; until the returned token dies.
  [[nodiscard]] std::shared_ptr<void> on_change(std::function<void()> listener);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Events of all providers. A provider publishes; listeners and logs take.
struct Event {
  std::uint64_t sequence = 0;   // from 1, over all classes
  std::uint64_t timestamp = 0;  // 100 ns since 1601, from the lab's clock
  Guid guid;
  std::shared_ptr<WmiProvider> provider;
  std::string instance_name;  // full WMI instance name
  std::vector<std::uint8_t> data;
};

class EventHub {
 public:
  EventHub();
  ~EventHub();
  // Any thread; delivers in order, on a thread of the hub's own, so that a driver never waits.
  void publish(Event event);
  [[nodiscard]] std::shared_ptr<void> subscribe(std::function<void(const Event&)> listener);
  // Returns when all that was published before has been delivered; inside a listener, at once.
  void drain();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hbalab::wmi
