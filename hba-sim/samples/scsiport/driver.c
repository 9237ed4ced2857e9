/*
 * A miniport for the SCSI port driver that answers WMI requests: a class with an instance for each
 * of the adapter's buses, and an event. It includes what such drivers include (no storport.h), and
 * asks for the next request each time that it has got one.
 *
 * wmidata.h is made of driver.mof: structures, GUIDs, ids of properties and methods.
 */
#include <miniport.h>
#include <srb.h>
#include <scsi.h>
#include <scsiwmi.h>
#include <initguid.h>
#include "wmidata.h"

#define SAMPLE_BUSES 2

/* What an event is sent in: in front of its data the port driver needs 0x40 bytes for itself. */
typedef struct _SAMPLE_EVENT {
    UCHAR Pad[0x40];
    SampleBusReset Data;
} SAMPLE_EVENT;

/* Where the next instance begins in an answer for several. */
#define SAMPLE_ALIGN(size) (((size) + 7) & ~7u)

typedef struct _SAMPLE_ADAPTER {
    SampleBus Bus[SAMPLE_BUSES];
    BOOLEAN EventEnabled; /* somebody listens to SampleBusReset */
    SAMPLE_EVENT Event;
} SAMPLE_ADAPTER, *PSAMPLE_ADAPTER;

ULONG
DriverEntry(_In_ PVOID DriverObject, _In_ PVOID RegistryPath);
HW_FIND_ADAPTER SampleFindAdapter;
HW_INITIALIZE SampleInitialize;
HW_STARTIO SampleStartIo;
HW_RESET_BUS SampleResetBus;
HW_ADAPTER_CONTROL SampleAdapterControl;

/* What is registered. The callbacks get the index in this list: the enumeration has its order. */
enum { BusIndex, BusResetIndex };
static SCSIWMIGUIDREGINFO SampleGuids[] = {
    {&SampleBus_GUID, SAMPLE_BUSES, 0},
    {&SampleBusReset_GUID, SAMPLE_BUSES, WMIREG_FLAG_EVENT_ONLY_GUID},
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

/*
 * One instance, or InstanceCount of them from InstanceIndex on. Every instance begins at a multiple
 * of 8 bytes, and has its length in InstanceLengthArray without the padding. Behind the last one
 * there need not be any.
 */
static BOOLEAN
SampleQueryDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                     _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG InstanceCount,
                     _Inout_updates_(InstanceCount) PULONG InstanceLengthArray,
                     _In_ ULONG BufferAvail, _Out_writes_bytes_(BufferAvail) PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    ULONG stride = SAMPLE_ALIGN(sizeof(SampleBus));
    ULONG size = (InstanceCount - 1) * stride + sizeof(SampleBus);
    ULONG index;

    if (GuidIndex != BusIndex) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Without room Buffer and InstanceLengthArray may be NULL: the size first. */
    if (BufferAvail < size) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, size);
    }
    RtlZeroMemory(Buffer, size); /* the padding goes out, too */
    for (index = 0; index < InstanceCount; index++) {
        *(PSampleBus)(Buffer + index * stride) = adapter->Bus[InstanceIndex + index];
        InstanceLengthArray[index] = sizeof(SampleBus);
    }
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, size);
}

static UCHAR
SampleSetSpeed(_In_ PSAMPLE_ADAPTER Adapter, _In_ ULONG Bus, _In_ ULONG Speed)
{
    if (Speed != 80 && Speed != 160 && Speed != 320) {
        return SRB_STATUS_INVALID_REQUEST;
    }
    Adapter->Bus[Bus].Speed = Speed;
    return SRB_STATUS_SUCCESS;
}

static BOOLEAN
SampleSetDataItem(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                  _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG DataItemId,
                  _In_ ULONG BufferSize, _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    UCHAR status = SRB_STATUS_INVALID_REQUEST;

    if (GuidIndex == BusIndex && DataItemId == SampleBus_Speed_ID &&
        BufferSize >= SampleBus_Speed_SIZE) {
        status = SampleSetSpeed((PSAMPLE_ADAPTER)Context, InstanceIndex, *(PULONG)Buffer);
    }
    return SampleDone(RequestContext, status, 0);
}

static BOOLEAN
SampleSetDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                   _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG BufferSize,
                   _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    UCHAR status = SRB_STATUS_INVALID_REQUEST;

    if (GuidIndex == BusIndex && BufferSize >= sizeof(SampleBus)) {
        status =
            SampleSetSpeed((PSAMPLE_ADAPTER)Context, InstanceIndex, ((PSampleBus)Buffer)->Speed);
    }
    return SampleDone(RequestContext, status, 0);
}

/* A bus was reset: by a method, or by the port driver. */
static VOID
SampleReset(_In_ PSAMPLE_ADAPTER Adapter, _In_ ULONG Bus, _In_ ULONG Reason)
{
    Adapter->Bus[Bus].Resets++;
    Adapter->Bus[Bus].Reason = Reason;
    if (Adapter->EventEnabled) {
        Adapter->Event.Data.Reason = Reason;
        ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&SampleBusReset_GUID, Bus,
                                    sizeof(SampleBusReset), &Adapter->Event);
    }
}

