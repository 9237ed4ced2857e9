/*
 * A miniport for tests: a counter with two instances, methods, an event and dynamically named
 * instances. Of three kinds: for Storport, for Storport with extended SRBs (KIT_EXTENDED), and for
 * SCSI port (KIT_SCSIPORT).
 */
#include "kit_driver.h"

#include <string.h>

#ifdef KIT_SCSIPORT
#define PORT_NOTIFY ScsiPortNotification
#define PORT_INITIALIZE ScsiPortInitialize
#else
#define PORT_NOTIFY StorPortNotification
#define PORT_INITIALIZE StorPortInitialize
#endif

LONG KitLoads;

static const GUID CounterGuid = {
    0x6B1D0001, 0x5A51, 0x4C5A, {0x9C, 0x12, 0x0D, 0x0B, 0x5E, 0x7A, 0x10, 0x01}};
static const GUID OperationsGuid = {
    0x6B1D0002, 0x5A51, 0x4C5A, {0x9C, 0x12, 0x0D, 0x0B, 0x5E, 0x7A, 0x10, 0x01}};
static GUID EventGuid = {
    0x6B1D0003, 0x5A51, 0x4C5A, {0x9C, 0x12, 0x0D, 0x0B, 0x5E, 0x7A, 0x10, 0x01}};
static const GUID NamedGuid = {
    0x6B1D0004, 0x5A51, 0x4C5A, {0x9C, 0x12, 0x0D, 0x0B, 0x5E, 0x7A, 0x10, 0x01}};

static SCSIWMIGUIDREGINFO Guids[] = {{&CounterGuid, KIT_INSTANCES, 0},
                                     {&OperationsGuid, 1, 0},
                                     {&EventGuid, 1, WMIREG_FLAG_EVENT_ONLY_GUID},
                                     {&NamedGuid, 0xFFFFFFFFu, WMIREG_FLAG_CALL_BY_NAME}};

static const WCHAR* const Names[] = {L"alpha", L"beta/2", L"g"};
#define NAMES (sizeof Names / sizeof Names[0])

static ULONG NameLength(const WCHAR* Name) {
  ULONG length = 0;
  while (Name[length] != 0) ++length;
  return length;
}

static UCHAR QueryRegInfo(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context,
                          PWCHAR* MofResourceName) {
  static WCHAR name[] = L"KitTestMof";
  UNREFERENCED_PARAMETER(DeviceContext);
  UNREFERENCED_PARAMETER(Context);
  *MofResourceName = name;
  return SRB_STATUS_SUCCESS;
}

static void QueryNamed(PSCSIWMI_REQUEST_CONTEXT Context, ULONG BufferAvail, PUCHAR Buffer,
                       PULONG Lengths) {
  UCHAR status = SRB_STATUS_SUCCESS;
  ULONG available, size = 0, index;
  if (ScsiPortWmiIsQueryAllData(Context)) {
    ScsiPortWmiSetInstanceCount(Context, NAMES, &available, &size);
    for (index = 0; index < NAMES; ++index) {
      const ULONG bytes = NameLength(Names[index]) * (ULONG)sizeof(WCHAR);
      PULONG value = ScsiPortWmiSetData(Context, index, sizeof(ULONG), &available, &size);
      PWCHAR name = ScsiPortWmiSetInstanceName(Context, index, bytes, &available, &size);
      if (value != NULL) *value = bytes;
      if (name != NULL) memcpy(name, Names[index], bytes);
      if (value == NULL || name == NULL) status = SRB_STATUS_DATA_OVERRUN;
    }
  } else {
    const WCHAR* wanted = ScsiPortWmiGetInstanceName(Context);
    for (index = 0; index < NAMES; ++index) {
      const ULONG bytes = NameLength(Names[index]) * (ULONG)sizeof(WCHAR);
      if (wanted != NULL && wanted[0] == bytes && memcmp(wanted + 1, Names[index], bytes) == 0)
        break;
    }
    size = sizeof(ULONG);
    if (index == NAMES) {
      status = SRB_STATUS_ERROR;
      size = 0;
    } else if (BufferAvail < size) {
      status = SRB_STATUS_DATA_OVERRUN;
    } else {
      *(PULONG)Buffer = NameLength(Names[index]) * (ULONG)sizeof(WCHAR);
      *Lengths = size;
    }
  }
  ScsiPortWmiPostProcess(Context, status, size);
}

