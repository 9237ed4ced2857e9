// The C functions that miniports import: Storport's, and SCSI port's of the same meaning. Their
// names are in hba-sim/kit/exports.txt.
#include <cstdarg>
#include <cstring>
#include <string>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/driver.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/services_port.hpp"

using namespace hbalab::port;

// Defines the function for both port drivers.
#define PORT_SERVICE(result, name, parameters, ...) \
  result StorPort##name parameters;                 \
  result ScsiPort##name parameters;                 \
  result StorPort##name parameters __VA_ARGS__ result ScsiPort##name parameters __VA_ARGS__
#define UNIT PathId, TargetId, Lun

extern "C" {

ULONG StorPortInitialize(PVOID Argument1, PVOID, PHW_INITIALIZATION_DATA HwInitializationData,
                         PVOID HwContext) {
  return register_driver(PortKind::storport, Argument1, HwInitializationData, HwContext);
}

ULONG ScsiPortInitialize(PVOID Argument1, PVOID Argument2,
                         struct _HW_INITIALIZATION_DATA* HwInitializationData, PVOID HwContext);
ULONG ScsiPortInitialize(PVOID Argument1, PVOID,
                         struct _HW_INITIALIZATION_DATA* HwInitializationData, PVOID HwContext) {
  return register_driver(PortKind::scsiport, Argument1, HwInitializationData, HwContext);
}

VOID ScsiPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...);
VOID StorPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...) {
  ServiceCaller::is(__builtin_return_address(0));
  std::va_list arguments;
  va_start(arguments, HwDeviceExtension);
  notify(NotificationType, HwDeviceExtension, arguments);
  va_end(arguments);
}
VOID ScsiPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...) {
  ServiceCaller::is(__builtin_return_address(0));
  std::va_list arguments;
  va_start(arguments, HwDeviceExtension);
  notify(NotificationType, HwDeviceExtension, arguments);
  va_end(arguments);
}

PORT_SERVICE(VOID, CompleteRequest,
             (PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun, UCHAR SrbStatus), {
               ServiceCaller::is(__builtin_return_address(0));
               complete_requests(HwDeviceExtension, {UNIT}, SrbStatus);
             })

PORT_SERVICE(VOID, LogError,
             (PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
              ULONG ErrorCode, ULONG UniqueId),
             { log_error(HwDeviceExtension, {UNIT}, ErrorCode, UniqueId); })

PORT_SERVICE(VOID, StallExecution, (ULONG Delay), { stall(Delay); })

PORT_SERVICE(PVOID, GetUncachedExtension,
             (PVOID HwDeviceExtension, PPORT_CONFIGURATION_INFORMATION, ULONG NumberOfBytes),
             { return uncached_extension(HwDeviceExtension, NumberOfBytes); })

PORT_SERVICE(PHYSICAL_ADDRESS, GetPhysicalAddress,
             (PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb, PVOID VirtualAddress,
              ULONG* Length),
             { return physical_address(HwDeviceExtension, Srb, VirtualAddress, Length); })

PORT_SERVICE(PVOID, GetVirtualAddress, (PVOID, PHYSICAL_ADDRESS PhysicalAddress),
             { return reinterpret_cast<PVOID>(PhysicalAddress.QuadPart); })

PORT_SERVICE(PVOID, GetLogicalUnit,
             (PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun),
             { return logical_unit(HwDeviceExtension, {UNIT}); })

PORT_SERVICE(PSCSI_REQUEST_BLOCK, GetSrb,
             (PVOID DeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun, LONG),
             { return find_srb(DeviceExtension, {UNIT}); })

PORT_SERVICE(PUCHAR, AllocateRegistryBuffer, (PVOID HwDeviceExtension, PULONG Length), {
  ServiceCaller::is(__builtin_return_address(0));
  AdapterServices* const services = services_of(HwDeviceExtension, "AllocateRegistryBuffer");
  return services == nullptr ? nullptr : services->allocate_registry_buffer(Length);
})

