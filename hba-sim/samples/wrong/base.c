/*
 * A small miniport that keeps every rule: two instances of a class with a method that answers at
 * once and one that answers later, an event, and instances with names of their own. What a wrong
 * driver does itself stands in Wrong.
 */
#include <initguid.h>
#include "base.h"

#define BASE_NAMES 2

static const WCHAR BaseNames[BASE_NAMES][4] = {L"\6one", L"\6two"}; /* counted, not terminated */

SCSIWMIGUIDREGINFO BaseGuids[WrongGuids] = {
    {&WrongValue_GUID, WRONG_VALUES, 0},
    {&WrongChanged_GUID, WRONG_VALUES, WMIREG_FLAG_EVENT_ONLY_GUID},
    {&WrongNamed_GUID, 0xFFFFFFFF, WMIREG_FLAG_CALL_BY_NAME},
};

UCHAR
BaseRegInfo(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, PWCHAR* MofResourceName)
{
    static WCHAR name[] = L"WrongMof";

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Request);
    *MofResourceName = name;
    return SRB_STATUS_SUCCESS;
}

BOOLEAN
BaseDone(PSCSIWMI_REQUEST_CONTEXT Context, UCHAR SrbStatus, ULONG Size)
{
    ScsiPortWmiPostProcess(Context, SrbStatus, Size);
    return FALSE;
}

VOID
BaseBlock(PADAPTER Adapter, ULONG Instance, PUCHAR Buffer)
{
    RtlCopyMemory(Buffer, &Adapter->Value[Instance], WRONG_VALUE_SIZE);
}

static BOOLEAN
BaseQueryNamed(PSCSIWMI_REQUEST_CONTEXT Request, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG available, needed, index;
    UCHAR status = SRB_STATUS_SUCCESS;
    PWCHAR name;

    if (ScsiPortWmiIsQueryAllData(Request)) {
        ScsiPortWmiSetInstanceCount(Request, BASE_NAMES, &available, &needed);
        for (index = 0; index < BASE_NAMES; index++) {
            ULONG bytes = BaseNames[index][0];
            PWrongNamed block =
                ScsiPortWmiSetData(Request, index, sizeof(*block), &available, &needed);
            name = ScsiPortWmiSetInstanceName(Request, index, bytes, &available, &needed);
            if (name == NULL || block == NULL) {
                status = SRB_STATUS_DATA_OVERRUN;
            } else {
                RtlCopyMemory(name, &BaseNames[index][1], bytes);
                block->Number = index;
            }
        }
        return BaseDone(Request, status, needed);
    }
    name = ScsiPortWmiGetInstanceName(Request);
    for (index = 0; index < BASE_NAMES; index++) {
        if (name != NULL && name[0] == BaseNames[index][0] &&
            RtlEqualMemory(name, BaseNames[index], sizeof(WCHAR) + name[0])) {
            if (BufferAvail < sizeof(WrongNamed)) {
                return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, sizeof(WrongNamed));
            }
            ((PWrongNamed)Buffer)->Number = index;
            *Lengths = sizeof(WrongNamed);
            return BaseDone(Request, SRB_STATUS_SUCCESS, sizeof(WrongNamed));
        }
    }
    return BaseDone(Request, SRB_STATUS_ERROR, 0);
}

BOOLEAN
BaseQuery(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
          ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG stride = WRONG_ALIGN(WRONG_VALUE_SIZE);
    ULONG size = (InstanceCount - 1) * stride + WRONG_VALUE_SIZE;
    ULONG index;

    if (GuidIndex == NamedIndex) {
        return BaseQueryNamed(Request, Lengths, BufferAvail, Buffer);
    }
    if (GuidIndex != ValueIndex) {
        return BaseDone(Request, SRB_STATUS_INVALID_REQUEST, 0);
    }
    if (BufferAvail < size) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, size);
    }
    RtlZeroMemory(Buffer, size);
    for (index = 0; index < InstanceCount; index++) {
        BaseBlock((PADAPTER)Context, InstanceIndex + index, Buffer + index * stride);
        Lengths[index] = WRONG_VALUE_SIZE;
    }
    return BaseDone(Request, SRB_STATUS_SUCCESS, size);
}

VOID
BaseFire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    if (Adapter->EventEnabled) {
        Adapter->Event.Data.Value = Value;
        ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&WrongChanged_GUID, Instance,
                                    sizeof(WrongChanged), &Adapter->Event);
    }
}

static BOOLEAN
BaseSetValue(PADAPTER Adapter, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Instance, ULONG Value)
{
    Adapter->Value[Instance].Value = Value;
    (Wrong.Fire != NULL ? Wrong.Fire : BaseFire)(Adapter, Instance, Value);
    return BaseDone(Request, SRB_STATUS_SUCCESS, 0);
}

BOOLEAN
BaseSetItem(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
            ULONG Item, ULONG BufferSize, PUCHAR Buffer)
{
    if (GuidIndex != ValueIndex || Item != WrongValue_Value_ID || BufferSize < sizeof(ULONG)) {
        return BaseDone(Request, SRB_STATUS_INVALID_REQUEST, 0);
    }
    return BaseSetValue((PADAPTER)Context, Request, InstanceIndex, *(PULONG)Buffer);
}

