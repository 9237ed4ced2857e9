/*
 * The Storport interface as far as a miniport's WMI path needs it: what DriverEntry hands over,
 * what HwFindAdapter fills in, and the services of the port driver.
 */
#ifndef HBALAB_STORPORT_H
#define HBALAB_STORPORT_H

#include "ntdef.h"
#include "scsi.h"
#include "srb.h"
#include "wmistr.h"

HBALAB_EXTERN_C_BEGIN

typedef enum _INTERFACE_TYPE {
  InterfaceTypeUndefined = -1,
  Internal,
  Isa,
  Eisa,
  MicroChannel,
  TurboChannel,
  PCIBus
} INTERFACE_TYPE,
    *PINTERFACE_TYPE;

typedef enum _KINTERRUPT_MODE { LevelSensitive, Latched } KINTERRUPT_MODE;
typedef enum _DMA_WIDTH { Width8Bits, Width16Bits, Width32Bits } DMA_WIDTH;
typedef enum _DMA_SPEED { Compatible, TypeA, TypeB, TypeC, TypeF } DMA_SPEED;
typedef enum _STOR_SYNCHRONIZATION_MODEL {
  StorSynchronizeHalfDuplex,
  StorSynchronizeFullDuplex
} STOR_SYNCHRONIZATION_MODEL;
typedef enum _INTERRUPT_SYNCHRONIZATION_MODE {
  InterruptSupportNone,
  InterruptSynchronizeAll,
  InterruptSynchronizePerMessage
} INTERRUPT_SYNCHRONIZATION_MODE;

typedef PHYSICAL_ADDRESS STOR_PHYSICAL_ADDRESS;

typedef struct _ACCESS_RANGE {
  STOR_PHYSICAL_ADDRESS RangeStart;
  ULONG RangeLength;
  BOOLEAN RangeInMemory;
} ACCESS_RANGE, *PACCESS_RANGE;

typedef struct _MEMORY_REGION {
  PUCHAR VirtualBase;
  PHYSICAL_ADDRESS PhysicalBase;
  ULONG Length;
} MEMORY_REGION, *PMEMORY_REGION;

typedef BOOLEAN HW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE(PVOID HwDeviceExtension, ULONG MessageId);
typedef HW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE* PHW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE;

typedef struct _PORT_CONFIGURATION_INFORMATION {
  ULONG Length;
  ULONG SystemIoBusNumber;
  INTERFACE_TYPE AdapterInterfaceType;
  ULONG BusInterruptLevel;
  ULONG BusInterruptVector;
  KINTERRUPT_MODE InterruptMode;
  ULONG MaximumTransferLength;
  ULONG NumberOfPhysicalBreaks;
  ULONG DmaChannel;
  ULONG DmaPort;
  DMA_WIDTH DmaWidth;
  DMA_SPEED DmaSpeed;
  ULONG AlignmentMask;
  ULONG NumberOfAccessRanges;
  ACCESS_RANGE* AccessRanges;
  PVOID MiniportDumpData;
  UCHAR NumberOfBuses;
  CCHAR InitiatorBusId[8];
  BOOLEAN ScatterGather;
  BOOLEAN Master;
  BOOLEAN CachesData;
  BOOLEAN AdapterScansDown;
  BOOLEAN AtdiskPrimaryClaimed;
  BOOLEAN AtdiskSecondaryClaimed;
  BOOLEAN Dma32BitAddresses;
  BOOLEAN DemandMode;
  UCHAR MapBuffers;
  BOOLEAN NeedPhysicalAddresses;
  BOOLEAN TaggedQueuing;
  BOOLEAN AutoRequestSense;
  BOOLEAN MultipleRequestPerLu;
  BOOLEAN ReceiveEvent;
  BOOLEAN RealModeInitialized;
  BOOLEAN BufferAccessScsiPortControlled;
  UCHAR MaximumNumberOfTargets;
  UCHAR SrbType;
  UCHAR AddressType;
  ULONG SlotNumber;
  ULONG BusInterruptLevel2;
  ULONG BusInterruptVector2;
  KINTERRUPT_MODE InterruptMode2;
  ULONG DmaChannel2;
  ULONG DmaPort2;
  DMA_WIDTH DmaWidth2;
  DMA_SPEED DmaSpeed2;
  ULONG DeviceExtensionSize;
  ULONG SpecificLuExtensionSize;
  ULONG SrbExtensionSize;
  UCHAR Dma64BitAddresses;
  BOOLEAN ResetTargetSupported;
  UCHAR MaximumNumberOfLogicalUnits;
  BOOLEAN WmiDataProvider;
  STOR_SYNCHRONIZATION_MODEL SynchronizationModel;
  PHW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE HwMSInterruptRoutine;
  INTERRUPT_SYNCHRONIZATION_MODE InterruptSynchronizationMode;
  MEMORY_REGION DumpRegion;
  ULONG RequestedDumpBufferSize;
  BOOLEAN VirtualDevice;
  UCHAR DumpMode;
  UCHAR DmaAddressWidth;
  ULONG ExtendedFlags1;
  ULONG MaxNumberOfIO;
  ULONG MaxIOsPerLun;
  ULONG InitialLunQueueDepth;
  ULONG BusResetHoldTime;
  ULONG FeatureSupport;
} PORT_CONFIGURATION_INFORMATION, *PPORT_CONFIGURATION_INFORMATION;