PORT_SERVICE(VOID, FreeRegistryBuffer, (PVOID HwDeviceExtension, PUCHAR Buffer), {
  ServiceCaller::is(__builtin_return_address(0));
  AdapterServices* const services = services_of(HwDeviceExtension, "FreeRegistryBuffer");
  if (services != nullptr) services->free_registry_buffer(Buffer);
})

PORT_SERVICE(BOOLEAN, RegistryRead,
             (PVOID HwDeviceExtension, PUCHAR ValueName, ULONG, ULONG Type, PUCHAR Buffer,
              PULONG BufferLength),
             {
               AdapterServices* const services = services_of(HwDeviceExtension, "RegistryRead");
               if (services == nullptr) return FALSE;
               return services->registry_read(ValueName, Type, Buffer, BufferLength);
             })

PORT_SERVICE(BOOLEAN, RegistryWrite,
             (PVOID HwDeviceExtension, PUCHAR ValueName, ULONG, ULONG Type, PUCHAR Buffer,
              ULONG BufferLength),
             {
               AdapterServices* const services = services_of(HwDeviceExtension, "RegistryWrite");
               if (services == nullptr) return FALSE;
               return services->registry_write(ValueName, Type, Buffer, BufferLength);
             })

PORT_SERVICE(BOOLEAN, ValidateRange,
             (PVOID, INTERFACE_TYPE, ULONG, PHYSICAL_ADDRESS, ULONG, BOOLEAN), { return TRUE; })

PORT_SERVICE(VOID, FreeDeviceBase, (PVOID, PVOID), {})

PORT_SERVICE(PVOID, GetDeviceBase, (PVOID, INTERFACE_TYPE, ULONG, PHYSICAL_ADDRESS, ULONG, BOOLEAN),
             {
               raise_fault(
                   "maps the adapter's registers (GetDeviceBase), which the lab does not "
                   "have: leave the hardware part out, or replace it with a stub file");
             })

PORT_SERVICE(ULONG, GetBusData, (PVOID, ULONG, ULONG, ULONG, PVOID, ULONG), {
  raise_fault(
      "reads the adapter's configuration space (GetBusData), which the lab does not have: "
      "leave the hardware part out, or replace it with a stub file");
})

PORT_SERVICE(ULONG, SetBusDataByOffset, (PVOID, ULONG, ULONG, ULONG, PVOID, ULONG, ULONG), {
  raise_fault(
      "writes the adapter's configuration space (SetBusDataByOffset), which the lab does "
      "not have: leave the hardware part out, or replace it with a stub file");
})

// In parentheses, because headers have macros of these names.
VOID(StorPortMoveMemory)(PVOID To, PVOID From, ULONG Length);
VOID(StorPortMoveMemory)(PVOID To, PVOID From, ULONG Length) { std::memmove(To, From, Length); }
VOID(ScsiPortMoveMemory)(PVOID To, PVOID From, ULONG Length);
VOID(ScsiPortMoveMemory)(PVOID To, PVOID From, ULONG Length) { std::memmove(To, From, Length); }

VOID ScsiPortFlushDma(PVOID DeviceExtension);
VOID ScsiPortFlushDma(PVOID) {}

VOID ScsiPortIoMapTransfer(PVOID, PSCSI_REQUEST_BLOCK, PVOID, ULONG);
VOID ScsiPortIoMapTransfer(PVOID, PSCSI_REQUEST_BLOCK, PVOID, ULONG) {
  raise_fault("sets up a DMA transfer (ScsiPortIoMapTransfer), which the lab does not have");
}

// Drivers have Storport's name as a macro for this one, as on Windows.
VOID ScsiPortQuerySystemTime(PLARGE_INTEGER CurrentTime);
VOID ScsiPortQuerySystemTime(PLARGE_INTEGER CurrentTime) {
  if (CurrentTime != nullptr) CurrentTime->QuadPart = static_cast<LONGLONG>(time_now(nullptr));
}
// The built-in miniport's, which its hardware calls too.
VOID StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime, PVOID HwDeviceExtension) {
  if (CurrentTime == nullptr) return;
  CurrentTime->QuadPart = static_cast<LONGLONG>(time_now(HwDeviceExtension));
}