BOOLEAN
BaseSet(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG BufferSize, PUCHAR Buffer)
{
    if (GuidIndex != ValueIndex || BufferSize < WRONG_VALUE_SIZE) {
        return BaseDone(Request, SRB_STATUS_INVALID_REQUEST, 0);
    }
    return BaseSetValue((PADAPTER)Context, Request, InstanceIndex, ((PWrongValue)Buffer)->Value);
}

BOOLEAN
BaseControl(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex,
            SCSIWMI_ENABLE_DISABLE_CONTROL Function, BOOLEAN Enable)
{
    if (GuidIndex == ChangedIndex && Function == ScsiWmiEventControl) {
        ((PADAPTER)Context)->EventEnabled = Enable;
    }
    return BaseDone(Request, SRB_STATUS_SUCCESS, 0);
}

/* Another millisecond has passed for everything that waits. */
VOID
BaseTimer(PVOID Context)
{
    PADAPTER adapter = (PADAPTER)Context;
    PLIST_ENTRY entry = adapter->Pending.Flink;

    while (entry != &adapter->Pending) {
        PREQUEST request = CONTAINING_RECORD(entry, REQUEST, Link);
        entry = entry->Flink;
        request->Milliseconds--;
        if (request->Milliseconds == 0) {
            BaseFinish(adapter, request, SRB_STATUS_SUCCESS);
        }
    }
    if (!IsListEmpty(&adapter->Pending)) {
        StorPortNotification(RequestTimerCall, adapter, BaseTimer, 1000);
    }
}

BOOLEAN
BaseExecute(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
            ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer)
{
    PADAPTER adapter = (PADAPTER)Context;
    PREQUEST request = (PREQUEST)Request->UserContext;
    PULONG number = (PULONG)Buffer;
    PAdd_OUT out = (PAdd_OUT)Buffer;
    ULONG size = MethodId == Wait ? Wait_OUT_SIZE : Add_OUT_SIZE;

    if (GuidIndex != ValueIndex || (MethodId != Add && MethodId != Wait) ||
        InSize < sizeof(ULONG) || (MethodId == Wait && *number == 0)) {
        return BaseDone(Request, SRB_STATUS_INVALID_REQUEST, 0);
    }
    if (OutSize < size) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, size);
    }
    if (MethodId == Wait) {
        request->Out = number;
        request->Milliseconds = *number;
        InsertTailList(&adapter->Pending, &request->Link);
        StorPortNotification(RequestTimerCall, adapter, BaseTimer, 1000);
        return TRUE;
    }
    out->After = adapter->Value[InstanceIndex].Value + *number;
    out->Before = adapter->Value[InstanceIndex].Value;
    adapter->Value[InstanceIndex].Value = out->After;
    return BaseDone(Request, SRB_STATUS_SUCCESS, size);
}

VOID
BaseFinish(PADAPTER Adapter, PREQUEST Request, UCHAR SrbStatus)
{
    RemoveEntryList(&Request->Link);
    if (SrbStatus == SRB_STATUS_SUCCESS) {
        *Request->Out = 1;
    }
    ScsiPortWmiPostProcess(Request->Context, SrbStatus,
                           SrbStatus == SRB_STATUS_SUCCESS ? sizeof(ULONG) : 0);
    (Wrong.Complete != NULL ? Wrong.Complete : BaseComplete)(Adapter, Request);
}

VOID
BaseComplete(PADAPTER Adapter, PREQUEST Request)
{
    Request->Srb->DataTransferLength = ScsiPortWmiGetReturnSize(Request->Context);
    Request->Srb->SrbStatus = ScsiPortWmiGetReturnStatus(Request->Context);
    StorPortNotification(RequestComplete, Adapter, Request->Srb);
}

VOID
BaseDispatch(PADAPTER Adapter, PREQUEST Request)
{
    PSCSI_WMI_REQUEST_BLOCK srb = Request->Srb;

    Request->Context->UserContext = Request;
    if (!ScsiPortWmiDispatchFunction(&Adapter->Library, srb->WMISubFunction, Adapter,
                                     Request->Context, srb->DataPath, srb->DataTransferLength,
                                     srb->DataBuffer)) {
        (Wrong.Complete != NULL ? Wrong.Complete : BaseComplete)(Adapter, Request);
    }
}

static UCHAR
BaseAbort(PADAPTER Adapter, PVOID Victim)
{
    PLIST_ENTRY entry;

    for (entry = Adapter->Pending.Flink; entry != &Adapter->Pending; entry = entry->Flink) {
        PREQUEST request = CONTAINING_RECORD(entry, REQUEST, Link);
        if (request->Srb == Victim) {
            BaseFinish(Adapter, request, SRB_STATUS_ABORTED);
            return SRB_STATUS_SUCCESS;
        }
    }
    return SRB_STATUS_ABORT_FAILED;
}