#define STOR_MAP_NO_BUFFERS 0
#define STOR_MAP_ALL_BUFFERS 1
#define STOR_MAP_NON_READ_WRITE_BUFFERS 2
#define STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE 3

typedef BOOLEAN HW_INITIALIZE(PVOID DeviceExtension);
typedef HW_INITIALIZE* PHW_INITIALIZE;
typedef BOOLEAN HW_PASSIVE_INITIALIZE_ROUTINE(PVOID DeviceExtension);
typedef HW_PASSIVE_INITIALIZE_ROUTINE* PHW_PASSIVE_INITIALIZE_ROUTINE;
typedef BOOLEAN HW_BUILDIO(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb);
typedef HW_BUILDIO* PHW_BUILDIO;
typedef BOOLEAN HW_STARTIO(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb);
typedef HW_STARTIO* PHW_STARTIO;
typedef BOOLEAN HW_INTERRUPT(PVOID DeviceExtension);
typedef HW_INTERRUPT* PHW_INTERRUPT;
typedef VOID HW_TIMER(PVOID DeviceExtension);
typedef HW_TIMER* PHW_TIMER;
typedef ULONG HW_FIND_ADAPTER(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                              PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo,
                              PBOOLEAN Again);
typedef HW_FIND_ADAPTER* PHW_FIND_ADAPTER;
typedef BOOLEAN HW_RESET_BUS(PVOID DeviceExtension, ULONG PathId);
typedef HW_RESET_BUS* PHW_RESET_BUS;
typedef VOID HW_DMA_STARTED(PVOID DeviceExtension);
typedef HW_DMA_STARTED* PHW_DMA_STARTED;
typedef BOOLEAN HW_ADAPTER_STATE(PVOID DeviceExtension, PVOID Context, BOOLEAN SaveState);
typedef HW_ADAPTER_STATE* PHW_ADAPTER_STATE;
typedef SCSI_ADAPTER_CONTROL_STATUS HW_ADAPTER_CONTROL(PVOID DeviceExtension,
                                                       SCSI_ADAPTER_CONTROL_TYPE ControlType,
                                                       PVOID Parameters);
typedef HW_ADAPTER_CONTROL* PHW_ADAPTER_CONTROL;
typedef VOID HW_FREE_ADAPTER_RESOURCES(PVOID DeviceExtension);
typedef HW_FREE_ADAPTER_RESOURCES* PHW_FREE_ADAPTER_RESOURCES;
/* Routines that only virtual miniports or tracing use; the port driver of the lab calls none of
 * them. */
typedef VOID HW_UNUSED_ROUTINE(VOID);
typedef HW_UNUSED_ROUTINE* PHW_UNUSED_ROUTINE;

typedef struct _HW_INITIALIZATION_DATA {
  ULONG HwInitializationDataSize;
  INTERFACE_TYPE AdapterInterfaceType;
  PHW_INITIALIZE HwInitialize;
  PHW_STARTIO HwStartIo;
  PHW_INTERRUPT HwInterrupt;
  PHW_FIND_ADAPTER HwFindAdapter;
  PHW_RESET_BUS HwResetBus;
  PHW_DMA_STARTED HwDmaStarted;
  PHW_ADAPTER_STATE HwAdapterState;
  ULONG DeviceExtensionSize;
  ULONG SpecificLuExtensionSize;
  ULONG SrbExtensionSize;
  ULONG NumberOfAccessRanges;
  PVOID Reserved;
  UCHAR MapBuffers;
  BOOLEAN NeedPhysicalAddresses;
  BOOLEAN TaggedQueuing;
  BOOLEAN AutoRequestSense;
  BOOLEAN MultipleRequestPerLu;
  BOOLEAN ReceiveEvent;
  USHORT VendorIdLength;
  PVOID VendorId;
  union {
    USHORT ReservedUshort;
    USHORT PortVersionFlags;
  };
  USHORT DeviceIdLength;
  PVOID DeviceId;
  PHW_ADAPTER_CONTROL HwAdapterControl;
  PHW_BUILDIO HwBuildIo;
  PHW_FREE_ADAPTER_RESOURCES HwFreeAdapterResources;
  PHW_UNUSED_ROUTINE HwProcessServiceRequest;
  PHW_UNUSED_ROUTINE HwCompleteServiceIrp;
  PHW_UNUSED_ROUTINE HwInitializeTracing;
  PHW_UNUSED_ROUTINE HwCleanupTracing;
  PHW_UNUSED_ROUTINE HwTracingEnabled;
  ULONG FeatureSupport;
  ULONG SrbTypeFlags;
  ULONG AddressTypeFlags;
  ULONG Reserved1;
  PHW_UNUSED_ROUTINE HwUnitControl;
} HW_INITIALIZATION_DATA, *PHW_INITIALIZATION_DATA;