ULONG StorPortStateChangeDetected(PVOID HwDeviceExtension, ULONG ChangedEntity,
                                  PSTOR_ADDRESS Address, ULONG, PHW_STATE_CHANGE HwStateChange,
                                  PVOID HwStateChangeContext) {
  ServiceCaller::is(__builtin_return_address(0));
  return state_change(HwDeviceExtension, ChangedEntity, Address, HwStateChange,
                      HwStateChangeContext);
}

// Queues.
BOOLEAN StorPortPause(PVOID HwDeviceExtension, ULONG TimeOut);
BOOLEAN StorPortPause(PVOID HwDeviceExtension, ULONG TimeOut) {
  return pause(HwDeviceExtension, {}, TimeOut);
}
BOOLEAN StorPortResume(PVOID HwDeviceExtension);
BOOLEAN StorPortResume(PVOID HwDeviceExtension) { return resume(HwDeviceExtension, {}); }
BOOLEAN StorPortPauseDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                            ULONG TimeOut);
BOOLEAN StorPortPauseDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                            ULONG TimeOut) {
  return pause(HwDeviceExtension, Unit3{PathId, TargetId, Lun}, TimeOut);
}
BOOLEAN StorPortResumeDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
BOOLEAN StorPortResumeDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun) {
  return resume(HwDeviceExtension, Unit3{PathId, TargetId, Lun});
}
BOOLEAN StorPortDeviceBusy(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                           ULONG RequestsToComplete);
BOOLEAN StorPortDeviceBusy(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                           ULONG RequestsToComplete) {
  return busy(HwDeviceExtension, Unit3{PathId, TargetId, Lun}, RequestsToComplete);
}
BOOLEAN StorPortDeviceReady(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
BOOLEAN StorPortDeviceReady(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun) {
  return ready(HwDeviceExtension, Unit3{PathId, TargetId, Lun});
}
BOOLEAN StorPortBusy(PVOID HwDeviceExtension, ULONG RequestsToComplete);
BOOLEAN StorPortBusy(PVOID HwDeviceExtension, ULONG RequestsToComplete) {
  return busy(HwDeviceExtension, {}, RequestsToComplete);
}
BOOLEAN StorPortReady(PVOID HwDeviceExtension);
BOOLEAN StorPortReady(PVOID HwDeviceExtension) { return ready(HwDeviceExtension, {}); }
BOOLEAN StorPortSetDeviceQueueDepth(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId,
                                    UCHAR Lun, ULONG Depth);
BOOLEAN StorPortSetDeviceQueueDepth(PVOID HwDeviceExtension, UCHAR, UCHAR, UCHAR, ULONG Depth) {
  constexpr ULONG kMost = 254;
  return is_adapter(HwDeviceExtension, "StorPortSetDeviceQueueDepth") && Depth != 0 &&
                 Depth <= kMost
             ? TRUE
             : FALSE;
}

BOOLEAN StorPortSynchronizeAccess(PVOID HwDeviceExtension, BOOLEAN (*Routine)(PVOID, PVOID),
                                  PVOID Context);
BOOLEAN StorPortSynchronizeAccess(PVOID HwDeviceExtension, BOOLEAN (*Routine)(PVOID, PVOID),
                                  PVOID Context) {
  return synchronize(HwDeviceExtension, Routine, Context);
}

PVOID StorPortGetScatterGatherList(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb);
PVOID StorPortGetScatterGatherList(PVOID, PSCSI_REQUEST_BLOCK) {
  raise_fault(
      "asks for a scatter/gather list (StorPortGetScatterGatherList); WMI requests have "
      "none");
}

// What the kit makes of an import that is not there: ends the driver's call.
VOID HbalabTrap(const char* Service);
VOID HbalabTrap(const char* Service) {
  raise_fault(std::string("calls ") + (Service != nullptr ? Service : "?") +
              ", which the driver was linked without: add the source that defines it, or a stub");
}

// A line for the log of the adapter that the caller runs for.
VOID HbalabLog(const char* Text);
VOID HbalabLog(const char* Text) {
  if (Text != nullptr) log_line(Text);
}

}  // extern "C"
