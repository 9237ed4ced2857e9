#include "iscsidsc/devices.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "iscsidsc/state.hpp"

namespace hbalab::dsc {
namespace {

constexpr DWORD kFileDeviceDisk = 7;  // FILE_DEVICE_DISK
constexpr DWORD kWholeDisk = 0;       // a disk has partition number 0
constexpr std::string_view kDiskInterfaceText = "{53f56307-b6bf-11d0-94f2-00a0c91efb8b}";

using SessionKey = std::pair<ULONGLONG, ULONGLONG>;  // adapter, session

struct SessionOwner {
  std::u16string initiator, target;
  UCHAR port = 0;  // SCSI port number: the adapter's place among the adapters
};

Outcome<std::map<SessionKey, SessionOwner>> owners(Initiators& initiators) {
  const auto names = initiators.all();
  if (!names) return std::unexpected(names.error());
  std::map<SessionKey, SessionOwner> found;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto block =
        initiators.query_if_there(iscsi::MSiSCSI_InitiatorSessionInfoGuid, (*names)[i]);
    if (!block) return std::unexpected(block.error());
    if (!*block) continue;
    const auto info = view_of<iscsi::InitiatorSessionInfoView>(**block);
    if (!info) return std::unexpected(info.error());
    for (const auto& session : info->sessions) {
      found[{info->head->UniqueAdapterId, session.head->UniqueSessionId}] = {
          wide((*names)[i]), member_text(session.head->TargetiSCSIName), static_cast<UCHAR>(i)};
    }
  }
  return found;
}

// "SCSI\Disk&Ven_X\4&1&0" -> "\\?\scsi#disk&ven_x#4&1&0#{...}", as device interfaces are named.
std::u16string interface_name(const std::string& device) {
  std::string name = "\\\\?\\";
  for (const char c : device) {
    name += c == '\\' ? '#' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return wide(name + "#" + std::string(kDiskInterfaceText));
}

struct Found {
  std::string device;
  iscsi::MSiSCSI_LUNMappingInformation mapping{};
};

// Logical units that the system has found; one that goes meanwhile is left out.
Outcome<std::vector<Found>> logical_units(Initiators& initiators) {
  const auto instances = initiators.instances(iscsi::MSiSCSI_LUNMappingInformationGuid);
  if (!instances) return std::unexpected(status_of(instances.error()));
  std::vector<Found> units;
  for (const Instance& instance : *instances) {
    const auto block =
        initiators.query_if_there(iscsi::MSiSCSI_LUNMappingInformationGuid, instance.name);
    if (!block) return std::unexpected(block.error());
    if (!*block) continue;
    const auto mapping = iscsi::read_block<iscsi::MSiSCSI_LUNMappingInformation>(
        **block, "MSiSCSI_LUNMappingInformation", iscsi::MSiSCSI_LUNMappingInformation_SIZE);
    if (mapping) units.push_back({instance.device, *mapping});
  }
  return units;
}

void number(SessionDevice& device, ULONG drive) {
  device.legacy_name = wide("\\\\.\\PhysicalDrive" + std::to_string(drive));
  device.number = {kFileDeviceDisk, drive, kWholeDisk};
  device.instance = drive;
}

}  // namespace

Outcome<std::vector<SessionDevice>> all_devices(Initiators& initiators) {
  const auto sessions = owners(initiators);
  if (!sessions) return std::unexpected(sessions.error());
  const auto units = logical_units(initiators);
  if (!units) return std::unexpected(units.error());
  std::vector<SessionDevice> devices;
  std::vector<const std::string*> names;
  for (const Found& unit : *units) {
    const auto owner = sessions->find({unit.mapping.UniqueAdapterId, unit.mapping.UniqueSessionId});
    if (owner == sessions->end()) continue;
    SessionDevice device;
    device.session = {unit.mapping.UniqueAdapterId, unit.mapping.UniqueSessionId};
    device.initiator = owner->second.initiator;
    device.target = owner->second.target;
    device.address = {sizeof(SCSI_ADDRESS), owner->second.port,
                      static_cast<UCHAR>(unit.mapping.OSBus.value()),
                      static_cast<UCHAR>(unit.mapping.OSTarget.value()),
                      static_cast<UCHAR>(unit.mapping.OSLUN.value())};
    device.interface_name = interface_name(unit.device);
    devices.push_back(std::move(device));
    names.push_back(&unit.device);
  }
  if (!devices.empty()) {
    const auto numbered = write_state([&](State& state) {
      for (std::size_t i = 0; i < devices.size(); ++i) {
        number(devices[i], state.device_number(*names[i]));
      }
      return ISDSC_SUCCESS;
    });
    if (numbered != ISDSC_SUCCESS) return std::unexpected(numbered);
  }
  std::ranges::sort(devices, {}, [](const SessionDevice& device) {
    const SCSI_ADDRESS& at = device.address;
    return std::tuple(at.PortNumber, at.PathId, at.TargetId, at.Lun);
  });
  return devices;
}

Outcome<std::vector<SessionDevice>> devices_of_session(Initiators& initiators,
                                                       const ISCSI_UNIQUE_SESSION_ID& session) {
  const auto sessions = owners(initiators);
  if (!sessions) return std::unexpected(sessions.error());
  if (!sessions->contains({session.AdapterUnique, session.AdapterSpecific})) {
    return std::unexpected(ISDSC_INVALID_SESSION_ID);
  }
  auto devices = all_devices(initiators);
  if (!devices) return devices;
  std::erase_if(*devices, [&](const SessionDevice& device) {
    return device.session.AdapterUnique != session.AdapterUnique ||
           device.session.AdapterSpecific != session.AdapterSpecific;
  });
  return devices;
}

}  // namespace hbalab::dsc