/* IN and OUT share the buffer: IN is read before OUT is written. */
static BOOLEAN
SampleExecuteMethod(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                    _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG MethodId,
                    _In_ ULONG InBufferSize, _In_ ULONG OutBufferSize, _Inout_ PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;

    if (GuidIndex != BusIndex || MethodId != ResetBus || InBufferSize < ResetBus_IN_SIZE ||
        ((PResetBus_IN)Buffer)->Why == 0) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Before the method does anything: the caller sends it again with a larger buffer. */
    if (OutBufferSize < ResetBus_OUT_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, ResetBus_OUT_SIZE);
    }
    SampleReset(adapter, InstanceIndex, ((PResetBus_IN)Buffer)->Why);
    ((PResetBus_OUT)Buffer)->Count = adapter->Bus[InstanceIndex].Resets;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, ResetBus_OUT_SIZE);
}

static BOOLEAN
SampleFunctionControl(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                      _In_ ULONG GuidIndex, _In_ SCSIWMI_ENABLE_DISABLE_CONTROL Function,
                      _In_ BOOLEAN Enable)
{
    if (GuidIndex == BusResetIndex && Function == ScsiWmiEventControl) {
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
SampleWmi(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSCSI_WMI_REQUEST_BLOCK Srb)
{
    PSCSIWMI_REQUEST_CONTEXT context = (PSCSIWMI_REQUEST_CONTEXT)Srb->SrbExtension;

    if ((Srb->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) == 0) {
        Srb->DataTransferLength = 0; /* there are no units that could have classes */
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        return;
    }
    ScsiPortWmiDispatchFunction(&SampleWmiLibrary, Srb->WMISubFunction, Adapter, context,
                                Srb->DataPath, Srb->DataTransferLength, Srb->DataBuffer);
    Srb->DataTransferLength = ScsiPortWmiGetReturnSize(context);
    Srb->SrbStatus = ScsiPortWmiGetReturnStatus(context);
}

_Use_decl_annotations_ BOOLEAN
SampleStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    switch (Srb->Function) {
    case SRB_FUNCTION_WMI:
        SampleWmi((PSAMPLE_ADAPTER)DeviceExtension, (PSCSI_WMI_REQUEST_BLOCK)Srb);
        break;
    case SRB_FUNCTION_EXECUTE_SCSI:
        Srb->SrbStatus = SRB_STATUS_NO_DEVICE;
        break;
    case SRB_FUNCTION_RESET_BUS:
        Srb->SrbStatus =
            SampleResetBus(DeviceExtension, Srb->PathId) ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR;
        break;
    default:
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        break;
    }
    ScsiPortNotification(RequestComplete, DeviceExtension, Srb);
    /* The port driver sends nothing more until it is asked. */
    ScsiPortNotification(NextRequest, DeviceExtension, NULL);
    return TRUE;
}

_Use_decl_annotations_ BOOLEAN
SampleResetBus(PVOID DeviceExtension, ULONG PathId)
{
    if (PathId >= SAMPLE_BUSES) {
        return FALSE;
    }
    SampleReset((PSAMPLE_ADAPTER)DeviceExtension, PathId, 0);
    return TRUE;
}

_Use_decl_annotations_ ULONG
SampleFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                  PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo, PBOOLEAN Again)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)DeviceExtension;
    ULONG bus;

    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    ConfigInfo->NumberOfBuses = SAMPLE_BUSES;
    ConfigInfo->MaximumNumberOfTargets = 1;
    ConfigInfo->WmiDataProvider = TRUE; /* or WMI never asks */
    for (bus = 0; bus < SAMPLE_BUSES; bus++) {
        adapter->Bus[bus].Speed = 320;
    }
    *Again = FALSE;
    return SP_RETURN_FOUND;
}

_Use_decl_annotations_ BOOLEAN
SampleInitialize(PVOID DeviceExtension)
{
    UNREFERENCED_PARAMETER(DeviceExtension);
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

_Use_decl_annotations_ ULONG
DriverEntry(PVOID DriverObject, PVOID RegistryPath)
{
    HW_INITIALIZATION_DATA data;

    RtlZeroMemory(&data, sizeof(data));
    data.HwInitializationDataSize = sizeof(data);
    data.AdapterInterfaceType = PCIBus;
    data.HwFindAdapter = SampleFindAdapter;
    data.HwInitialize = SampleInitialize;
    data.HwStartIo = SampleStartIo;
    data.HwResetBus = SampleResetBus;
    data.HwAdapterControl = SampleAdapterControl;
    data.DeviceExtensionSize = sizeof(SAMPLE_ADAPTER);
    data.SrbExtensionSize = sizeof(SCSIWMI_REQUEST_CONTEXT);
    data.NeedPhysicalAddresses = TRUE;
    data.TaggedQueuing = TRUE;
    data.AutoRequestSense = TRUE;
    data.MultipleRequestPerLu = TRUE;
    return ScsiPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
