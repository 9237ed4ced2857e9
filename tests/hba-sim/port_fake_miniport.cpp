#include "tests/hba-sim/port_fake_miniport.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace hbalab::port_test {
namespace {

FakeHardware& of(PVOID context) { return *static_cast<FakeHardware*>(context); }
FakeHardware& hardware_of(PVOID extension) {
  return *static_cast<FakeExtension*>(extension)->hardware;
}
FakeSrbExtension& extension_of(PSCSI_REQUEST_BLOCK srb) {
  return *static_cast<FakeSrbExtension*>(srb->SrbExtension);
}

constexpr ULONG kInstanceSize = 12;

WCHAR g_mof_name[] = {'F', 'a', 'k', 'e', 'M', 'o', 'f', 0};

UCHAR reginfo(PVOID, PSCSIWMI_REQUEST_CONTEXT, PWCHAR* mof) {
  *mof = g_mof_name;
  return SRB_STATUS_SUCCESS;
}

UCHAR post(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used) {
  ScsiPortWmiPostProcess(context, status, used);
  return status;
}

BOOLEAN query_dynamic(FakeHardware& hardware, PSCSIWMI_REQUEST_CONTEXT context) {
  if (!ScsiPortWmiIsQueryAllData(context)) return post(context, SRB_STATUS_ERROR, 0);
  ULONG available = 0;
  ULONG needed = 0;
  bool room = true;
  ScsiPortWmiSetInstanceCount(context, static_cast<ULONG>(hardware.dynamic_names.size()),
                              &available, &needed);
  for (ULONG i = 0; i < hardware.dynamic_names.size(); ++i) {
    const auto& name = hardware.dynamic_names[i];
    const ULONG bytes = static_cast<ULONG>(name.size() * sizeof(WCHAR));
    PWCHAR text = ScsiPortWmiSetInstanceName(context, i, bytes, &available, &needed);
    if (text != nullptr) std::memcpy(text, name.data(), bytes);
    PVOID data = ScsiPortWmiSetData(context, i, kInstanceSize + i, &available, &needed);
    if (data != nullptr) std::memset(data, 0x40 + static_cast<int>(i), kInstanceSize + i);
    room = room && text != nullptr && data != nullptr;
  }
  return post(context, room ? SRB_STATUS_SUCCESS : SRB_STATUS_DATA_OVERRUN, needed);
}

BOOLEAN query(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG guid_index, ULONG index,
              ULONG count, PULONG lengths, ULONG available, PUCHAR buffer) {
  FakeHardware& hardware = of(device);
  const SCSIWMIGUIDREGINFO& guid = hardware.guids.at(guid_index);
  if (guid.InstanceCount == 0xFFFFFFFF) {
    if (ScsiPortWmiIsQueryAllData(context)) return query_dynamic(hardware, context);
    const PWCHAR counted = ScsiPortWmiGetInstanceName(context);
    if (counted == nullptr) return post(context, SRB_STATUS_ERROR, 0);
    const std::u16string name(counted + 1, counted + 1 + counted[0] / sizeof(WCHAR));
    const auto found = std::ranges::find(hardware.dynamic_names, name);
    const bool forgotten = hardware.forgets_a_name && found == hardware.dynamic_names.begin();
    if (forgotten || (found == hardware.dynamic_names.end() && !hardware.answers_every_name)) {
      return post(context, SRB_STATUS_ERROR, 0);
    }
    if (available < kInstanceSize) return post(context, SRB_STATUS_DATA_OVERRUN, kInstanceSize);
    std::memset(buffer, 0x60 + static_cast<int>(found - hardware.dynamic_names.begin()),
                kInstanceSize);
    *lengths = kInstanceSize;
    return post(context, SRB_STATUS_SUCCESS, kInstanceSize);
  }
  // Instance i has kInstanceSize + i bytes of 0x10 + i, each on 8 bytes.
  ULONG used = 0;
  for (ULONG i = index; i < index + count; ++i) {
    used = (used + 7u) & ~7u;
    if (buffer != nullptr && used + kInstanceSize + i <= available) {
      std::memset(buffer + used, 0x10 + static_cast<int>(i),
                  kInstanceSize + i - (hardware.leaves_a_byte ? 1 : 0));
    }
    used += kInstanceSize + i;
  }
  if (buffer == nullptr || used > available) {
    return post(context, SRB_STATUS_DATA_OVERRUN, used - (hardware.asks_too_little ? 4 : 0));
  }
  for (ULONG i = 0; lengths != nullptr && i < count; ++i) lengths[i] = kInstanceSize + index + i;
  return post(context, SRB_STATUS_SUCCESS, used);
}

BOOLEAN set_block(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG size,
                  PUCHAR data) {
  FakeHardware& hardware = of(device);
  ++hardware.sets;
  hardware.set_data.assign(data, data + size);
  return post(context, SRB_STATUS_SUCCESS, 0);
}

BOOLEAN set_item(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG item,
                 ULONG size, PUCHAR data) {
  of(device).set_item_id = item;
  of(device).set_data.assign(data, data + size);
  return post(context, SRB_STATUS_SUCCESS, 0);
}

BOOLEAN control(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG,
                SCSIWMI_ENABLE_DISABLE_CONTROL function, BOOLEAN enable) {
  (function == ScsiWmiEventControl ? of(device).events_enabled : of(device).collecting) =
      enable != FALSE;
  return post(context, SRB_STATUS_SUCCESS, 0);
}

BOOLEAN execute(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG method,
                ULONG in_size, ULONG out_size, PUCHAR buffer) {
  FakeHardware& hardware = of(device);
  switch (method) {
    case kEcho:
      return post(context, SRB_STATUS_SUCCESS, in_size);
    case kPend:
      return TRUE;
    case kGrow:
      if (out_size < 4096) return post(context, SRB_STATUS_DATA_OVERRUN, 4096);
      std::memset(buffer, 0x77, 4096);
      return post(context, SRB_STATUS_SUCCESS, 4096);
    case kFire: {
      std::vector<UCHAR> event(0x40 + in_size);
      std::copy_n(buffer, in_size, event.begin() + 0x40);
      GUID guid = kEventGuid;
      ScsiPortWmiFireAdapterEvent(hardware.extension, &guid, 0, in_size, event.data());
      return post(context, SRB_STATUS_SUCCESS, 0);
    }
    case kReregister:
      StorPortNotification(WMIReregister, hardware.extension, 0xFF, 0, 0);
      return post(context, SRB_STATUS_SUCCESS, 0);
    case kFail:
      return post(context, SRB_STATUS_ERROR, 0);
    case kReturnStatus:
      return SRB_STATUS_BAD_FUNCTION;
    default:
      return post(context, SRB_STATUS_SUCCESS, 0);
  }
}

std::uint32_t method_of(PSCSI_WMI_REQUEST_BLOCK srb) {
  if (srb->WMISubFunction != WMI_EXECUTE_METHOD) return 0;
  return static_cast<WNODE_METHOD_ITEM*>(srb->DataBuffer)->MethodId;
}

bool start_wmi(PVOID extension, PSCSI_REQUEST_BLOCK block) {
  FakeHardware& hardware = hardware_of(extension);
  auto* srb = static_cast<PSCSI_WMI_REQUEST_BLOCK>(static_cast<PVOID>(block));
  hardware.last_wmi = block;
  hardware.wmi_flags = srb->WMIFlags;
  const std::uint32_t method = method_of(srb);
  if (method == kRefuse) return false;
  FakeSrbExtension& mine = extension_of(block);
  mine.srb = block;
  const bool adapter = (srb->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) != 0;
  const BOOLEAN pending = ScsiPortWmiDispatchFunction(
      adapter ? &hardware.library : &hardware.unit_library, srb->WMISubFunction, &hardware,
      &mine.context, srb->DataPath, srb->DataTransferLength, srb->DataBuffer);
  if (pending != FALSE) {
    hardware.held.push_back(block);
    return true;
  }
  srb->DataTransferLength = ScsiPortWmiGetReturnSize(&mine.context);
  srb->SrbStatus = ScsiPortWmiGetReturnStatus(&mine.context);
  if (method == kOverrun) srb->DataTransferLength = 1u << 30;
  if (method == kCompletePending) srb->SrbStatus = SRB_STATUS_PENDING;
  StorPortNotification(RequestComplete, extension, block);
  if (method == kTwice) StorPortNotification(RequestComplete, extension, block);
  StorPortNotification(NextRequest, extension);
  return true;
}

void start_abort(PVOID extension, PSCSI_REQUEST_BLOCK block) {
  FakeHardware& hardware = hardware_of(extension);
  ++hardware.aborts;
  const auto victim = std::ranges::find(hardware.held, block->NextSrb);
  block->SrbStatus = victim != hardware.held.end() ? SRB_STATUS_SUCCESS : SRB_STATUS_ABORT_FAILED;
  if (victim != hardware.held.end() && hardware.honour_abort) {
    const PSCSI_REQUEST_BLOCK srb = *victim;
    hardware.complete(srb, SRB_STATUS_ABORTED);
  }
  StorPortNotification(RequestComplete, extension, block);
}

BOOLEAN build_io(PVOID extension, PSCSI_REQUEST_BLOCK) {
  if (hardware_of(extension).use_build_io) ++hardware_of(extension).built;
  return TRUE;
}

BOOLEAN start_io(PVOID extension, PSCSI_REQUEST_BLOCK srb) {
  FakeHardware& hardware = hardware_of(extension);
  if (hardware.in_start_io) hardware.in_start_io();
  switch (srb->Function) {
    case SRB_FUNCTION_WMI:
      return start_wmi(extension, srb) ? TRUE : FALSE;
    case SRB_FUNCTION_ABORT_COMMAND:
      start_abort(extension, srb);
      return TRUE;
    case SRB_FUNCTION_EXECUTE_SCSI:
      if (hardware.hold_scan) {
        hardware.held.push_back(srb);
        return TRUE;
      }
      hardware.answer_scsi(srb);
      break;
    default:
      srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
      break;
  }
  StorPortNotification(RequestComplete, extension, srb);
  return TRUE;
}

BOOLEAN passive(PVOID extension) {
  ++hardware_of(extension).passive;
  return TRUE;
}

BOOLEAN initialize(PVOID extension) {
  if (hardware_of(extension).initialize_fails) return FALSE;
  return StorPortEnablePassiveInitialization(extension, passive);
}

ULONG find(PVOID extension, PVOID, PVOID bus, PCHAR, PPORT_CONFIGURATION_INFORMATION config,
           PBOOLEAN) {
  auto& hardware = *static_cast<FakeHardware*>(bus);
  ++hardware.finds;
  if (hardware.find_fails) return SP_RETURN_ERROR;
  auto* mine = static_cast<FakeExtension*>(extension);
  hardware.found_marker = mine->marker;
  mine->marker = 0xABCD;
  mine->hardware = &hardware;
  hardware.extension = extension;
  config->NumberOfBuses = hardware.buses;
  config->MaximumNumberOfTargets = hardware.targets;
  config->WmiDataProvider = hardware.wmi ? TRUE : FALSE;
  return SP_RETURN_FOUND;
}

SCSI_ADAPTER_CONTROL_STATUS adapter_control(PVOID extension, SCSI_ADAPTER_CONTROL_TYPE type,
                                            PVOID parameters) {
  if (type == ScsiQuerySupportedControlTypes) {
    auto* list = static_cast<PSCSI_SUPPORTED_CONTROL_TYPE_LIST>(parameters);
    BOOLEAN* const supported = list->SupportedTypeList;
    supported[ScsiStopAdapter] = hardware_of(extension).can_stop ? TRUE : FALSE;
    return ScsiAdapterControlSuccess;
  }
  if (type != ScsiStopAdapter) return ScsiAdapterControlUnsuccessful;
  FakeHardware& hardware = hardware_of(extension);
  ++hardware.stops;
  while (hardware.completes_on_stop && !hardware.held.empty())
    hardware.complete(hardware.held.back(), SRB_STATUS_BUS_RESET);
  return ScsiAdapterControlSuccess;
}

std::uint32_t driver_entry(void* driver_object, void* registry_path) {
  HW_INITIALIZATION_DATA data{};
  data.HwInitializationDataSize = sizeof data;
  data.AdapterInterfaceType = PCIBus;
  data.HwInitialize = initialize;
  data.HwStartIo = start_io;
  data.HwBuildIo = build_io;
  data.HwFindAdapter = find;
  data.HwAdapterControl = adapter_control;
  data.DeviceExtensionSize = sizeof(FakeExtension);
  data.SrbExtensionSize = sizeof(FakeSrbExtension);
  return StorPortInitialize(driver_object, registry_path, &data, nullptr);
}

}  // namespace

