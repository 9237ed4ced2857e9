#include "hba-sim/port/device_provider.hpp"

#include "hba-sim/port/core.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::port {

DeviceProvider::DeviceProvider(std::shared_ptr<Core> core, std::optional<ScsiAddress> address,
                               std::string device_instance, std::string friendly_name)
    : core_(std::move(core)),
      address_(address),
      device_instance_(std::move(device_instance)),
      friendly_name_(std::move(friendly_name)) {}

DeviceProvider::~DeviceProvider() = default;

wmi::RequestId DeviceProvider::submit(std::unique_ptr<wmi::WmiRequest> request) {
  return core_->submit(shared_from_this(), std::move(request));
}

void DeviceProvider::cancel(wmi::RequestId id) { core_->cancel(id); }

bool DeviceProvider::help() { return core_->help(); }

std::string DeviceProvider::explain(const wmi::Guid& guid, std::uint32_t method,
                                    std::span<const std::uint8_t> in,
                                    std::span<const std::uint8_t> out) const {
  const auto& ask = core_->options().explain;
  return address_ || !ask ? std::string() : ask(guid, method, in, out);
}

void DeviceProvider::learn(std::span<const std::uint8_t> reginfo) {
  const auto info = wmi::unpack_reginfo(reginfo);
  if (!info) return;
  const std::scoped_lock lock(mutex_);
  reginfo_.assign(reginfo.begin(), reginfo.end());
  instances_.clear();
  for (const wmi::RegisteredGuid& guid : info->guids) {
    instances_[guid.guid] = guid.instance_count;
  }
}

std::vector<std::uint8_t> DeviceProvider::reginfo() const {
  const std::scoped_lock lock(mutex_);
  return reginfo_;
}

wmi::NtStatus DeviceProvider::refine(wmi::NtStatus status, const wmi::Guid& guid, bool one,
                                     std::uint32_t index) const {
  constexpr std::uint32_t kDynamic = 0xFFFFFFFFu;
  if (status != wmi::NtStatus::io_device_error && status != wmi::NtStatus::invalid_device_request) {
    return status;
  }
  const std::scoped_lock lock(mutex_);
  const auto known = instances_.find(guid);
  if (known == instances_.end()) return wmi::NtStatus::wmi_guid_not_found;
  if (!one) return status;
  if (index == wmi::InstanceKey::kByName) {
    // For a name that is not there, the library and the miniports have no status but the general
    // one.
    const bool unknown = known->second == kDynamic && status == wmi::NtStatus::io_device_error;
    return unknown ? wmi::NtStatus::wmi_instance_not_found : status;
  }
  const bool static_name = known->second != kDynamic && index < known->second;
  return static_name ? status : wmi::NtStatus::wmi_instance_not_found;
}

void DeviceProvider::enable_events(const wmi::Guid& guid, bool enable) {
  const std::scoped_lock lock(mutex_);
  if (enable) {
    enabled_.insert(guid);
  } else {
    enabled_.erase(guid);
    announced_.erase(guid);
  }
}

std::vector<wmi::Guid> DeviceProvider::enabled_events() const {
  const std::scoped_lock lock(mutex_);
  return {enabled_.begin(), enabled_.end()};
}

void DeviceProvider::announce_events(const wmi::Guid& guid) {
  const std::scoped_lock lock(mutex_);
  announced_.insert(guid);
}

bool DeviceProvider::events_announced(const wmi::Guid& guid) const {
  const std::scoped_lock lock(mutex_);
  return announced_.contains(guid);
}

std::optional<std::uint32_t> DeviceProvider::instances(const wmi::Guid& guid) const {
  const std::scoped_lock lock(mutex_);
  const auto found = instances_.find(guid);
  if (found == instances_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::pair<wmi::Guid, std::uint32_t>> DeviceProvider::registered() const {
  const std::scoped_lock lock(mutex_);
  return {instances_.begin(), instances_.end()};
}

bool DeviceProvider::events_enabled(const wmi::Guid& guid) const {
  const std::scoped_lock lock(mutex_);
  return enabled_.contains(guid);
}

std::string DeviceProvider::instance_name(std::uint32_t index) const {
  return device_instance_ + "_" + std::to_string(index);
}

}  // namespace hbalab::port
