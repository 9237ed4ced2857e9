/*
 * A Storport miniport that answers some requests later: its method runs a test that takes as long
 * as the caller likes, and any number of tests run at once. A request that pends is on a list until
 * somebody takes it off and completes it: the timer when the test is over, or whoever ends it
 * before: an abort, a reset, the stop of the adapter. Because one place takes it off, it is
 * completed once.
 *
 * All of these routines run with the StartIo lock, or while the port driver sends nothing and the
 * timer is cancelled; so the list needs no lock of its own.
 *
 * wmidata.h is made of driver.mof: structures, GUIDs, ids of properties and methods.
 */
#include <ntddk.h>
#include <storport.h>
#include <scsiwmi.h>
#include <initguid.h>
#include "wmidata.h"

#define SAMPLE_LONGEST 60000 /* milliseconds */
#define SAMPLE_TICK 10       /* milliseconds */

typedef struct _SAMPLE_ADAPTER {
    LIST_ENTRY Pending; /* of SAMPLE_REQUEST */
    ULONG Started;
    ULONG Completed;
    ULONG Aborted;
} SAMPLE_ADAPTER, *PSAMPLE_ADAPTER;

/*
 * The SRB extension. The context is the library's until the request is completed: on the stack it
 * would be gone when SampleStartIo returns.
 */
typedef struct _SAMPLE_REQUEST {
    LIST_ENTRY Link;
    SCSIWMI_REQUEST_CONTEXT Context;
    PSCSI_WMI_REQUEST_BLOCK Srb;
    PRun_OUT Out; /* in the SRB's buffer, which stays where it is */
    ULONG Number;
    ULONG Ticks; /* until it is done */
} SAMPLE_REQUEST, *PSAMPLE_REQUEST;

DRIVER_INITIALIZE DriverEntry;
HW_FIND_ADAPTER SampleFindAdapter;
HW_INITIALIZE SampleInitialize;
HW_STARTIO SampleStartIo;
HW_TIMER SampleTimer;
HW_RESET_BUS SampleResetBus;
HW_ADAPTER_CONTROL SampleAdapterControl;

/* Completes an SRB with what ScsiPortWmiPostProcess has left in its context. */
static VOID
SampleComplete(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSAMPLE_REQUEST Request)
{
    Request->Srb->DataTransferLength = ScsiPortWmiGetReturnSize(&Request->Context);
    Request->Srb->SrbStatus = ScsiPortWmiGetReturnStatus(&Request->Context);
    StorPortNotification(RequestComplete, Adapter, Request->Srb);
}

/* Takes a request off the list and ends it. The extension is gone with it. */
static VOID
SampleFinish(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSAMPLE_REQUEST Request, _In_ UCHAR SrbStatus)
{
    RemoveEntryList(&Request->Link);
    if (SrbStatus == SRB_STATUS_SUCCESS) {
        Adapter->Completed++;
        Request->Out->Number = Request->Number;
        ScsiPortWmiPostProcess(&Request->Context, SrbStatus, Run_OUT_SIZE);
    } else {
        Adapter->Aborted++;
        ScsiPortWmiPostProcess(&Request->Context, SrbStatus, 0);
    }
    SampleComplete(Adapter, Request);
}

static VOID
SampleFinishAll(_In_ PSAMPLE_ADAPTER Adapter, _In_ UCHAR SrbStatus)
{
    while (!IsListEmpty(&Adapter->Pending)) {
        SampleFinish(Adapter, CONTAINING_RECORD(Adapter->Pending.Flink, SAMPLE_REQUEST, Link),
                     SrbStatus);
    }
}

static VOID
SampleStartTimer(_In_ PSAMPLE_ADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, SampleTimer, SAMPLE_TICK * 1000);
}