FakeHardware::FakeHardware() {
  guids = {{&kDataGuid, data_instances, 0},
           {&kDynamicGuid, 0xFFFFFFFF, WMIREG_FLAG_CALL_BY_NAME},
           {&kMethodGuid, 1, 0},
           {&kEventGuid, 1, WMIREG_FLAG_EVENT_ONLY_GUID}};
  unit_guids = {{&kUnitGuid, 1, 0}};
  library = {static_cast<ULONG>(guids.size()),
             guids.data(),
             reginfo,
             query,
             set_block,
             set_item,
             execute,
             control};
  unit_library = {1, unit_guids.data(), reginfo, query, nullptr, nullptr, execute, nullptr};
}

void FakeHardware::complete(PSCSI_REQUEST_BLOCK srb, UCHAR status, ULONG used) {
  std::erase(held, srb);
  if (srb->Function == SRB_FUNCTION_WMI) {
    FakeSrbExtension& mine = extension_of(srb);
    ScsiPortWmiPostProcess(&mine.context, status, used);
    srb->DataTransferLength = ScsiPortWmiGetReturnSize(&mine.context);
    srb->SrbStatus = ScsiPortWmiGetReturnStatus(&mine.context);
  } else if (status == SRB_STATUS_SUCCESS) {
    answer_scsi(srb);
  } else {
    srb->SrbStatus = status;
  }
  StorPortNotification(RequestComplete, extension, srb);
}

