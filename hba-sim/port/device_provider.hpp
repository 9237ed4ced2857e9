// The device objects that answer WMI: the adapter's (FDO) and one for each logical unit (PDO).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hba-sim/types.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::port {

class Core;

class DeviceProvider final : public wmi::WmiProvider,
                             public std::enable_shared_from_this<DeviceProvider> {
 public:
  // `address`: of a logical unit; none for the adapter.
  DeviceProvider(std::shared_ptr<Core> core, std::optional<ScsiAddress> address,
                 std::string device_instance, std::string friendly_name);
  ~DeviceProvider() override;

  [[nodiscard]] const std::string& device_instance() const override { return device_instance_; }
  [[nodiscard]] const std::string& friendly_name() const override { return friendly_name_; }
  wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest> request) override;
  void cancel(wmi::RequestId id) override;
  bool help() override;
  [[nodiscard]] std::string explain(const wmi::Guid& guid, std::uint32_t method,
                                    std::span<const std::uint8_t> in,
                                    std::span<const std::uint8_t> out) const override;

  [[nodiscard]] const std::optional<ScsiAddress>& address() const { return address_; }

  // Remembers what the device has registered, from a REGINFO answer.
  void learn(std::span<const std::uint8_t> reginfo);
  // The newest of these answers.
  [[nodiscard]] std::vector<std::uint8_t> reginfo() const;
  // A status that says less than is known: when the miniport refused a GUID or an instance that was
  // never registered, or a dynamic name, the request ends as the WMI service itself would end it.
  // `one`: the request was for one instance, `index`, which may be InstanceKey::kByName.
  [[nodiscard]] wmi::NtStatus refine(wmi::NtStatus status, const wmi::Guid& guid, bool one,
                                     std::uint32_t index) const;
  // Whether somebody has asked for the events of a class, and has not asked to end them.
  void enable_events(const wmi::Guid& guid, bool enable);
  [[nodiscard]] bool events_enabled(const wmi::Guid& guid) const;
  [[nodiscard]] std::vector<wmi::Guid> enabled_events() const;
  // Whether the driver may fire them: it is also being asked for them.
  void announce_events(const wmi::Guid& guid);
  [[nodiscard]] bool events_announced(const wmi::Guid& guid) const;
  // How many instances of a block were registered; nothing: it was not.
  [[nodiscard]] std::optional<std::uint32_t> instances(const wmi::Guid& guid) const;
  // Every block with that.
  [[nodiscard]] std::vector<std::pair<wmi::Guid, std::uint32_t>> registered() const;
  // The name of a statically named instance.
  [[nodiscard]] std::string instance_name(std::uint32_t index) const;

  // Guarded by the adapter lock: the device has gone, nothing is sent to it any more.
  bool gone = false;

 private:
  const std::shared_ptr<Core> core_;
  const std::optional<ScsiAddress> address_;
  const std::string device_instance_;
  const std::string friendly_name_;
  mutable std::mutex mutex_;                                // taken last
  std::unordered_map<wmi::Guid, std::uint32_t> instances_;  // guarded by mutex_
  std::unordered_set<wmi::Guid> enabled_;                   // guarded by mutex_
  std::vector<std::uint8_t> reginfo_;                       // guarded by mutex_
  std::unordered_set<wmi::Guid> announced_;                 // guarded by mutex_
};

}  // namespace hbalab::port