/* Called once for each time that it was asked for. */
_Use_decl_annotations_ VOID
SampleTimer(PVOID DeviceExtension)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)DeviceExtension;
    PLIST_ENTRY entry = adapter->Pending.Flink;

    while (entry != &adapter->Pending) {
        PSAMPLE_REQUEST request = CONTAINING_RECORD(entry, SAMPLE_REQUEST, Link);
        entry = entry->Flink; /* before the request may go */
        request->Ticks--;
        if (request->Ticks == 0) {
            SampleFinish(adapter, request, SRB_STATUS_SUCCESS);
        }
    }
    if (!IsListEmpty(&adapter->Pending)) {
        SampleStartTimer(adapter);
    }
}

static SCSIWMIGUIDREGINFO SampleGuids[] = {{&SampleSelfTest_GUID, 1, 0}};

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
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    PSampleSelfTest block = (PSampleSelfTest)Buffer;

    UNREFERENCED_PARAMETER(GuidIndex); /* there is one block with one instance */
    UNREFERENCED_PARAMETER(InstanceIndex);
    UNREFERENCED_PARAMETER(InstanceCount);
    if (BufferAvail < SampleSelfTest_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, SampleSelfTest_SIZE);
    }
    block->Running = adapter->Started - adapter->Completed - adapter->Aborted;
    block->Completed = adapter->Completed;
    block->Aborted = adapter->Aborted;
    InstanceLengthArray[0] = SampleSelfTest_SIZE;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, SampleSelfTest_SIZE);
}

/* TRUE: the request is pending, and ScsiPortWmiPostProcess is still to come. */
static BOOLEAN
SampleExecuteMethod(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                    _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG MethodId,
                    _In_ ULONG InBufferSize, _In_ ULONG OutBufferSize, _Inout_ PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    PSAMPLE_REQUEST request = CONTAINING_RECORD(RequestContext, SAMPLE_REQUEST, Context);
    ULONG milliseconds;
    BOOLEAN first;

    UNREFERENCED_PARAMETER(GuidIndex);
    UNREFERENCED_PARAMETER(InstanceIndex);
    if (MethodId != Run || InBufferSize < Run_IN_SIZE ||
        ((PRun_IN)Buffer)->Milliseconds > SAMPLE_LONGEST) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Before the method does anything: the caller sends it again with a larger buffer. */
    if (OutBufferSize < Run_OUT_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, Run_OUT_SIZE);
    }
    milliseconds = ((PRun_IN)Buffer)->Milliseconds;
    adapter->Started++;
    if (milliseconds == 0) {
        adapter->Completed++;
        ((PRun_OUT)Buffer)->Number = adapter->Started;
        return SampleDone(RequestContext, SRB_STATUS_SUCCESS, Run_OUT_SIZE);
    }
    request->Out = (PRun_OUT)Buffer;
    request->Number = adapter->Started;
    request->Ticks = (milliseconds + SAMPLE_TICK - 1) / SAMPLE_TICK;
    first = IsListEmpty(&adapter->Pending);
    InsertTailList(&adapter->Pending, &request->Link);
    if (first) {
        SampleStartTimer(adapter);
    }
    return TRUE;
}

/* Nothing can be set, and there is no event to enable: the library answers for what is NULL. */
static SCSI_WMILIB_CONTEXT SampleWmiLibrary = {
    RTL_NUMBER_OF(SampleGuids), SampleGuids, SampleQueryRegInfo, SampleQueryDataBlock, NULL, NULL,
    SampleExecuteMethod,        NULL,
};

static VOID
SampleWmi(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSCSI_WMI_REQUEST_BLOCK Srb)
{
    PSAMPLE_REQUEST request = (PSAMPLE_REQUEST)Srb->SrbExtension;

    if ((Srb->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) == 0) {
        Srb->DataTransferLength = 0; /* there are no units that could have classes */
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        StorPortNotification(RequestComplete, Adapter, Srb);
        return;
    }
    request->Srb = Srb;
    if (!ScsiPortWmiDispatchFunction(&SampleWmiLibrary, Srb->WMISubFunction, Adapter,
                                     &request->Context, Srb->DataPath, Srb->DataTransferLength,
                                     Srb->DataBuffer)) {
        SampleComplete(Adapter, request);
    }
}