#define SRB_TYPE_FLAG_SCSI_REQUEST_BLOCK 0x1
#define SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK 0x2
#define ADDRESS_TYPE_FLAG_BTL8 0x1

/* What HwAdapterControl(ScsiQuerySupportedControlTypes) fills in. */
typedef struct _SCSI_SUPPORTED_CONTROL_TYPE_LIST {
  ULONG MaxControlType;
  BOOLEAN SupportedTypeList[1];
} SCSI_SUPPORTED_CONTROL_TYPE_LIST, *PSCSI_SUPPORTED_CONTROL_TYPE_LIST;

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
 */
VOID StorPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...);

/* Completes every request that the miniport holds for an address; SP_UNTAGGED stands for all. */
VOID StorPortCompleteRequest(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                             UCHAR SrbStatus);

/* Address of a unit by path, target and LUN; the first members are those of every STOR_ADDRESS. */
#define STOR_ADDRESS_TYPE_UNKNOWN 0x0
#define STOR_ADDRESS_TYPE_BTL8 0x1
#define STOR_ADDR_BTL8_ADDRESS_LENGTH 4
#define STOR_ADDRESS_ALIGN __attribute__((aligned(8)))
typedef struct STOR_ADDRESS_ALIGN _STOR_ADDRESS {
  USHORT Type;
  USHORT Port;
  ULONG AddressLength;
  UCHAR AddressData[1];
} STOR_ADDRESS, *PSTOR_ADDRESS;
typedef struct STOR_ADDRESS_ALIGN _STOR_ADDR_BTL8 {
  USHORT Type;
  USHORT Port;
  ULONG AddressLength;
  UCHAR Path;
  UCHAR Target;
  UCHAR Lun;
  UCHAR Reserved;
} STOR_ADDR_BTL8, *PSTOR_ADDR_BTL8;

#define STOR_STATUS_SUCCESS 0x00000000u
#define STOR_STATUS_INVALID_PARAMETER 0xC1000006u
#define STOR_STATUS_INVALID_DEVICE_STATE 0xC1000009u
#define STOR_STATUS_BUSY 0xC100000Cu

#define STATE_CHANGE_LUN 0x1
#define STATE_CHANGE_TARGET 0x2
#define STATE_CHANGE_BUS 0x4

/* Runs with the StartIo lock when the change has been looked at; Status below 0x80000000: done. */
typedef VOID HW_STATE_CHANGE(PVOID HwDeviceExtension, PVOID Context, SHORT AddressType,
                             PVOID Address, ULONG Status);
typedef HW_STATE_CHANGE* PHW_STATE_CHANGE;

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
VOID StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime, PVOID HwDeviceExtension);

/* From HwInitialize only. FALSE when the port driver takes no such routine. */
FORCEINLINE BOOLEAN StorPortEnablePassiveInitialization(
    PVOID DeviceExtension, PHW_PASSIVE_INITIALIZE_ROUTINE HwPassiveInitializeRoutine) {
  BOOLEAN Enabled = FALSE;
  StorPortNotification(EnablePassiveInitialization, DeviceExtension, HwPassiveInitializeRoutine,
                       &Enabled);
  return Enabled;
}

HBALAB_CHECK_SIZE(STOR_ADDRESS, 16);
HBALAB_CHECK_OFFSET(STOR_ADDRESS, AddressData, 8);
HBALAB_CHECK_SIZE(STOR_ADDR_BTL8, 16);
HBALAB_CHECK_OFFSET(STOR_ADDR_BTL8, Lun, 10);
HBALAB_CHECK_SIZE(ACCESS_RANGE, 16);
HBALAB_CHECK_SIZE(MEMORY_REGION, 24);
HBALAB_CHECK_SIZE(HW_INITIALIZATION_DATA, 208);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, DeviceExtensionSize, 64);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, Reserved, 80);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, VendorId, 96);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, HwAdapterControl, 120);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, HwBuildIo, 128);
HBALAB_CHECK_OFFSET(HW_INITIALIZATION_DATA, FeatureSupport, 184);
HBALAB_CHECK_SIZE(PORT_CONFIGURATION_INFORMATION, 224);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, AccessRanges, 56);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, NumberOfBuses, 72);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, MaximumNumberOfTargets, 97);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, DmaSpeed2, 128);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, SrbExtensionSize, 140);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, WmiDataProvider, 147);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, HwMSInterruptRoutine, 152);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, DumpRegion, 168);
HBALAB_CHECK_OFFSET(PORT_CONFIGURATION_INFORMATION, FeatureSupport, 220);

HBALAB_EXTERN_C_END

#endif
