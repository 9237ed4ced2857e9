/* Types of Storport's services. */
#ifndef HBALAB_STORPORT_TYPES_H
#define HBALAB_STORPORT_TYPES_H

#include "../guiddef.h"
#include "lists.h"
#include "storage_bus.h"
#include "storport_config.h"

HBALAB_EXTERN_C_BEGIN

#define STOR_STATUS_SUCCESS 0x00000000u
#define STOR_STATUS_UNSUCCESSFUL 0xC1000001u
#define STOR_STATUS_NOT_IMPLEMENTED 0xC1000002u
#define STOR_STATUS_INSUFFICIENT_RESOURCES 0xC1000003u
#define STOR_STATUS_BUFFER_TOO_SMALL 0xC1000004u
#define STOR_STATUS_ACCESS_DENIED 0xC1000005u
#define STOR_STATUS_INVALID_PARAMETER 0xC1000006u
#define STOR_STATUS_INVALID_DEVICE_REQUEST 0xC1000007u
#define STOR_STATUS_INVALID_IRQL 0xC1000008u
#define STOR_STATUS_INVALID_DEVICE_STATE 0xC1000009u
#define STOR_STATUS_INVALID_BUFFER_SIZE 0xC100000Au
#define STOR_STATUS_UNSUPPORTED_VERSION 0xC100000Bu
#define STOR_STATUS_BUSY 0xC100000Cu

/* List's elements are as many as NumberOfElements. */
typedef struct _STOR_SCATTER_GATHER_ELEMENT {
  STOR_PHYSICAL_ADDRESS PhysicalAddress;
  ULONG Length;
  ULONG_PTR Reserved;
} STOR_SCATTER_GATHER_ELEMENT, *PSTOR_SCATTER_GATHER_ELEMENT;
typedef struct _STOR_SCATTER_GATHER_LIST {
  ULONG NumberOfElements;
  ULONG_PTR Reserved;
  __extension__ STOR_SCATTER_GATHER_ELEMENT List[0];
} STOR_SCATTER_GATHER_LIST, *PSTOR_SCATTER_GATHER_LIST;
typedef VOID (*PpostScaterGatherExecute)(PVOID* DeviceObject, PVOID* Irp,
                                         PSTOR_SCATTER_GATHER_LIST ScatterGather, PVOID Context);

typedef SLIST_HEADER STOR_SLIST_HEADER, *PSTOR_SLIST_HEADER;
typedef SLIST_ENTRY STOR_SLIST_ENTRY, *PSTOR_SLIST_ENTRY;

/* Deferred procedures and locks: their insides are the port driver's. */
typedef struct _STOR_DPC {
  PVOID Opaque[9];
} STOR_DPC, *PSTOR_DPC;
typedef VOID HW_DPC_ROUTINE(PSTOR_DPC Dpc, PVOID HwDeviceExtension, PVOID SystemArgument1,
                            PVOID SystemArgument2);
typedef HW_DPC_ROUTINE* PHW_DPC_ROUTINE;
typedef enum _STOR_SPINLOCK {
  DpcLock = 1,
  StartIoLock,
  InterruptLock,
  ThreadedDpcLock,
  DpcLevelLock
} STOR_SPINLOCK;
typedef struct _STOR_LOCK_HANDLE {
  STOR_SPINLOCK Lock;
  struct {
    struct {
      PVOID Next;
      PVOID Lock;
    } LockQueue;
    KIRQL OldIrql;
  } Context;
} STOR_LOCK_HANDLE, *PSTOR_LOCK_HANDLE;
typedef BOOLEAN STOR_SYNCHRONIZED_ACCESS(PVOID HwDeviceExtension, PVOID Context);
typedef STOR_SYNCHRONIZED_ACCESS* PSTOR_SYNCHRONIZED_ACCESS;

typedef VOID HW_TIMER_EX(PVOID HwDeviceExtension, PVOID Context);
typedef HW_TIMER_EX* PHW_TIMER_EX;
typedef VOID HW_WORKITEM(PVOID HwDeviceExtension, PVOID Context, PVOID Worker);
typedef HW_WORKITEM* PHW_WORKITEM;

typedef struct _MESSAGE_INTERRUPT_INFORMATION {
  ULONG MessageId;
  ULONG MessageData;
  STOR_PHYSICAL_ADDRESS MessageAddress;
  ULONG InterruptVector;
  ULONG InterruptLevel;
  KINTERRUPT_MODE InterruptMode;
} MESSAGE_INTERRUPT_INFORMATION, *PMESSAGE_INTERRUPT_INFORMATION;

#define STOR_PERF_VERSION 0x00000005
#define STOR_PERF_VERSION_2 0x00000002
#define STOR_PERF_VERSION_3 0x00000003
#define STOR_PERF_VERSION_4 0x00000004
#define STOR_PERF_VERSION_5 0x00000005
#define STOR_PERF_DPC_REDIRECTION 0x00000001
#define STOR_PERF_CONCURRENT_CHANNELS 0x00000002
#define STOR_PERF_INTERRUPT_MESSAGE_RANGES 0x00000004
#define STOR_PERF_ADV_CONFIG_LOCALITY 0x00000008
#define STOR_PERF_OPTIMIZE_FOR_COMPLETION_DURING_STARTIO 0x00000010
#define STOR_PERF_DPC_REDIRECTION_CURRENT_CPU 0x00000020
#define STOR_PERF_NO_SGL 0x00000040
typedef struct _PERF_CONFIGURATION_DATA {
  ULONG Version;
  ULONG Size;
  ULONG Flags;
  ULONG ConcurrentChannels;
  ULONG FirstRedirectionMessageNumber, LastRedirectionMessageNumber;
  ULONG DeviceNode;
  ULONG Reserved;
  PGROUP_AFFINITY MessageTargets;
} PERF_CONFIGURATION_DATA, *PPERF_CONFIGURATION_DATA;
typedef struct _STARTIO_PERFORMANCE_PARAMETERS {
  ULONG Version;
  ULONG Size;
  ULONG MessageNumber;
  ULONG ChannelNumber;
} STARTIO_PERFORMANCE_PARAMETERS, *PSTARTIO_PERFORMANCE_PARAMETERS;
typedef ULONG NODE_REQUIREMENT;

