/*
 * A minimal Storport miniport that answers WMI requests: one class with properties to read and to
 * write and a method, and one event. There is no hardware behind it; what a driver would ask its
 * firmware for stands in the device extension.
 *
 * wmidata.h is made of driver.mof: structures, GUIDs, ids of properties and methods.
 */
#include <ntddk.h>
#include <storport.h>
#include <srbhelper.h>
#include <scsiwmi.h>
#include <ntstrsafe.h>
#include <initguid.h>
#include "wmidata.h"

#define SAMPLE_MOST_SIZE 1024 /* MiB */
#define SAMPLE_DIRTY_BLOCKS 100

/* What an event is sent in: in front of its data the port driver needs 0x40 bytes for itself. */
typedef struct _SAMPLE_EVENT {
    UCHAR Pad[0x40];
    SampleCacheFlushed Data;
} SAMPLE_EVENT;

typedef struct _SAMPLE_ADAPTER {
    ULONG Size;
    BOOLEAN Enabled;
    ULONGLONG Flushes;
    ULONG DirtyBlocks;
    BOOLEAN EventEnabled; /* somebody listens to SampleCacheFlushed */
    SAMPLE_EVENT Event;
} SAMPLE_ADAPTER, *PSAMPLE_ADAPTER;

DRIVER_INITIALIZE DriverEntry;
HW_FIND_ADAPTER SampleFindAdapter;
HW_INITIALIZE SampleInitialize;
HW_BUILDIO SampleBuildIo;
HW_STARTIO SampleStartIo;
HW_RESET_BUS SampleResetBus;
HW_ADAPTER_CONTROL SampleAdapterControl;

/*
 * What is registered. The callbacks get the index in this list, so the enumeration has its order.
 * Without flags the port driver names the instances after the adapter.
 */
enum { CacheIndex, CacheFlushedIndex };
static SCSIWMIGUIDREGINFO SampleGuids[] = {
    {&SampleCache_GUID, 1, 0},
    {&SampleCacheFlushed_GUID, 1, WMIREG_FLAG_EVENT_ONLY_GUID},
};

static UCHAR
SampleQueryRegInfo(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                   _Out_ PWCHAR* MofResourceName)
{
    static WCHAR name[] = L"SampleMof"; /* of the resource that has the compiled MOF file */

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(RequestContext);
    *MofResourceName = name;
    return SRB_STATUS_SUCCESS; /* without ScsiPortWmiPostProcess: this one routine answers itself */
}

/* Ends a request whose callback has done its work. The result says that nothing is pending. */
static BOOLEAN
SampleDone(_In_ PSCSIWMI_REQUEST_CONTEXT RequestContext, _In_ UCHAR SrbStatus, _In_ ULONG Size)
{
    ScsiPortWmiPostProcess(RequestContext, SrbStatus, Size);
    return FALSE;
}

static BOOLEAN
SampleQueryDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                     _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG InstanceCount,
                     _Inout_ PULONG InstanceLengthArray, _In_ ULONG BufferAvail,
                     _Out_writes_bytes_(BufferAvail) PUCHAR Buffer)
{
    static const WCHAR model[] = L"NV-DIMM 4";
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    PSampleCache block = (PSampleCache)Buffer;

    UNREFERENCED_PARAMETER(InstanceIndex);
    UNREFERENCED_PARAMETER(InstanceCount);
    if (GuidIndex != CacheIndex) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Without room Buffer and InstanceLengthArray may be NULL: the size first. */
    if (BufferAvail < sizeof(SampleCache)) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, sizeof(SampleCache));
    }
    /* The buffer has what was in it before; padding and unused characters go out, too. */
    RtlZeroMemory(block, sizeof(SampleCache));
    block->Size = adapter->Size;
    block->Enabled = adapter->Enabled;
    block->Flushes = adapter->Flushes;
    block->Model[0] = sizeof(model) - sizeof(WCHAR); /* bytes, without the final zero */
    RtlCopyMemory(&block->Model[1], model, block->Model[0]);
    InstanceLengthArray[0] = sizeof(SampleCache);
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, sizeof(SampleCache));
}

