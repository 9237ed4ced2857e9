#include "hba-sim/host/mirror.hpp"

#include <set>

#include "hba-sim/port/device_provider.hpp"

namespace hbalab::host {

using port::isolated::Message;

Mirror::Mirror(std::shared_ptr<wmi::ProviderRegistry> registry, wmi::EventHub& events,
               std::string adapter, port::isolated::MessageSocket& lab)
    : registry_(std::move(registry)), adapter_(std::move(adapter)), lab_(lab) {
  changes_ = registry_->on_change([this] { look(); });
  listening_ = events.subscribe([this](const wmi::Event& event) { pass_on(event); });
}

std::shared_ptr<wmi::WmiProvider> Mirror::find(std::uint32_t number) const {
  const std::scoped_lock lock(mutex_);
  const auto found = providers_.find(number);
  return found == providers_.end() ? nullptr : found->second;
}

std::uint32_t Mirror::number_of(const std::shared_ptr<wmi::WmiProvider>& provider) {
  const std::scoped_lock lock(mutex_);
  const auto known = numbers_.find(provider.get());
  if (known != numbers_.end()) return known->second;
  const std::uint32_t number = provider->device_instance() == adapter_ ? 0 : ++last_;
  numbers_[provider.get()] = number;
  providers_[number] = provider;
  return number;
}

void Mirror::look() {
  const std::scoped_lock one(looking_);
  const wmi::RegistryChanges changes = registry_->changes_since(seen_);
  seen_ = changes.generation;
  std::set<const wmi::WmiProvider*> changed;
  for (const wmi::RegistryChange& change : changes.changes) changed.insert(change.provider);
  std::map<const wmi::WmiProvider*, std::shared_ptr<wmi::WmiProvider>> there;
  for (const wmi::Registration& its : registry_->registrations()) {
    there.emplace(its.provider.get(), its.provider);
  }
  for (const wmi::WmiProvider* provider : changed) {
    if (!there.contains(provider)) hide(provider);
  }
  for (const auto& [pointer, provider] : there) {
    if (changes.everything || changed.contains(pointer)) show(provider);
  }
}

void Mirror::show(const std::shared_ptr<wmi::WmiProvider>& provider) {
  Message message{Message::Kind::provider};
  message.numbers[0] = number_of(provider);
  message.text = provider->device_instance();
  // The port driver in this process makes no others.
  message.data = static_cast<const port::DeviceProvider&>(*provider).reginfo();
  (void)lab_.send(message);
}

void Mirror::hide(const wmi::WmiProvider* provider) {
  Message message{Message::Kind::provider_gone};
  {
    const std::scoped_lock lock(mutex_);
    const auto known = numbers_.find(provider);
    if (known == numbers_.end()) return;
    message.numbers[0] = known->second;
    providers_.erase(known->second);
    numbers_.erase(known);
  }
  (void)lab_.send(message);
}

void Mirror::pass_on(const wmi::Event& event) {
  Message message{Message::Kind::event};
  {
    const std::scoped_lock lock(mutex_);
    const auto known = numbers_.find(event.provider.get());
    if (known == numbers_.end()) return;
    message.numbers = {known->second, event.timestamp, 0};
  }
  message.guid = event.guid;
  message.text = event.instance_name;
  message.data = event.data;
  (void)lab_.send(message);
}

}  // namespace hbalab::host
