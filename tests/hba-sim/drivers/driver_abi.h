/*
 * What the test drivers use of the driver headers. The part below is there for headers that do not
 * have the extended functions and the extended SRB.
 */
#ifndef HBALAB_TEST_DRIVER_ABI_H
#define HBALAB_TEST_DRIVER_ABI_H

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"

HBALAB_EXTERN_C_BEGIN

#ifndef HBALAB_STORPORT_EXTENDED_H
enum {
  ExtFunctionAllocatePool = 0,
  ExtFunctionFreePool = 1,
  ExtFunctionAllocateMdl = 2,
  ExtFunctionInitializeWorker = 29,
  ExtFunctionQueueWorkItem = 30,
  ExtFunctionFreeWorker = 31,
  ExtFunctionInitializeTimer = 32,
  ExtFunctionRequestTimer = 33,
  ExtFunctionFreeTimer = 34,
  ExtFunctionInitializeSListHead = 35,
  ExtFunctionInterlockedFlushSList = 36,
  ExtFunctionInterlockedPopEntrySList = 37,
  ExtFunctionInterlockedPushEntrySList = 38,
  ExtFunctionQueryDepthSList = 39,
  ExtFunctionQueryPerformanceCounter = 47
};
ULONG StorPortExtendedFunction(ULONG FunctionCode, PVOID HwDeviceExtension, ...);
#endif

#ifndef HBALAB_STORPORT_FUNCTIONS_H
typedef struct _STOR_DPC {
  PVOID Opaque[9];
} STOR_DPC, *PSTOR_DPC;
typedef VOID HW_DPC_ROUTINE(PSTOR_DPC Dpc, PVOID HwDeviceExtension, PVOID SystemArgument1,
                            PVOID SystemArgument2);
typedef enum _STOR_SPINLOCK { DpcLock = 1, StartIoLock, InterruptLock } STOR_SPINLOCK;
typedef struct _STOR_LOCK_HANDLE {
  STOR_SPINLOCK Lock;
  struct {
    struct {
      PVOID Next;
      PVOID Lock;
    } LockQueue;
    UCHAR OldIrql;
  } Context;
} STOR_LOCK_HANDLE, *PSTOR_LOCK_HANDLE;
#define MINIPORT_REG_SZ 1
#define MINIPORT_REG_DWORD 4
PVOID StorPortGetUncachedExtension(PVOID HwDeviceExtension,
                                   PPORT_CONFIGURATION_INFORMATION ConfigInfo, ULONG NumberOfBytes);
PHYSICAL_ADDRESS StorPortGetPhysicalAddress(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                            PVOID VirtualAddress, ULONG* Length);
PVOID StorPortGetVirtualAddress(PVOID HwDeviceExtension, PHYSICAL_ADDRESS PhysicalAddress);
PVOID StorPortGetDeviceBase(PVOID HwDeviceExtension, INTERFACE_TYPE BusType,
                            ULONG SystemIoBusNumber, PHYSICAL_ADDRESS IoAddress,
                            ULONG NumberOfBytes, BOOLEAN InIoSpace);
PVOID StorPortGetLogicalUnit(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun);
BOOLEAN StorPortPause(PVOID HwDeviceExtension, ULONG TimeOut);
BOOLEAN StorPortResume(PVOID HwDeviceExtension);
PUCHAR StorPortAllocateRegistryBuffer(PVOID HwDeviceExtension, PULONG Length);
VOID StorPortFreeRegistryBuffer(PVOID HwDeviceExtension, PUCHAR Buffer);
BOOLEAN StorPortRegistryRead(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global, ULONG Type,
                             PUCHAR Buffer, PULONG BufferLength);
BOOLEAN StorPortRegistryWrite(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global, ULONG Type,
                              PUCHAR Buffer, ULONG BufferLength);
VOID StorPortLogError(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb, UCHAR PathId,
                      UCHAR TargetId, UCHAR Lun, ULONG ErrorCode, ULONG UniqueId);
VOID StorPortStallExecution(ULONG Delay);
VOID ScsiPortQuerySystemTime(PLARGE_INTEGER CurrentTime);
#define StorPortQuerySystemTime(CurrentTime) ScsiPortQuerySystemTime(CurrentTime)
ULONG DbgPrint(const char* Format, ...);
#endif

#ifndef HBALAB_SCSI_PORT_H
ULONG ScsiPortInitialize(PVOID Argument1, PVOID Argument2,
                         struct _HW_INITIALIZATION_DATA* HwInitializationData, PVOID HwContext);
VOID ScsiPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...);
#endif

#ifndef HBALAB_SRBEX_H
#define SRB_FUNCTION_STORAGE_REQUEST_BLOCK 0x28
#define SRB_SIGNATURE 0x53524258
#define SRB_TYPE_STORAGE_REQUEST_BLOCK 1
enum { SrbExDataTypeWmi = 0x60 };
typedef struct _STORAGE_REQUEST_BLOCK {
  USHORT Length;
  UCHAR Function;
  UCHAR SrbStatus;
  UCHAR ReservedUchar1[4];
  ULONG Signature;
  ULONG Version;
  ULONG SrbLength;
  ULONG SrbFunction;
  ULONG SrbFlags;
  ULONG ReservedUlong2;
  ULONG RequestTag;
  USHORT RequestPriority;
  USHORT RequestAttribute;
  ULONG TimeOutValue;
  ULONG SystemStatus;
  ULONG ZeroGuard1;
  ULONG AddressOffset;
  ULONG NumSrbExData;
  ULONG DataTransferLength;
  PVOID DataBuffer;
  PVOID ZeroGuard2;
  PVOID OriginalRequest;
  PVOID ClassContext;
  PVOID PortContext;
  PVOID MiniportContext;
  struct _STORAGE_REQUEST_BLOCK* NextSrb;
  ULONG SrbExDataOffset[1];
} STORAGE_REQUEST_BLOCK, *PSTORAGE_REQUEST_BLOCK;
typedef struct _SRBEX_DATA_WMI {
  ULONG Type;
  ULONG Length;
  UCHAR WMISubFunction;
  UCHAR WMIFlags;
  UCHAR Reserved[2];
  ULONG Reserved1;
  PVOID DataPath;
} SRBEX_DATA_WMI, *PSRBEX_DATA_WMI;
#endif

HBALAB_EXTERN_C_END

#endif