typedef enum _STOR_EVENT_ASSOCIATION_ENUM {
  StorEventAdapterAssociation = 0,
  StorEventLunAssociation,
  StorEventTargetAssociation,
  StorEventInvalidAssociation
} STOR_EVENT_ASSOCIATION_ENUM,
    *PSTOR_EVENT_ASSOCIATION_ENUM;
#define STOR_CURRENT_LOG_INTERFACE_REVISION 0
typedef struct _STOR_LOG_EVENT_DETAILS {
  ULONG InterfaceRevision;
  ULONG Size;
  ULONG Flags;
  STOR_EVENT_ASSOCIATION_ENUM EventAssociation;
  ULONG PathId;
  ULONG TargetId;
  ULONG LunId;
  BOOLEAN StorportSpecificErrorCode;
  ULONG ErrorCode;
  ULONG UniqueId;
  ULONG DumpDataSize;
  PVOID DumpData;
  ULONG StringCount;
  PWSTR* StringList;
} STOR_LOG_EVENT_DETAILS, *PSTOR_LOG_EVENT_DETAILS;

typedef struct _STOR_REQUEST_INFO_V1 {
  USHORT Version;
  USHORT Size;
  PUNICODE_STRING FileName;
  ULONG PriorityHint;
  ULONG Flags;
  ULONG Key;
  ULONG Length;
  BOOLEAN IsWriteRequest;
  UCHAR Reserved[3];
} STOR_REQUEST_INFO_V1, STOR_REQUEST_INFO, *PSTOR_REQUEST_INFO_V1, *PSTOR_REQUEST_INFO;
#define STOR_REQUEST_INFO_VER_1 0x1

typedef struct _STOR_UNIT_ATTRIBUTES {
  ULONG DeviceAttentionSupported : 1;
  ULONG AsyncNotificationSupported : 1;
  ULONG D3ColdNotSupported : 1;
  ULONG BypassIOSupported : 1;
  ULONG Reserved : 28;
} STOR_UNIT_ATTRIBUTES, *PSTOR_UNIT_ATTRIBUTES;
/* Power framework: only handed through. */
typedef struct _STOR_POFX_DEVICE STOR_POFX_DEVICE, *PSTOR_POFX_DEVICE;

typedef enum _STORPORT_ETW_LEVEL {
  StorportEtwLevelLogAlways = 0,
  StorportEtwLevelCritical = 1,
  StorportEtwLevelError = 2,
  StorportEtwLevelWarning = 3,
  StorportEtwLevelInformational = 4,
  StorportEtwLevelVerbose = 5,
  StorportEtwLevelMax = StorportEtwLevelVerbose
} STORPORT_ETW_LEVEL,
    *PSTORPORT_ETW_LEVEL;
typedef enum _STORPORT_ETW_EVENT_OPCODE {
  StorportEtwEventOpcodeInfo = 0,
  StorportEtwEventOpcodeStart = 1,
  StorportEtwEventOpcodeStop = 2,
  StorportEtwEventOpcodeDC_Start = 3,
  StorportEtwEventOpcodeDC_Stop = 4,
  StorportEtwEventOpcodeExtension = 5,
  StorportEtwEventOpcodeReply = 6,
  StorportEtwEventOpcodeResume = 7,
  StorportEtwEventOpcodeSuspend = 8,
  StorportEtwEventOpcodeSend = 9,
  StorportEtwEventOpcodeReceive = 240
} STORPORT_ETW_EVENT_OPCODE,
    *PSTORPORT_ETW_EVENT_OPCODE;

#define STATE_CHANGE_LUN 0x1
#define STATE_CHANGE_TARGET 0x2
#define STATE_CHANGE_BUS 0x4

/* Runs with the StartIo lock when the change has been looked at; Status below 0x80000000: done. */
typedef VOID HW_STATE_CHANGE(PVOID HwDeviceExtension, PVOID Context, SHORT AddressType,
                             PVOID Address, ULONG Status);
typedef HW_STATE_CHANGE* PHW_STATE_CHANGE;

/* StorPortRegistryRead and -Write: types of values. */
#define MINIPORT_REG_SZ 1
#define MINIPORT_REG_BINARY 3
#define MINIPORT_REG_DWORD 4

HBALAB_CHECK_SIZE(STOR_SCATTER_GATHER_ELEMENT, 24);
HBALAB_CHECK_SIZE(STOR_SCATTER_GATHER_LIST, 16);
HBALAB_CHECK_SIZE(PERF_CONFIGURATION_DATA, 40);
HBALAB_CHECK_SIZE(STARTIO_PERFORMANCE_PARAMETERS, 16);

HBALAB_EXTERN_C_END

#endif
