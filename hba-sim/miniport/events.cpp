// WMI events, fired while they are enabled.
#include <algorithm>
#include <cstring>

#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::miniport {
namespace {

bool enabled(const DeviceExtension& device, const iscsi::Guid16& guid) {
  if (device.life == nullptr) return false;  // stopped
  const Life& life = **device.life;
  return std::ranges::any_of(life.events, [&](ULONG index) {
    return std::memcmp(life.guids[index].Guid, guid.data(), guid.size()) == 0;
  });
}

// `size`: the bytes of the event that count.
template <typename Event>
void fire(DeviceExtension& device, const iscsi::Guid16& guid, const Event& event,
          std::size_t size) {
  if (!enabled(device, guid)) return;
  // The port driver puts its WNODE into the room in front of the data.
  constexpr std::size_t kRoom = 0x40;
  alignas(8) UCHAR data[kRoom + sizeof(Event)] = {};
  std::memcpy(data + kRoom, &event, size);
  auto* name = const_cast<LPGUID>(reinterpret_cast<const GUID*>(guid.data()));
  ScsiPortWmiFireAdapterEvent(&device, name, 0, static_cast<ULONG>(size), data);
}

void fire(DeviceExtension& device, const adapter::SessionFailed& failure) {
  auto event = zeroed<iscsi::MSiSCSI_InitiatorInstanceFailureEvent>();
  event.FailureType = static_cast<std::uint8_t>(failure.type);
  put_text(event.RemoteNodeName, failure.remote_name);
  fire(device, iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid, event, sizeof event);
}

void fire(DeviceExtension& device, const adapter::NodeFailed& failure) {
  auto event = zeroed<iscsi::MSiSCSI_InitiatorNodeFailureEvent>();
  event.FailureTime = failure.time;
  event.FailureType = static_cast<std::uint8_t>(failure.type);
  put_text(event.TargetFailureName, failure.target_name);
  to_wmi(failure.address, event.TargetFailureAddr);
  fire(device, iscsi::MSiSCSI_InitiatorNodeFailureEventGuid, event,
       iscsi::MSiSCSI_InitiatorNodeFailureEvent_SIZE);
}

// No dump data: the simulated links carry no headers that could be shown.
void fire(DeviceExtension& device, const adapter::LogEntry& entry) {
  auto event = zeroed<iscsi::MSiSCSI_Eventlog>();
  event.Type = entry.type;
  event.LogToEventlog = 1;
  fire(device, iscsi::MSiSCSI_EventlogGuid, event,
       offsetof(iscsi::MSiSCSI_Eventlog, AdditionalData));
}

}  // namespace

void fire_targets_changed(DeviceExtension& device) {
  auto event = zeroed<iscsi::MSiSCSI_AdapterEvent>();
  event.UniqueAdapterId = device.hba->unique_adapter_id();
  event.EventCode = iscsi::ISCSI_ADAPTER_TARGETS_CHANGED;
  fire(device, iscsi::MSiSCSI_AdapterEventGuid, event, iscsi::MSiSCSI_AdapterEvent_SIZE);
}

void fire_notice(DeviceExtension& device, const adapter::Notice& notice) {
  std::visit([&](const auto& what) { fire(device, what); }, notice);
}

}  // namespace hbalab::miniport