/* One property. A value that is not taken is an invalid request. */
static BOOLEAN
SampleSetDataItem(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                  _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG DataItemId,
                  _In_ ULONG BufferSize, _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    UCHAR status = SRB_STATUS_INVALID_REQUEST;
    ULONG size;

    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex == CacheIndex && DataItemId == SampleCache_Size_ID &&
        BufferSize >= SampleCache_Size_SIZE) {
        size = *(PULONG)Buffer;
        if (size >= 1 && size <= SAMPLE_MOST_SIZE) {
            adapter->Size = size;
            status = SRB_STATUS_SUCCESS;
        }
    } else if (GuidIndex == CacheIndex && DataItemId == SampleCache_Enabled_ID &&
               BufferSize >= SampleCache_Enabled_SIZE) {
        adapter->Enabled = *Buffer != FALSE;
        status = SRB_STATUS_SUCCESS;
    }
    return SampleDone(RequestContext, status, 0);
}

/* All properties at once; those that are not writable are ignored. All or nothing is set. */
static BOOLEAN
SampleSetDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                   _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG BufferSize,
                   _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    PSampleCache block = (PSampleCache)Buffer;

    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex != CacheIndex || BufferSize < sizeof(SampleCache) || block->Size < 1 ||
        block->Size > SAMPLE_MOST_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    adapter->Size = block->Size;
    adapter->Enabled = block->Enabled != FALSE;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, 0);
}

/* Only what somebody has asked for is fired. */
static VOID
SampleFireFlushed(_In_ PSAMPLE_ADAPTER Adapter, _In_ ULONG Blocks)
{
    if (!Adapter->EventEnabled) {
        return;
    }
    Adapter->Event.Data.Blocks = Blocks;
    ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&SampleCacheFlushed_GUID, 0,
                                sizeof(SampleCacheFlushed), &Adapter->Event);
}

/* IN and OUT share the buffer: IN is read before OUT is written. */
static BOOLEAN
SampleExecuteMethod(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                    _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG MethodId,
                    _In_ ULONG InBufferSize, _In_ ULONG OutBufferSize, _Inout_ PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    ULONG flushed;

    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex != CacheIndex || MethodId != Flush || InBufferSize < Flush_IN_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Before the method does anything: the caller sends it again with a larger buffer. */
    if (OutBufferSize < Flush_OUT_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, Flush_OUT_SIZE);
    }
    flushed = adapter->DirtyBlocks;
    if (((PFlush_IN)Buffer)->Most != 0 && ((PFlush_IN)Buffer)->Most < flushed) {
        flushed = ((PFlush_IN)Buffer)->Most;
    }
    adapter->DirtyBlocks -= flushed;
    adapter->Flushes += 1;
    SampleFireFlushed(adapter, flushed);
    ((PFlush_OUT)Buffer)->Flushed = flushed;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, Flush_OUT_SIZE);
}

/* Events are enabled with the first listener and disabled with the last. */
static BOOLEAN
SampleFunctionControl(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                      _In_ ULONG GuidIndex, _In_ SCSIWMI_ENABLE_DISABLE_CONTROL Function,
                      _In_ BOOLEAN Enable)
{
    if (GuidIndex == CacheFlushedIndex && Function == ScsiWmiEventControl) {
        ((PSAMPLE_ADAPTER)Context)->EventEnabled = Enable;
    }
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, 0);
}

static SCSI_WMILIB_CONTEXT SampleWmiLibrary = {
    RTL_NUMBER_OF(SampleGuids), SampleGuids,       SampleQueryRegInfo,  SampleQueryDataBlock,
    SampleSetDataBlock,         SampleSetDataItem, SampleExecuteMethod, SampleFunctionControl,
};

/* No callback of this driver pends, so the request is over when the library returns. */
static VOID
SampleWmi(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSTORAGE_REQUEST_BLOCK Srb)
{
    PSRBEX_DATA_WMI wmi = (PSRBEX_DATA_WMI)SrbGetSrbExDataByType(Srb, SrbExDataTypeWmi);
    PSCSIWMI_REQUEST_CONTEXT context = (PSCSIWMI_REQUEST_CONTEXT)SrbGetMiniportContext(Srb);

    if (wmi == NULL || (wmi->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) == 0) {
        Srb->DataTransferLength = 0; /* there are no units that could have classes */
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        return;
    }
    ScsiPortWmiDispatchFunction(&SampleWmiLibrary, wmi->WMISubFunction, Adapter, context,
                                wmi->DataPath, Srb->DataTransferLength, Srb->DataBuffer);
    Srb->DataTransferLength = ScsiPortWmiGetReturnSize(context);
    Srb->SrbStatus = ScsiPortWmiGetReturnStatus(context);
}

