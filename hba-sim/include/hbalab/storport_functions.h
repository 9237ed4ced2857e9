/* Storport's services. */
#ifndef HBALAB_STORPORT_FUNCTIONS_H
#define HBALAB_STORPORT_FUNCTIONS_H

#include "registers.h"
#include "storport_types.h"
#ifdef HBALAB_DRIVER
#include "storport_extended.h"
#endif

HBALAB_EXTERN_C_BEGIN

#define STORPORT_API
#define STORPORTAPI
typedef ULONG sp_DRIVER_INITIALIZE(PVOID DriverObject, PVOID RegistryPath);

/*
 * Called by DriverEntry with its own two arguments. Returns an NTSTATUS, 0 for success; the adapter
 * is looked for after DriverEntry has returned.
 */
ULONG StorPortInitialize(PVOID Argument1, PVOID Argument2,
                         PHW_INITIALIZATION_DATA HwInitializationData, PVOID HwContext);

/*
 * Arguments after HwDeviceExtension, by type:
 *   RequestComplete             PSCSI_REQUEST_BLOCK
 *   NextRequest, ResetDetected, LinkUp, LinkDown   none
 *   NextLuRequest               PathId, TargetId, Lun
 *   RequestTimerCall            PHW_TIMER, ULONG microseconds (0 cancels)
 *   BusChangeDetected           PathId (optional; every bus is looked at)
 *   WMIEvent                    PWNODE_EVENT_ITEM, PathId (0xFF: the adapter), TargetId, Lun
 *   WMIReregister               PathId (0xFF: the adapter), TargetId, Lun
 *   QueryTickCount              PLARGE_INTEGER
 *   EnablePassiveInitialization PHW_PASSIVE_INITIALIZE_ROUTINE, PBOOLEAN result
 *   InitializeDpc               PSTOR_DPC, PHW_DPC_ROUTINE
 *   IssueDpc                    PSTOR_DPC, two arguments, PBOOLEAN result
 *   AcquireSpinLock             STOR_SPINLOCK, PVOID context, PSTOR_LOCK_HANDLE
 *   ReleaseSpinLock             PSTOR_LOCK_HANDLE
 */
VOID StorPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...);

/* Completes every request that the miniport holds for an address; SP_UNTAGGED stands for all. */
VOID StorPortCompleteRequest(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                             UCHAR SrbStatus);

/*
 * Has what changed enumerated again and nothing else; of several flags the largest counts. Address
 * (of type BTL8) stays the miniport's until the callback. One at a time: STOR_STATUS_BUSY before
 * the callback of the one before. STOR_STATUS_INVALID_PARAMETER: no such address or entity;
 * STOR_STATUS_INVALID_DEVICE_STATE: the adapter does not run.
 */
ULONG StorPortStateChangeDetected(PVOID HwDeviceExtension, ULONG ChangedEntity,
                                  PSTOR_ADDRESS Address, ULONG Attributes,
                                  PHW_STATE_CHANGE HwStateChange, PVOID HwStateChangeContext);

/* 100 ns intervals since 1601-01-01, by the lab's clock. */
#ifdef HBALAB_DRIVER
VOID StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime);
#else
VOID StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime, PVOID HwDeviceExtension);
#endif

/* The rest is for drivers; the lab, which has it, sees only what its own driver uses. */
#ifdef HBALAB_DRIVER
VOID StorPortStallExecution(ULONG Delay);
VOID StorPortLogError(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb, UCHAR PathId,
                      UCHAR TargetId, UCHAR Lun, ULONG ErrorCode, ULONG UniqueId);
VOID StorPortDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...);

/* Memory and addresses. */
PVOID StorPortGetUncachedExtension(PVOID HwDeviceExtension,
                                   PPORT_CONFIGURATION_INFORMATION ConfigInfo, ULONG NumberOfBytes);
STOR_PHYSICAL_ADDRESS StorPortGetPhysicalAddress(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                                 PVOID VirtualAddress, ULONG* Length);
PVOID StorPortGetVirtualAddress(PVOID HwDeviceExtension, STOR_PHYSICAL_ADDRESS PhysicalAddress);
PSTOR_SCATTER_GATHER_LIST StorPortGetScatterGatherList(PVOID DeviceExtension,
                                                       PSCSI_REQUEST_BLOCK Srb);
PVOID StorPortGetDeviceBase(PVOID HwDeviceExtension, INTERFACE_TYPE BusType,
                            ULONG SystemIoBusNumber, STOR_PHYSICAL_ADDRESS IoAddress,
                            ULONG NumberOfBytes, BOOLEAN InIoSpace);
VOID StorPortFreeDeviceBase(PVOID HwDeviceExtension, PVOID MappedAddress);
BOOLEAN StorPortValidateRange(PVOID HwDeviceExtension, INTERFACE_TYPE BusType,
                              ULONG SystemIoBusNumber, STOR_PHYSICAL_ADDRESS IoAddress,
                              ULONG NumberOfBytes, BOOLEAN InIoSpace);
ULONG StorPortGetBusData(PVOID DeviceExtension, ULONG BusDataType, ULONG SystemIoBusNumber,
                         ULONG SlotNumber, PVOID Buffer, ULONG Length);
ULONG StorPortSetBusDataByOffset(PVOID DeviceExtension, ULONG BusDataType, ULONG SystemIoBusNumber,
                                 ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length);