static BOOLEAN QueryBlock(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                          ULONG InstanceIndex, ULONG InstanceCount, PULONG InstanceLengthArray,
                          ULONG BufferAvail, PUCHAR Buffer) {
  PKIT_ADAPTER adapter = DeviceContext;
  ULONG block[3], size = 0, index;
  UCHAR status = SRB_STATUS_SUCCESS;
  if (GuidIndex == NamedIndex) {
    QueryNamed(Context, BufferAvail, Buffer, InstanceLengthArray);
    return FALSE;
  }
  for (index = 0; index < InstanceCount; ++index) {
    const ULONG length = GuidIndex == CounterIndex ? sizeof block : 0;
    const ULONG at = (size + 7) & ~7u;
    size = at + length;
    if (Buffer == NULL || InstanceLengthArray == NULL || size > BufferAvail) {
      status = SRB_STATUS_DATA_OVERRUN;
      continue;
    }
    InstanceLengthArray[index] = length;
    if (length == 0) continue;
    block[0] = adapter->Value[InstanceIndex + index];
    block[1] = adapter->Limit;
    block[2] = (ULONG)KitLoads;
    memcpy(Buffer + at, block, sizeof block);
  }
  ScsiPortWmiPostProcess(Context, status, size);
  return FALSE;
}

static BOOLEAN SetBlock(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                        ULONG InstanceIndex, ULONG BufferSize, PUCHAR Buffer) {
  PKIT_ADAPTER adapter = DeviceContext;
  UCHAR status = SRB_STATUS_INVALID_REQUEST;
  if (GuidIndex == CounterIndex && BufferSize >= sizeof(ULONG)) {
    const ULONG value = *(PULONG)Buffer;
    status = value <= adapter->Limit ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR;
    if (status == SRB_STATUS_SUCCESS) adapter->Value[InstanceIndex] = value;
  }
  ScsiPortWmiPostProcess(Context, status, 0);
  return FALSE;
}

static BOOLEAN SetItem(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                       ULONG InstanceIndex, ULONG DataItemId, ULONG BufferSize, PUCHAR Buffer) {
  if (DataItemId == 1)
    return SetBlock(DeviceContext, Context, GuidIndex, InstanceIndex, BufferSize, Buffer);
  ScsiPortWmiPostProcess(Context, SRB_STATUS_INVALID_REQUEST, 0);
  return FALSE;
}

static BOOLEAN FunctionControl(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context,
                               ULONG GuidIndex, SCSIWMI_ENABLE_DISABLE_CONTROL Function,
                               BOOLEAN Enable) {
  PKIT_ADAPTER adapter = DeviceContext;
  if (GuidIndex == EventIndex && Function == ScsiWmiEventControl) adapter->Events = Enable;
  ScsiPortWmiPostProcess(Context, SRB_STATUS_SUCCESS, 0);
  return FALSE;
}

static SCSI_WMILIB_CONTEXT Library = {sizeof Guids / sizeof Guids[0],
                                      Guids,
                                      QueryRegInfo,
                                      QueryBlock,
                                      SetBlock,
                                      SetItem,
                                      KitExecute,
                                      FunctionControl};

VOID KitFire(PKIT_ADAPTER Adapter, ULONG Value) {
  if (!Adapter->Events) return;
  memcpy(Adapter->EventBuffer + 0x40, &Value, sizeof Value);
  ScsiPortWmiFireAdapterEvent(Adapter, &EventGuid, 0, sizeof Value, Adapter->EventBuffer);
}

/* Ends the SRB as its context says. */
VOID KitComplete(PKIT_REQUEST Request) {
  const UCHAR status = ScsiPortWmiGetReturnStatus(&Request->Context);
  const ULONG size = ScsiPortWmiGetReturnSize(&Request->Context);
#ifdef KIT_EXTENDED
  PSTORAGE_REQUEST_BLOCK srb = Request->Srb;
#else
  PSCSI_WMI_REQUEST_BLOCK srb = Request->Srb;
#endif
  srb->SrbStatus = status;
  srb->DataTransferLength = size;
  PORT_NOTIFY(RequestComplete, Request->Adapter, srb);
}

