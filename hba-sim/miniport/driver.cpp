// DriverEntry and the Hw* routines.
#include <algorithm>
#include <cstring>
#include <utility>

#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::miniport {
namespace {

void unlink(Request& request, Life& life) {
  (request.previous != nullptr ? request.previous->next : life.waiting) = request.next;
  if (request.next != nullptr) request.next->previous = request.previous;
  request.waiting = false;
}

DeviceExtension& device_of(PVOID extension) { return *static_cast<DeviceExtension*>(extension); }

Request& request_of(PSCSIWMI_REQUEST_CONTEXT context) {
  return *static_cast<Request*>(context->UserContext);
}

const GUID* as_guid(const std::array<std::uint8_t, 16>& bytes) {
  return reinterpret_cast<const GUID*>(bytes.data());
}

const SCSIWMIGUIDREGINFO kLunGuids[] = {
    {as_guid(iscsi::MSiSCSI_LUNMappingInformationGuid), 1, 0},
};

UCHAR query_reg_info(PVOID, PSCSIWMI_REQUEST_CONTEXT, PWCHAR* mof_resource_name) {
  static WCHAR name[] = u"HbalabMofResource";
  *mof_resource_name = name;
  return SRB_STATUS_SUCCESS;
}

BOOLEAN query_adapter_block(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG guid_index,
                            ULONG instance, ULONG count, PULONG instance_lengths, ULONG available,
                            PUCHAR buffer) {
  return query_class(request_of(dispatch),
                     {guid_index, instance, count, instance_lengths, available, buffer});
}

BOOLEAN set_adapter_block(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG guid_index,
                          ULONG instance, ULONG size, PUCHAR buffer) {
  return set_class(request_of(dispatch), guid_index, instance, {buffer, size});
}

BOOLEAN set_adapter_item(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG guid_index, ULONG instance,
                         ULONG item, ULONG size, PUCHAR buffer) {
  return set_class_item(request_of(dispatch), guid_index, instance, item, {buffer, size});
}

BOOLEAN query_lun_block(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG, ULONG, ULONG,
                        PULONG instance_lengths, ULONG available, PUCHAR buffer) {
  return query_lun_mapping(request_of(dispatch), available, buffer, instance_lengths);
}

BOOLEAN execute_method(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG guid_index, ULONG instance,
                       ULONG method_id, ULONG in_size, ULONG out_size, PUCHAR buffer) {
  const std::size_t size = buffer == nullptr ? 0 : std::max(in_size, out_size);
  const MethodCall call{request_of(dispatch), instance, {buffer, size}, in_size, out_size};
  return execute_class(call, guid_index, method_id);
}

// Data is collected always.
BOOLEAN function_control(PVOID, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG,
                         SCSIWMI_ENABLE_DISABLE_CONTROL, BOOLEAN) {
  complete(request_of(dispatch), SRB_STATUS_SUCCESS, 0);
  return FALSE;
}

BOOLEAN adapter_function_control(PVOID device, PSCSIWMI_REQUEST_CONTEXT dispatch, ULONG guid_index,
                                 SCSIWMI_ENABLE_DISABLE_CONTROL function, BOOLEAN enable) {
  auto& events = (*device_of(device).life)->events;
  if (function == ScsiWmiEventControl && enable != FALSE) events.insert(guid_index);
  if (function == ScsiWmiEventControl && enable == FALSE) events.erase(guid_index);
  complete(request_of(dispatch), SRB_STATUS_SUCCESS, 0);
  return FALSE;
}

SCSI_WMILIB_CONTEXT make_library_context(std::span<const SCSIWMIGUIDREGINFO> guids,
                                         PSCSIWMI_QUERY_DATABLOCK query) {
  SCSI_WMILIB_CONTEXT context{};
  context.GuidCount = static_cast<ULONG>(guids.size());
  context.GuidList = const_cast<PSCSIWMIGUIDREGINFO>(guids.data());
  context.QueryWmiRegInfo = query_reg_info;
  context.QueryWmiDataBlock = query;
  context.WmiFunctionControl = function_control;
  return context;
}

// The number of instances may depend on the adapter, so each life has its list.
void make_adapter_library(const adapter::Hba& hba, Life& life) {
  for (const WmiClass& it : adapter_classes()) {
    const ULONG instances = it.named != nullptr       ? 0xFFFFFFFFu
                            : it.instances == nullptr ? 1
                                                      : it.instances(hba);
    if (instances == 0) continue;
    const ULONG flags = it.flags | (it.named != nullptr ? WMIREG_FLAG_CALL_BY_NAME : 0u);
    life.guids.push_back({as_guid(*it.guid), instances, flags});
    life.classes.push_back(&it);
  }
  life.library = make_library_context(life.guids, query_adapter_block);
  life.library.SetWmiDataBlock = set_adapter_block;
  life.library.SetWmiDataItem = set_adapter_item;
  life.library.ExecuteWmiMethod = execute_method;
  life.library.WmiFunctionControl = adapter_function_control;
}

void start_wmi(DeviceExtension& device, SCSI_WMI_REQUEST_BLOCK& srb) {
  static SCSI_WMILIB_CONTEXT lun_library = make_library_context(kLunGuids, query_lun_block);
  auto& request = *static_cast<Request*>(srb.SrbExtension);
  request = {};
  request.context.UserContext = &request;
  request.device = &device;
  request.srb = &srb;
  const bool for_adapter = (srb.WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) != 0;
  SCSI_WMILIB_CONTEXT& library = for_adapter ? (*device.life)->library : lun_library;
  if (ScsiPortWmiDispatchFunction(&library, srb.WMISubFunction, &device, &request.context,
                                  srb.DataPath, srb.DataTransferLength, srb.DataBuffer)) {
    return;
  }
  srb.DataTransferLength = ScsiPortWmiGetReturnSize(&request.context);
  srb.SrbStatus = ScsiPortWmiGetReturnStatus(&request.context);
  StorPortNotification(RequestComplete, &device, &srb);
}

// Ends the request that NextSrb names, when it is one that can still be ended.
void abort_command(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb) {
  auto* victim = reinterpret_cast<SCSI_WMI_REQUEST_BLOCK*>(srb.NextSrb);
  srb.SrbStatus = SRB_STATUS_ABORT_FAILED;
  if (victim != nullptr && victim->Function == SRB_FUNCTION_WMI) {
    auto& request = *static_cast<Request*>(victim->SrbExtension);
    if (request.pending && request.operation != 0) {
      request.aborted = true;
      srb.SrbStatus = SRB_STATUS_SUCCESS;
      device.hba->cancel(request.operation);
    }
  }
  StorPortNotification(RequestComplete, &device, &srb);
}

ULONG hw_find_adapter(PVOID extension, PVOID, PVOID bus_information, PCHAR,
                      PPORT_CONFIGURATION_INFORMATION config, PBOOLEAN again) {
  if (bus_information == nullptr) return SP_RETURN_NOT_FOUND;
  DeviceExtension& device = device_of(extension);
  device.hba = static_cast<adapter::Hba*>(bus_information);
  config->NumberOfBuses = static_cast<UCHAR>(device.hba->buses());
  config->MaximumNumberOfTargets = 255;
  config->MaximumNumberOfLogicalUnits = 255;
  config->MaximumTransferLength = 1u << 20;
  config->WmiDataProvider = TRUE;
  *again = FALSE;
  return SP_RETURN_FOUND;
}

// The port driver looks at one change at a time.
void report_change(DeviceExtension& device) {
  Life& life = **device.life;
  if (life.reporting || life.changed.empty()) return;
  const adapter::OsTarget place = *life.changed.begin();
  life.changed.erase(life.changed.begin());
  life.reported = {.Type = STOR_ADDRESS_TYPE_BTL8,
                   .Port = 0,
                   .AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH,
                   .Path = place.bus,
                   .Target = place.target,
                   .Lun = 0,
                   .Reserved = 0};
  const PHW_STATE_CHANGE looked_at = [](PVOID extension, PVOID, SHORT, PVOID, ULONG) {
    DeviceExtension& its = device_of(extension);
    (*its.life)->reporting = false;
    report_change(its);
  };
  life.reporting = StorPortStateChangeDetected(&device, STATE_CHANGE_TARGET,
                                               reinterpret_cast<PSTOR_ADDRESS>(&life.reported), 0,
                                               looked_at, nullptr) == STOR_STATUS_SUCCESS;
  // Whatever the reason is, an enumeration of everything finds the same.
  if (!life.reporting) StorPortNotification(BusChangeDetected, &device, 0);
}

void power_on(DeviceExtension& device) {
  adapter::DriverHooks hooks;
  hooks.units_changed = [&device](adapter::OsTarget place) {
    (*device.life)->changed.insert(place);
    report_change(device);
  };
  hooks.targets_changed = [&device] { fire_targets_changed(device); };
  hooks.notice = [&device](const adapter::Notice& notice) { fire_notice(device, notice); };
  device.hba->start(std::move(hooks));
  device.hba->begin();
}

BOOLEAN hw_initialize(PVOID extension) {
  DeviceExtension& device = device_of(extension);
  device.life = new std::shared_ptr<Life>(std::make_shared<Life>());
  make_adapter_library(*device.hba, **device.life);
  power_on(device);
  return TRUE;
}

// Gives back every SRB: those that wait for the NVRAM here, those that wait for the HBA by stopping
// it. What the NVRAM has begun happens all the same.
void stop_adapter(DeviceExtension& device) {
  if (device.life != nullptr) {
    const std::unique_ptr<std::shared_ptr<Life>> owner(std::exchange(device.life, nullptr));
    Life& life = **owner;
    life.over = true;
    while (life.waiting != nullptr) {
      Request& request = *life.waiting;
      unlink(request, life);
      complete(request, SRB_STATUS_BUS_RESET, 0);
    }
  }
  device.hba->stop();
}

BOOLEAN hw_start_io(PVOID extension, PSCSI_REQUEST_BLOCK srb) {
  DeviceExtension& device = device_of(extension);
  switch (srb->Function) {
    case SRB_FUNCTION_WMI:
      start_wmi(device, *reinterpret_cast<SCSI_WMI_REQUEST_BLOCK*>(srb));
      return TRUE;
    case SRB_FUNCTION_EXECUTE_SCSI:
      execute_scsi(device, *srb);
      return TRUE;
    case SRB_FUNCTION_ABORT_COMMAND:
      abort_command(device, *srb);
      return TRUE;
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
      srb->SrbStatus = SRB_STATUS_SUCCESS;  // nothing is cached: NVRAM writes are durable at once
      break;
    default:
      srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
      break;
  }
  StorPortNotification(RequestComplete, &device, srb);
  return TRUE;
}

// Every operation of the HBA ends, and with it every SRB that waits for the fabric; then the
// adapter goes on as after power-on. What waits for the NVRAM is not on the bus and goes on.
BOOLEAN hw_reset_bus(PVOID extension, ULONG) {
  DeviceExtension& device = device_of(extension);
  device.hba->stop();
  (*device.life)->kept = {};
  power_on(device);
  // The sessions ended without a word from the hooks.
  StorPortNotification(BusChangeDetected, &device, 0);
  return TRUE;
}

SCSI_ADAPTER_CONTROL_STATUS hw_adapter_control(PVOID extension, SCSI_ADAPTER_CONTROL_TYPE type,
                                               PVOID parameters) {
  switch (type) {
    case ScsiQuerySupportedControlTypes: {
      auto* list = static_cast<PSCSI_SUPPORTED_CONTROL_TYPE_LIST>(parameters);
      for (ULONG i = 0; i < list->MaxControlType; ++i) {
        list->SupportedTypeList[i] = i == ScsiQuerySupportedControlTypes || i == ScsiStopAdapter;
      }
      return ScsiAdapterControlSuccess;
    }
    case ScsiStopAdapter:
      stop_adapter(device_of(extension));
      return ScsiAdapterControlSuccess;
    default:
      return ScsiAdapterControlUnsuccessful;
  }
}

std::uint32_t driver_entry(void* driver_object, void* registry_path) {
  HW_INITIALIZATION_DATA data = initialization_data();
  return StorPortInitialize(driver_object, registry_path, &data, nullptr);
}

}  // namespace