#define StorPortMoveMemory(To, From, Length) memmove(To, From, Length)
#define StorPortCopyMemory(To, From, Length) memcpy(To, From, Length)
#define StorPortConvertPhysicalAddressToUlong64(Address) ((ULONG64)(Address).QuadPart)
#define StorPortConvertPhysicalAddressToUlong(Address) ((Address).LowPart)
#define StorPortConvertUlongToPhysicalAddress(Address) \
  StorPortConvertUlong64ToPhysicalAddress((ULONG_PTR)(Address))
HBALAB_INLINE STOR_PHYSICAL_ADDRESS StorPortConvertUlong64ToPhysicalAddress(ULONG64 Address) {
  STOR_PHYSICAL_ADDRESS Result;
  Result.QuadPart = (LONGLONG)Address;
  return Result;
}

/* Logical units and queues. */
PVOID StorPortGetLogicalUnit(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
PSCSI_REQUEST_BLOCK StorPortGetSrb(PVOID DeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                                   LONG QueueTag);
BOOLEAN StorPortSetDeviceQueueDepth(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId,
                                    UCHAR Lun, ULONG Depth);
BOOLEAN StorPortPauseDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                            ULONG TimeOut);
BOOLEAN StorPortResumeDevice(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
BOOLEAN StorPortPause(PVOID HwDeviceExtension, ULONG TimeOut);
BOOLEAN StorPortResume(PVOID HwDeviceExtension);
BOOLEAN StorPortDeviceBusy(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                           ULONG RequestsToComplete);
BOOLEAN StorPortDeviceReady(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
BOOLEAN StorPortBusy(PVOID HwDeviceExtension, ULONG RequestsToComplete);
BOOLEAN StorPortReady(PVOID HwDeviceExtension);
BOOLEAN StorPortSynchronizeAccess(PVOID HwDeviceExtension,
                                  PSTOR_SYNCHRONIZED_ACCESS SynchronizedAccessRoutine,
                                  PVOID Context);

/* The registry: a buffer from the first of these, whose length it may cut. */
PUCHAR StorPortAllocateRegistryBuffer(PVOID HwDeviceExtension, PULONG Length);
VOID StorPortFreeRegistryBuffer(PVOID HwDeviceExtension, PUCHAR Buffer);
BOOLEAN StorPortRegistryRead(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global, ULONG Type,
                             PUCHAR Buffer, PULONG BufferLength);
BOOLEAN StorPortRegistryWrite(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global, ULONG Type,
                              PUCHAR Buffer, ULONG BufferLength);
#endif

/* From HwInitialize only. FALSE when the port driver takes no such routine. */
HBALAB_INLINE BOOLEAN StorPortEnablePassiveInitialization(
    PVOID DeviceExtension, PHW_PASSIVE_INITIALIZE_ROUTINE HwPassiveInitializeRoutine) {
  BOOLEAN Enabled = FALSE;
  StorPortNotification(EnablePassiveInitialization, DeviceExtension, HwPassiveInitializeRoutine,
                       &Enabled);
  return Enabled;
}
#ifdef HBALAB_DRIVER
/* Notifications by a name of their own. */
HBALAB_INLINE VOID StorPortInitializeDpc(PVOID DeviceExtension, PSTOR_DPC Dpc,
                                         PHW_DPC_ROUTINE HwDpcRoutine) {
  StorPortNotification(InitializeDpc, DeviceExtension, Dpc, HwDpcRoutine);
}
/* FALSE when the procedure is queued already. */
HBALAB_INLINE BOOLEAN StorPortIssueDpc(PVOID DeviceExtension, PSTOR_DPC Dpc, PVOID SystemArgument1,
                                       PVOID SystemArgument2) {
  BOOLEAN Success = FALSE;
  StorPortNotification(IssueDpc, DeviceExtension, Dpc, SystemArgument1, SystemArgument2, &Success);
  return Success;
}
HBALAB_INLINE VOID StorPortAcquireSpinLock(PVOID DeviceExtension, STOR_SPINLOCK SpinLock,
                                           PVOID LockContext, PSTOR_LOCK_HANDLE LockHandle) {
  StorPortNotification(AcquireSpinLock, DeviceExtension, SpinLock, LockContext, LockHandle);
}
HBALAB_INLINE VOID StorPortReleaseSpinLock(PVOID DeviceExtension, PSTOR_LOCK_HANDLE LockHandle) {
  StorPortNotification(ReleaseSpinLock, DeviceExtension, LockHandle);
}
HBALAB_INLINE VOID StorPortQueryTickCount(PVOID DeviceExtension, PLARGE_INTEGER TickCount) {
  StorPortNotification(QueryTickCount, DeviceExtension, TickCount);
}

HBALAB_STORPORT_REGISTERS(Uchar, UCHAR)
HBALAB_STORPORT_REGISTERS(Ushort, USHORT)
HBALAB_STORPORT_REGISTERS(Ulong, ULONG)
HBALAB_STORPORT_REGISTERS(Ulong64, ULONG64)
#endif

#undef DebugPrint
#if DBG
#define DebugPrint(arguments) StorPortDebugPrint arguments
#else
#define DebugPrint(arguments)
#endif

HBALAB_EXTERN_C_END

#endif
