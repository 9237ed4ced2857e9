/*
 * The miniport that driver_bench measures, once linked into the program and once loaded as a shared
 * object: nothing but data blocks and one method, so that what is measured is what surrounds it.
 */
#include "driver_bench_miniport.h"

#include <string.h>

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"

typedef struct {
  SCSI_WMILIB_CONTEXT Library;
} BENCH_ADAPTER, *PBENCH_ADAPTER;

static const struct {
  GUID Guid;
  ULONG Instances;
  ULONG Size; /* of an instance */
} Blocks[] = {{BENCH_METHOD_GUID, 1, 0},
              {BENCH_BLOCK_GUID, BENCH_INSTANCES, BENCH_BLOCK_SIZE},
              {BENCH_LARGE_GUID, 1, BENCH_LARGE_SIZE},
              {BENCH_HUGE_GUID, 1, BENCH_HUGE_SIZE}};
#define BLOCKS (sizeof Blocks / sizeof Blocks[0])

static SCSIWMIGUIDREGINFO Guids[BLOCKS];

static UCHAR QueryRegInfo(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context,
                          PWCHAR* MofResourceName) {
  static WCHAR name[] = {'B', 'e', 'n', 'c', 'h', 0};
  (void)DeviceContext;
  (void)Context;
  *MofResourceName = name;
  return SRB_STATUS_SUCCESS;
}

static BOOLEAN QueryDataBlock(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context,
                              ULONG GuidIndex, ULONG InstanceIndex, ULONG InstanceCount,
                              PULONG InstanceLengthArray, ULONG BufferAvail, PUCHAR Buffer) {
  const ULONG size = Blocks[GuidIndex].Size;
  const ULONG all = (InstanceCount - 1) * ((size + 7) & ~7u) + size;
  ULONG index;
  (void)DeviceContext;
  if (Buffer == NULL || InstanceLengthArray == NULL || BufferAvail < all) {
    ScsiPortWmiPostProcess(Context, SRB_STATUS_DATA_OVERRUN, all);
    return FALSE;
  }
  for (index = 0; index < InstanceCount; ++index) {
    InstanceLengthArray[index] = size;
    memset(Buffer + index * ((size + 7) & ~7u), (int)(0x11 + InstanceIndex + index), size);
  }
  ScsiPortWmiPostProcess(Context, SRB_STATUS_SUCCESS, all);
  return FALSE;
}

/* OUT is the sum of IN's numbers, and IN. */
static BOOLEAN ExecuteMethod(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                             ULONG InstanceIndex, ULONG MethodId, ULONG InBufferSize,
                             ULONG OutBufferSize, PUCHAR Buffer) {
  ULONG numbers[BENCH_NUMBERS];
  ULONG index;
  (void)DeviceContext;
  (void)GuidIndex;
  (void)InstanceIndex;
  if (MethodId != BENCH_METHOD || InBufferSize != sizeof numbers) {
    ScsiPortWmiPostProcess(Context, SRB_STATUS_INVALID_REQUEST, 0);
    return FALSE;
  }
  if (OutBufferSize < sizeof numbers) {
    ScsiPortWmiPostProcess(Context, SRB_STATUS_DATA_OVERRUN, sizeof numbers);
    return FALSE;
  }
  memcpy(numbers, Buffer, sizeof numbers);
  for (index = 1; index < BENCH_NUMBERS; ++index) numbers[0] += numbers[index];
  memcpy(Buffer, numbers, sizeof numbers);
  ScsiPortWmiPostProcess(Context, SRB_STATUS_SUCCESS, sizeof numbers);
  return FALSE;
}

static BOOLEAN HwStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Block) {
  PBENCH_ADAPTER adapter = DeviceExtension;
  PSCSIWMI_REQUEST_CONTEXT context;
  PSCSI_WMI_REQUEST_BLOCK srb = (PVOID)Block;
  if (Block->Function != SRB_FUNCTION_WMI || !(srb->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST)) {
    Block->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    StorPortNotification(RequestComplete, DeviceExtension, Block);
    return TRUE;
  }
  context = srb->SrbExtension;
  context->UserContext = Block;
  if (!ScsiPortWmiDispatchFunction(&adapter->Library, srb->WMISubFunction, DeviceExtension, context,
                                   srb->DataPath, srb->DataTransferLength, srb->DataBuffer)) {
    srb->SrbStatus = ScsiPortWmiGetReturnStatus(context);
    srb->DataTransferLength = ScsiPortWmiGetReturnSize(context);
    StorPortNotification(RequestComplete, DeviceExtension, Block);
  }
  return TRUE;
}

static ULONG HwFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                           PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo,
                           PBOOLEAN Again) {
  PBENCH_ADAPTER adapter = DeviceExtension;
  ULONG index;
  (void)HwContext;
  (void)BusInformation;
  (void)ArgumentString;
  *Again = FALSE;
  for (index = 0; index < BLOCKS; ++index) {
    Guids[index].Guid = &Blocks[index].Guid;
    Guids[index].InstanceCount = Blocks[index].Instances;
  }
  adapter->Library.GuidCount = BLOCKS;
  adapter->Library.GuidList = Guids;
  adapter->Library.QueryWmiRegInfo = QueryRegInfo;
  adapter->Library.QueryWmiDataBlock = QueryDataBlock;
  adapter->Library.ExecuteWmiMethod = ExecuteMethod;
  ConfigInfo->NumberOfBuses = 1;
  ConfigInfo->MaximumNumberOfTargets = 1;
  ConfigInfo->WmiDataProvider = TRUE;
  return SP_RETURN_FOUND;
}

static BOOLEAN HwInitialize(PVOID DeviceExtension) {
  (void)DeviceExtension;
  return TRUE;
}

static BOOLEAN HwResetBus(PVOID DeviceExtension, ULONG PathId) {
  (void)DeviceExtension;
  (void)PathId;
  return TRUE;
}

ULONG BENCH_DRIVER_ENTRY(PVOID DriverObject, PVOID RegistryPath) {
  HW_INITIALIZATION_DATA data;
  memset(&data, 0, sizeof data);
  data.HwInitializationDataSize = sizeof data;
  data.AdapterInterfaceType = PCIBus;
  data.HwInitialize = HwInitialize;
  data.HwStartIo = HwStartIo;
  data.HwFindAdapter = HwFindAdapter;
  data.HwResetBus = HwResetBus;
  data.DeviceExtensionSize = sizeof(BENCH_ADAPTER);
  data.SrbExtensionSize = sizeof(SCSIWMI_REQUEST_CONTEXT);
  data.MultipleRequestPerLu = TRUE;
  return StorPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