HW_INITIALIZATION_DATA initialization_data() {
  HW_INITIALIZATION_DATA data{};
  data.HwInitializationDataSize = sizeof data;
  data.AdapterInterfaceType = PCIBus;
  data.HwFindAdapter = hw_find_adapter;
  data.HwInitialize = hw_initialize;
  data.HwStartIo = hw_start_io;
  data.HwResetBus = hw_reset_bus;
  data.HwAdapterControl = hw_adapter_control;
  data.DeviceExtensionSize = sizeof(DeviceExtension);
  data.SrbExtensionSize = sizeof(Request);
  data.MultipleRequestPerLu = TRUE;
  data.AutoRequestSense = TRUE;
  data.TaggedQueuing = TRUE;
  return data;
}

void wait_for_nvram(Request& request) {
  Life& life = **request.device->life;
  request.previous = nullptr;
  request.next = life.waiting;
  if (request.next != nullptr) request.next->previous = &request;
  life.waiting = &request;
  request.waiting = true;
}

void complete(Request& request, std::uint8_t srb_status, std::uint32_t size) {
  if (request.waiting) unlink(request, **request.device->life);
  ScsiPortWmiPostProcess(&request.context, srb_status, size);
  request.completed = true;
  if (!request.pending) return;
  request.operation = 0;
  request.srb->DataTransferLength = ScsiPortWmiGetReturnSize(&request.context);
  request.srb->SrbStatus =
      request.aborted ? UCHAR{SRB_STATUS_ABORTED} : ScsiPortWmiGetReturnStatus(&request.context);
  StorPortNotification(RequestComplete, request.device, request.srb);
}

port::MiniportImage builtin_image() { return {"hbalab-iscsi", driver_entry}; }

}  // namespace hbalab::miniport