VOID KitPend(PKIT_REQUEST Request) {
  Request->Next = Request->Adapter->Pending;
  Request->Adapter->Pending = Request;
}

BOOLEAN KitUnpend(PKIT_REQUEST Request) {
  PKIT_REQUEST* link = &Request->Adapter->Pending;
  while (*link != NULL && *link != Request) link = &(*link)->Next;
  if (*link == NULL) return FALSE;
  *link = Request->Next;
  return TRUE;
}

static VOID StartWmi(PKIT_ADAPTER Adapter, PVOID Srb, PKIT_REQUEST Request, UCHAR Minor,
                     UCHAR Flags, PVOID DataPath, ULONG Size, PVOID Buffer) {
  memset(Request, 0, sizeof *Request);
  Request->Adapter = Adapter;
  Request->Srb = Srb;
  Request->Context.UserContext = Request;
  if ((Flags & SRB_WMI_FLAGS_ADAPTER_REQUEST) == 0) {
    Request->Context.ReturnStatus = SRB_STATUS_INVALID_REQUEST;
  } else if (ScsiPortWmiDispatchFunction(&Library, Minor, Adapter, &Request->Context, DataPath,
                                         Size, Buffer)) {
    return;
  }
  KitComplete(Request);
}

static BOOLEAN HwStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Block) {
#ifdef KIT_EXTENDED
  PSTORAGE_REQUEST_BLOCK srb = (PVOID)Block;
  if (srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK || srb->Signature != SRB_SIGNATURE) {
    Block->SrbStatus = SRB_STATUS_INTERNAL_ERROR;
    PORT_NOTIFY(RequestComplete, DeviceExtension, Block);
    return TRUE;
  }
  if (srb->SrbFunction == SRB_FUNCTION_WMI && srb->NumSrbExData == 1) {
    PSRBEX_DATA_WMI wmi = (PVOID)((PUCHAR)srb + srb->SrbExDataOffset[0]);
    StartWmi(DeviceExtension, srb, srb->MiniportContext, wmi->WMISubFunction, wmi->WMIFlags,
             wmi->DataPath, srb->DataTransferLength, srb->DataBuffer);
  } else {
    srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    PORT_NOTIFY(RequestComplete, DeviceExtension, srb);
  }
#else
  if (Block->Function == SRB_FUNCTION_WMI) {
    PSCSI_WMI_REQUEST_BLOCK srb = (PVOID)Block;
    StartWmi(DeviceExtension, srb, srb->SrbExtension, srb->WMISubFunction, srb->WMIFlags,
             srb->DataPath, srb->DataTransferLength, srb->DataBuffer);
  } else {
    Block->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    PORT_NOTIFY(RequestComplete, DeviceExtension, Block);
  }
#endif
#if defined KIT_SCSIPORT && !defined KIT_FORGETFUL
  PORT_NOTIFY(NextRequest, DeviceExtension, NULL);
#endif
  return TRUE;
}

static VOID ReadRegistry(PKIT_ADAPTER Adapter) {
  ULONG size = 64;
  PUCHAR buffer = StorPortAllocateRegistryBuffer(Adapter, &size);
  Adapter->Limit = 100;
  if (buffer == NULL) return;
  if (StorPortRegistryRead(Adapter, (PUCHAR) "Limit", 1, MINIPORT_REG_DWORD, buffer, &size))
    memcpy(&Adapter->Limit, buffer, sizeof Adapter->Limit);
  StorPortFreeRegistryBuffer(Adapter, buffer);
}

static ULONG HwFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                           PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo,
                           PBOOLEAN Again) {
  PKIT_ADAPTER adapter = DeviceExtension;
  UNREFERENCED_PARAMETER(HwContext);
  UNREFERENCED_PARAMETER(BusInformation);
  UNREFERENCED_PARAMETER(ArgumentString);
  *Again = FALSE;
  if (adapter->Limit != 0) return SP_RETURN_BAD_CONFIG; /* was not cleared */
#ifdef KIT_EXTENDED
  if (ConfigInfo->SrbType != SRB_TYPE_STORAGE_REQUEST_BLOCK) return SP_RETURN_BAD_CONFIG;
#endif
  adapter->Uncached = StorPortGetUncachedExtension(adapter, ConfigInfo, 4096);
  if (adapter->Uncached == NULL) return SP_RETURN_ERROR;
  ConfigInfo->NumberOfBuses = 1;
  ConfigInfo->MaximumNumberOfTargets = 1;
  ConfigInfo->WmiDataProvider = TRUE;
  ReadRegistry(adapter);
  return SP_RETURN_FOUND;
}

