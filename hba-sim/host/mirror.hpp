// Shows the lab which providers the driver has registered, and hands it their events.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "hba-sim/port/isolated/message.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::host {

// Thread-safe.
class Mirror {
 public:
  Mirror(std::shared_ptr<wmi::ProviderRegistry> registry, wmi::EventHub& events,
         std::string adapter, port::isolated::MessageSocket& lab);

  // Null: there is none of that number any more.
  [[nodiscard]] std::shared_ptr<wmi::WmiProvider> find(std::uint32_t number) const;

 private:
  void look();
  void show(const std::shared_ptr<wmi::WmiProvider>& provider);
  void hide(const wmi::WmiProvider* provider);
  void pass_on(const wmi::Event& event);
  [[nodiscard]] std::uint32_t number_of(const std::shared_ptr<wmi::WmiProvider>& provider);

  const std::shared_ptr<wmi::ProviderRegistry> registry_;
  const std::string adapter_;  // device instance of the adapter itself, whose number is 0
  port::isolated::MessageSocket& lab_;
  std::mutex looking_;        // one change after the other; before mutex_
  std::uint64_t seen_ = 0;    // guarded by looking_: generation of the registry
  mutable std::mutex mutex_;  // taken last
  std::uint32_t last_ = 0;    // guarded by mutex_, as is what follows
  std::map<std::uint32_t, std::shared_ptr<wmi::WmiProvider>> providers_;
  std::map<const wmi::WmiProvider*, std::uint32_t> numbers_;
  std::shared_ptr<void> changes_, listening_;
};

}  // namespace hbalab::host