/* The SRB may have been completed while its abort was on the way: then there is nothing to abort.
 */
static UCHAR
SampleAbort(_In_ PSAMPLE_ADAPTER Adapter, _In_ PVOID Victim)
{
    PLIST_ENTRY entry;

    for (entry = Adapter->Pending.Flink; entry != &Adapter->Pending; entry = entry->Flink) {
        PSAMPLE_REQUEST request = CONTAINING_RECORD(entry, SAMPLE_REQUEST, Link);
        if (request->Srb == Victim) {
            SampleFinish(Adapter, request, SRB_STATUS_ABORTED);
            return SRB_STATUS_SUCCESS;
        }
    }
    return SRB_STATUS_ABORT_FAILED;
}

_Use_decl_annotations_ BOOLEAN
SampleStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)DeviceExtension;

    switch (Srb->Function) {
    case SRB_FUNCTION_WMI:
        SampleWmi(adapter, (PSCSI_WMI_REQUEST_BLOCK)Srb);
        return TRUE; /* completed, or on the list */
    case SRB_FUNCTION_ABORT_COMMAND:
        Srb->SrbStatus = SampleAbort(adapter, Srb->NextSrb);
        break;
    case SRB_FUNCTION_RESET_BUS:
        SampleFinishAll(adapter, SRB_STATUS_BUS_RESET);
        Srb->SrbStatus = SRB_STATUS_SUCCESS;
        break;
    case SRB_FUNCTION_EXECUTE_SCSI:
        Srb->SrbStatus = SRB_STATUS_NO_DEVICE;
        break;
    default:
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        break;
    }
    StorPortNotification(RequestComplete, DeviceExtension, Srb);
    return TRUE;
}

_Use_decl_annotations_ BOOLEAN
SampleResetBus(PVOID DeviceExtension, ULONG PathId)
{
    UNREFERENCED_PARAMETER(PathId); /* there is one bus */
    SampleFinishAll((PSAMPLE_ADAPTER)DeviceExtension, SRB_STATUS_BUS_RESET);
    return TRUE;
}

_Use_decl_annotations_ ULONG
SampleFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                  PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo, PBOOLEAN Again)
{
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    ConfigInfo->NumberOfBuses = 1;
    ConfigInfo->MaximumNumberOfTargets = 1;
    ConfigInfo->MaximumNumberOfLogicalUnits = 1;
    ConfigInfo->WmiDataProvider = TRUE; /* or WMI never asks */
    InitializeListHead(&((PSAMPLE_ADAPTER)DeviceExtension)->Pending);
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
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)DeviceExtension;
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST list = (PSCSI_SUPPORTED_CONTROL_TYPE_LIST)Parameters;

    switch (ControlType) {
    case ScsiQuerySupportedControlTypes:
        list->SupportedTypeList[ScsiQuerySupportedControlTypes] = TRUE;
        list->SupportedTypeList[ScsiStopAdapter] = TRUE;
        return ScsiAdapterControlSuccess;
    case ScsiStopAdapter:
        /* Afterwards nothing of this adapter may run or be completed any more. */
        StorPortNotification(RequestTimerCall, adapter, SampleTimer, 0);
        SampleFinishAll(adapter, SRB_STATUS_ABORTED);
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
    data.HwStartIo = SampleStartIo;
    data.HwResetBus = SampleResetBus;
    data.HwAdapterControl = SampleAdapterControl;
    data.DeviceExtensionSize = sizeof(SAMPLE_ADAPTER);
    data.SrbExtensionSize = sizeof(SAMPLE_REQUEST);
    data.MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    data.NeedPhysicalAddresses = TRUE;
    data.TaggedQueuing = TRUE;
    data.AutoRequestSense = TRUE;
    data.MultipleRequestPerLu = TRUE;
    return StorPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