#ifndef KIT_SCSIPORT
static BOOLEAN PassiveInitialize(PVOID DeviceExtension) {
  PKIT_ADAPTER adapter = DeviceExtension;
  return StorPortExtendedFunction(ExtFunctionInitializeTimer, adapter, &adapter->Timer) == 0 &&
         StorPortExtendedFunction(ExtFunctionInitializeWorker, adapter, &adapter->Worker) == 0;
}
#endif

extern VOID KitDpc(PSTOR_DPC Dpc, PVOID HwDeviceExtension, PVOID Argument1, PVOID Argument2);

static BOOLEAN HwInitialize(PVOID DeviceExtension) {
  PKIT_ADAPTER adapter = DeviceExtension;
#ifdef KIT_SCSIPORT
  UNREFERENCED_PARAMETER(adapter);
  return TRUE;
#else
  StorPortNotification(InitializeDpc, adapter, &adapter->Dpc, KitDpc);
  return StorPortEnablePassiveInitialization(adapter, PassiveInitialize);
#endif
}

static BOOLEAN HwResetBus(PVOID DeviceExtension, ULONG PathId) {
  UNREFERENCED_PARAMETER(DeviceExtension);
  UNREFERENCED_PARAMETER(PathId);
  return TRUE;
}

static SCSI_ADAPTER_CONTROL_STATUS HwAdapterControl(PVOID DeviceExtension,
                                                    SCSI_ADAPTER_CONTROL_TYPE ControlType,
                                                    PVOID Parameters) {
  PKIT_ADAPTER adapter = DeviceExtension;
  if (ControlType == ScsiQuerySupportedControlTypes) {
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST list = Parameters;
    list->SupportedTypeList[ScsiQuerySupportedControlTypes] = TRUE;
    list->SupportedTypeList[ScsiStopAdapter] = TRUE;
    return ScsiAdapterControlSuccess;
  }
  if (ControlType != ScsiStopAdapter) return ScsiAdapterControlUnsuccessful;
  while (adapter->Pending != NULL) {
    PKIT_REQUEST request = adapter->Pending;
    KitUnpend(request);
    ScsiPortWmiPostProcess(&request->Context, SRB_STATUS_BUS_RESET, 0);
    KitComplete(request);
  }
  if (adapter->Timer != NULL)
    StorPortExtendedFunction(ExtFunctionFreeTimer, adapter, adapter->Timer);
  if (adapter->Worker != NULL)
    StorPortExtendedFunction(ExtFunctionFreeWorker, adapter, adapter->Worker);
  return ScsiAdapterControlSuccess;
}

ULONG DriverEntry(PVOID DriverObject, PVOID RegistryPath);
ULONG DriverEntry(PVOID DriverObject, PVOID RegistryPath) {
  HW_INITIALIZATION_DATA data;
  ++KitLoads;
  memset(&data, 0, sizeof data);
  data.HwInitializationDataSize = sizeof data;
#ifdef KIT_SCSIPORT
  data.HwInitializationDataSize = 128; /* SCSI port's edition */
#endif
  data.AdapterInterfaceType = PCIBus;
  data.HwInitialize = HwInitialize;
  data.HwStartIo = HwStartIo;
  data.HwFindAdapter = HwFindAdapter;
  data.HwResetBus = HwResetBus;
  data.HwAdapterControl = HwAdapterControl;
  data.DeviceExtensionSize = sizeof(KIT_ADAPTER);
  data.SrbExtensionSize = sizeof(KIT_REQUEST);
  data.SpecificLuExtensionSize = 32;
  data.MultipleRequestPerLu = TRUE;
#ifdef KIT_EXTENDED
  data.SrbTypeFlags = SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK;
#endif
  return PORT_INITIALIZE(DriverObject, RegistryPath, (PVOID)&data, NULL);
}