bool FakeHardware::answer_scsi(PSCSI_REQUEST_BLOCK srb) const {
  auto* data = static_cast<UCHAR*>(srb->DataBuffer);
  if (srb->Cdb[0] == SCSIOP_REPORT_LUNS) {
    ULONG at = 8;
    for (const auto& [address, product] : units) {
      if (address.path != srb->PathId || address.target != srb->TargetId) continue;
      data[at + 1] = address.lun;
      at += 8;
    }
    data[2] = static_cast<UCHAR>((at - 8) >> 8);
    data[3] = static_cast<UCHAR>(at - 8);
    srb->DataTransferLength = at;
    srb->SrbStatus = at > 8 ? SRB_STATUS_SUCCESS : SRB_STATUS_NO_DEVICE;
    return true;
  }
  const auto unit = units.find({srb->PathId, srb->TargetId, srb->Lun});
  if (unit == units.end()) {
    srb->SrbStatus = SRB_STATUS_NO_DEVICE;
    return true;
  }
  std::memset(data, ' ', INQUIRYDATABUFFERSIZE);
  data[0] = DIRECT_ACCESS_DEVICE;
  std::memcpy(data + 8, "HBALAB", 6);
  std::copy_n(unit->second.begin(), std::min<std::size_t>(unit->second.size(), 16), data + 16);
  srb->DataTransferLength = INQUIRYDATABUFFERSIZE;
  srb->SrbStatus = SRB_STATUS_SUCCESS;
  return true;
}