_Use_decl_annotations_ BOOLEAN
SampleBuildIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    UNREFERENCED_PARAMETER(DeviceExtension);
    UNREFERENCED_PARAMETER(Srb);
    return TRUE; /* nothing to prepare: SampleStartIo follows */
}

_Use_decl_annotations_ BOOLEAN
SampleStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    /* DriverEntry has asked for SRBs of the extended form, and gets no others. */
    switch (SrbGetSrbFunction(Srb)) {
    case SRB_FUNCTION_WMI:
        SampleWmi((PSAMPLE_ADAPTER)DeviceExtension, (PSTORAGE_REQUEST_BLOCK)Srb);
        break;
    case SRB_FUNCTION_EXECUTE_SCSI:
        SrbSetSrbStatus(Srb, SRB_STATUS_NO_DEVICE);
        break;
    default:
        SrbSetSrbStatus(Srb, SRB_STATUS_INVALID_REQUEST);
        break;
    }
    StorPortNotification(RequestComplete, DeviceExtension, Srb);
    return TRUE;
}

_Use_decl_annotations_ ULONG
SampleFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                  PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo, PBOOLEAN Again)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)DeviceExtension;

    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    ConfigInfo->NumberOfBuses = 1;
    ConfigInfo->MaximumNumberOfTargets = 1;
    ConfigInfo->MaximumNumberOfLogicalUnits = 1;
    ConfigInfo->WmiDataProvider = TRUE; /* or WMI never asks */
    adapter->Size = 256;
    adapter->Enabled = TRUE;
    adapter->DirtyBlocks = SAMPLE_DIRTY_BLOCKS;
    *Again = FALSE;
    return SP_RETURN_FOUND;
}

_Use_decl_annotations_ BOOLEAN
SampleInitialize(PVOID DeviceExtension)
{
    UNREFERENCED_PARAMETER(DeviceExtension);
    return TRUE;
}

_Use_decl_annotations_ BOOLEAN
SampleResetBus(PVOID DeviceExtension, ULONG PathId)
{
    /* Nothing is pending, ever. */
    UNREFERENCED_PARAMETER(DeviceExtension);
    UNREFERENCED_PARAMETER(PathId);
    return TRUE;
}

_Use_decl_annotations_ SCSI_ADAPTER_CONTROL_STATUS
SampleAdapterControl(PVOID DeviceExtension, SCSI_ADAPTER_CONTROL_TYPE ControlType, PVOID Parameters)
{
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST list = (PSCSI_SUPPORTED_CONTROL_TYPE_LIST)Parameters;

    switch (ControlType) {
    case ScsiQuerySupportedControlTypes:
        list->SupportedTypeList[ScsiQuerySupportedControlTypes] = TRUE;
        list->SupportedTypeList[ScsiStopAdapter] = TRUE;
        return ScsiAdapterControlSuccess;
    case ScsiStopAdapter:
        ((PSAMPLE_ADAPTER)DeviceExtension)->EventEnabled = FALSE;
        return ScsiAdapterControlSuccess;
    default:
        return ScsiAdapterControlUnsuccessful;
    }
}

_Use_decl_annotations_ NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HW_INITIALIZATION_DATA data;

    RtlZeroMemory(&data, sizeof(data));
    data.HwInitializationDataSize = sizeof(data);
    data.AdapterInterfaceType = PCIBus;
    data.HwFindAdapter = SampleFindAdapter;
    data.HwInitialize = SampleInitialize;
    data.HwBuildIo = SampleBuildIo;
    data.HwStartIo = SampleStartIo;
    data.HwResetBus = SampleResetBus;
    data.HwAdapterControl = SampleAdapterControl;
    data.DeviceExtensionSize = sizeof(SAMPLE_ADAPTER);
    data.SrbExtensionSize = sizeof(SCSIWMI_REQUEST_CONTEXT);
    data.MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    data.NeedPhysicalAddresses = TRUE;
    data.TaggedQueuing = TRUE;
    data.AutoRequestSense = TRUE;
    data.MultipleRequestPerLu = TRUE;
    data.SrbTypeFlags = SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK;
    data.AddressTypeFlags = ADDRESS_TYPE_FLAG_BTL8;
    return StorPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