static BOOLEAN
BaseStartIo(PVOID Context, PSCSI_REQUEST_BLOCK Srb)
{
    PADAPTER adapter = (PADAPTER)Context;
    PSCSI_WMI_REQUEST_BLOCK wmi = (PSCSI_WMI_REQUEST_BLOCK)Srb;
    PREQUEST request = (PREQUEST)Srb->SrbExtension;

    if (Srb->Function == SRB_FUNCTION_WMI && (wmi->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) != 0) {
        request->Srb = wmi;
        request->Context = &request->OwnContext;
        (Wrong.Dispatch != NULL ? Wrong.Dispatch : BaseDispatch)(adapter, request);
        return TRUE;
    }
    Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    if (Srb->Function == SRB_FUNCTION_ABORT_COMMAND) {
        Srb->SrbStatus = BaseAbort(adapter, Srb->NextSrb);
    } else if (Srb->Function == SRB_FUNCTION_EXECUTE_SCSI) {
        Srb->SrbStatus = SRB_STATUS_NO_DEVICE;
    }
    StorPortNotification(RequestComplete, adapter, Srb);
    return TRUE;
}

VOID
BaseStop(PADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, BaseTimer, 0);
    while (!IsListEmpty(&Adapter->Pending)) {
        BaseFinish(Adapter, CONTAINING_RECORD(Adapter->Pending.Flink, REQUEST, Link),
                   SRB_STATUS_ABORTED);
    }
    Adapter->EventEnabled = FALSE;
}

static ULONG
BaseFindAdapter(PVOID Context, PVOID HwContext, PVOID BusInformation, PCHAR Arguments,
                PPORT_CONFIGURATION_INFORMATION ConfigInfo, PBOOLEAN Again)
{
    static const WCHAR name[] = L"\10none"; /* counted */
    PADAPTER adapter = (PADAPTER)Context;
    ULONG index;

    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(Arguments);
    ConfigInfo->NumberOfBuses = 1;
    ConfigInfo->MaximumNumberOfTargets = 1;
    ConfigInfo->MaximumNumberOfLogicalUnits = 1;
    ConfigInfo->WmiDataProvider = TRUE;
    InitializeListHead(&adapter->Pending);
    for (index = 0; index < WRONG_VALUES; index++) {
        adapter->Value[index].Value = 10 + index;
        RtlCopyMemory(adapter->Value[index].Name, name, sizeof(WCHAR) + name[0]);
    }
    adapter->Library.GuidCount = WrongGuids;
    adapter->Library.GuidList = BaseGuids;
    adapter->Library.QueryWmiRegInfo = BaseRegInfo;
    adapter->Library.QueryWmiDataBlock = BaseQuery;
    adapter->Library.SetWmiDataBlock = BaseSet;
    adapter->Library.SetWmiDataItem = BaseSetItem;
    adapter->Library.ExecuteWmiMethod = BaseExecute;
    adapter->Library.WmiFunctionControl = BaseControl;
    if (Wrong.Library != NULL) {
        Wrong.Library(adapter, &adapter->Library);
    }
    *Again = FALSE;
    return SP_RETURN_FOUND;
}

static BOOLEAN
BaseInitialize(PVOID Context)
{
    if (Wrong.Initialize != NULL) {
        Wrong.Initialize((PADAPTER)Context);
    }
    return TRUE;
}

static BOOLEAN
BaseResetBus(PVOID Context, ULONG PathId)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(PathId);
    return TRUE;
}

static SCSI_ADAPTER_CONTROL_STATUS
BaseAdapterControl(PVOID Context, SCSI_ADAPTER_CONTROL_TYPE Type, PVOID Parameters)
{
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST list = (PSCSI_SUPPORTED_CONTROL_TYPE_LIST)Parameters;

    if (Type == ScsiQuerySupportedControlTypes) {
        list->SupportedTypeList[ScsiQuerySupportedControlTypes] = TRUE;
        list->SupportedTypeList[ScsiStopAdapter] = TRUE;
        return ScsiAdapterControlSuccess;
    }
    if (Type != ScsiStopAdapter) {
        return ScsiAdapterControlUnsuccessful;
    }
    (Wrong.Stop != NULL ? Wrong.Stop : BaseStop)((PADAPTER)Context);
    return ScsiAdapterControlSuccess;
}

static VOID
BaseFreeResources(PVOID Context)
{
    if (Wrong.Free != NULL) {
        Wrong.Free((PADAPTER)Context);
    }
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HW_INITIALIZATION_DATA data;

    RtlZeroMemory(&data, sizeof(data));
    data.HwInitializationDataSize = sizeof(data);
    data.AdapterInterfaceType = PCIBus;
    data.HwFindAdapter = BaseFindAdapter;
    data.HwInitialize = BaseInitialize;
    data.HwStartIo = BaseStartIo;
    data.HwResetBus = BaseResetBus;
    data.HwAdapterControl = BaseAdapterControl;
    data.HwFreeAdapterResources = BaseFreeResources;
    data.DeviceExtensionSize = sizeof(ADAPTER);
    data.SrbExtensionSize = sizeof(REQUEST);
    data.MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    data.NeedPhysicalAddresses = TRUE;
    data.TaggedQueuing = TRUE;
    data.AutoRequestSense = TRUE;
    data.MultipleRequestPerLu = TRUE;
    return StorPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