port::MiniportImage fake_image() { return {"fake", driver_entry}; }

port::AdapterDeviceOptions Bench::options() {
  port::AdapterDeviceOptions options;
  options.device_instance = "PCI\\VEN_FAKE&DEV_0001\\3&1&0&08";
  options.friendly_name = "hba0";
  options.clock = clock;
  options.lock = lock;
  options.registry = registry;
  options.events = events;
  options.trace = trace;
  options.hardware = &hardware;
  return options;
}

void Bench::start() {
  auto started = port::AdapterDevice::start(fake_image(), options());
  if (!started) FAIL(started.error());
  device = *std::move(started);
}

Bench::~Bench() {
  if (device) device->stop();
}

wmi::InstanceRef Bench::ref(const GUID& guid, std::uint32_t index) const {
  return {device->provider(), to_guid(guid), {index, u""}};
}

std::string Bench::trace_text() const { return trace->read(trace->begin_position(), 1u << 24); }

std::shared_ptr<Outcome> submit(wmi::WmiProvider& provider, wmi::MinorFunction minor,
                                const GUID& guid, wmi::WnodeBuffer buffer,
                                std::chrono::milliseconds timeout) {
  auto outcome = std::make_shared<Outcome>();
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = minor;
  request->data_path = to_guid(guid);
  request->buffer = std::move(buffer);
  request->timeout = timeout;
  request->on_complete = [outcome](std::unique_ptr<wmi::WmiRequest> done) {
    ++outcome->completions;
    outcome->request = std::move(done);
  };
  outcome->id = provider.submit(std::move(request));
  return outcome;
}

std::shared_ptr<Outcome> call(wmi::WmiProvider& provider, std::uint32_t method,
                              std::vector<std::uint8_t> in, std::size_t room,
                              std::chrono::milliseconds timeout) {
  return submit(provider, wmi::MinorFunction::execute_method, kMethodGuid,
                wmi::pack_method(to_guid(kMethodGuid), {0, u""}, method, in, room), timeout);
}

}  // namespace hbalab::port_test
