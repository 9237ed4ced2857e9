/*
 * A Storport miniport with instances whose names it gives itself, and that come and go: a disk is
 * an instance, which has the disk's serial number for its name. Methods of a second class put disks
 * into the enclosure and take them out.
 *
 * wmidata.h is made of driver.mof: structures, GUIDs, ids of properties and methods.
 */
#include <ntddk.h>
#include <storport.h>
#include <scsiwmi.h>
#include <initguid.h>
#include "wmidata.h"

#define SAMPLE_SLOTS 8

/* What an event is sent in: in front of its data the port driver needs 0x40 bytes for itself. */
typedef struct _SAMPLE_EVENT {
    UCHAR Pad[0x40];
    SampleDiskChanged Data;
} SAMPLE_EVENT;

/* The first is the number of bytes that follow: how WMI writes strings, and instance names. */
#define SAMPLE_SERIAL_CHARS RTL_NUMBER_OF_FIELD(Insert_IN, Serial)

typedef struct _SAMPLE_DISK {
    BOOLEAN Present;
    WCHAR Serial[SAMPLE_SERIAL_CHARS];
    SampleDisk Data;
} SAMPLE_DISK, *PSAMPLE_DISK;

typedef struct _SAMPLE_ADAPTER {
    SAMPLE_DISK Slot[SAMPLE_SLOTS];
    BOOLEAN EventEnabled; /* somebody listens to SampleDiskChanged */
    SAMPLE_EVENT Event;
} SAMPLE_ADAPTER, *PSAMPLE_ADAPTER;

DRIVER_INITIALIZE DriverEntry;
HW_FIND_ADAPTER SampleFindAdapter;
HW_INITIALIZE SampleInitialize;
HW_STARTIO SampleStartIo;
HW_RESET_BUS SampleResetBus;
HW_ADAPTER_CONTROL SampleAdapterControl;

/*
 * What is registered. The callbacks get the index in this list: the enumeration has its order. A
 * block with dynamic names has no number of instances: callers learn it, and the names, from the
 * answer for all of them.
 */
enum { DiskIndex, EnclosureIndex, DiskChangedIndex };
static SCSIWMIGUIDREGINFO SampleGuids[] = {
    {&SampleDisk_GUID, 0xFFFFFFFF, WMIREG_FLAG_CALL_BY_NAME},
    {&SampleEnclosure_GUID, 1, 0},
    {&SampleDiskChanged_GUID, 1, WMIREG_FLAG_EVENT_ONLY_GUID},
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

/* The disk with that counted string for its serial number; all of it counts, not the begin alone.
 */
static PSAMPLE_DISK
SampleFindDisk(_In_ PSAMPLE_ADAPTER Adapter, _In_opt_ const WCHAR* Serial)
{
    ULONG slot;

    for (slot = 0; Serial != NULL && slot < SAMPLE_SLOTS; slot++) {
        PSAMPLE_DISK disk = &Adapter->Slot[slot];
        if (disk->Present && disk->Serial[0] == Serial[0] &&
            RtlEqualMemory(&disk->Serial[1], &Serial[1], Serial[0])) {
            return disk;
        }
    }
    return NULL;
}

static ULONG
SampleDiskCount(_In_ PSAMPLE_ADAPTER Adapter)
{
    ULONG slot, count = 0;

    for (slot = 0; slot < SAMPLE_SLOTS; slot++) {
        count += Adapter->Slot[slot].Present;
    }
    return count;
}

/*
 * All instances, with their names. The library's functions count in `needed` what the answer takes
 * and in `available` what is left; they give NULL where there is no room, and go on counting: so
 * one pass yields either the answer or the size that it needs.
 */
static BOOLEAN
SampleQueryDisks(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext)
{
    ULONG available, needed, slot, index = 0;
    UCHAR status = SRB_STATUS_SUCCESS;

    ScsiPortWmiSetInstanceCount(RequestContext, SampleDiskCount(Adapter), &available, &needed);
    for (slot = 0; slot < SAMPLE_SLOTS; slot++) {
        PSAMPLE_DISK disk = &Adapter->Slot[slot];
        PWCHAR name;
        PSampleDisk data;

        if (!disk->Present) {
            continue;
        }
        name =
            ScsiPortWmiSetInstanceName(RequestContext, index, disk->Serial[0], &available, &needed);
        data = (PSampleDisk)ScsiPortWmiSetData(RequestContext, index, sizeof(*data), &available,
                                               &needed);
        if (name == NULL || data == NULL) {
            status = SRB_STATUS_DATA_OVERRUN;
        } else {
            RtlCopyMemory(name, &disk->Serial[1], disk->Serial[0]);
            *data = disk->Data;
        }
        index++;
    }
    return SampleDone(RequestContext, status, needed);
}

/* One instance, which the request names. */
static BOOLEAN
SampleQueryDisk(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                _Out_ PULONG InstanceLength, _In_ ULONG BufferAvail,
                _Out_writes_bytes_(BufferAvail) PUCHAR Buffer)
{
    PSAMPLE_DISK disk = SampleFindDisk(Adapter, ScsiPortWmiGetInstanceName(RequestContext));

    if (disk == NULL) {
        return SampleDone(RequestContext, SRB_STATUS_ERROR, 0);
    }
    if (BufferAvail < sizeof(SampleDisk)) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, sizeof(SampleDisk));
    }
    *(PSampleDisk)Buffer = disk->Data;
    *InstanceLength = sizeof(SampleDisk);
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, sizeof(SampleDisk));
}

static BOOLEAN
SampleQueryDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                     _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG InstanceCount,
                     _Inout_ PULONG InstanceLengthArray, _In_ ULONG BufferAvail,
                     _Out_writes_bytes_(BufferAvail) PUCHAR Buffer)
{
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;

    UNREFERENCED_PARAMETER(InstanceIndex);
    UNREFERENCED_PARAMETER(InstanceCount);
    switch (GuidIndex) {
    case DiskIndex:
        if (ScsiPortWmiIsQueryAllData(RequestContext)) {
            return SampleQueryDisks(adapter, RequestContext);
        }
        return SampleQueryDisk(adapter, RequestContext, InstanceLengthArray, BufferAvail, Buffer);
    case EnclosureIndex:
        if (BufferAvail < sizeof(SampleEnclosure)) {
            return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, sizeof(SampleEnclosure));
        }
        ((PSampleEnclosure)Buffer)->Slots = SAMPLE_SLOTS;
        ((PSampleEnclosure)Buffer)->Disks = SampleDiskCount(adapter);
        InstanceLengthArray[0] = sizeof(SampleEnclosure);
        return SampleDone(RequestContext, SRB_STATUS_SUCCESS, sizeof(SampleEnclosure));
    default:
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
}

/* A disk that has gone since its name was listed is an error like any other. */
static BOOLEAN
SampleSetLocate(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                _In_ BOOLEAN Locate)
{
    PSAMPLE_DISK disk = SampleFindDisk(Adapter, ScsiPortWmiGetInstanceName(RequestContext));

    if (disk == NULL) {
        return SampleDone(RequestContext, SRB_STATUS_ERROR, 0);
    }
    disk->Data.Locate = Locate;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, 0);
}

static BOOLEAN
SampleSetDataItem(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                  _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG DataItemId,
                  _In_ ULONG BufferSize, _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex != DiskIndex || DataItemId != SampleDisk_Locate_ID ||
        BufferSize < SampleDisk_Locate_SIZE) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    return SampleSetLocate((PSAMPLE_ADAPTER)Context, RequestContext, *Buffer != FALSE);
}

static BOOLEAN
SampleSetDataBlock(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                   _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG BufferSize,
                   _In_reads_bytes_(BufferSize) PUCHAR Buffer)
{
    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex != DiskIndex || BufferSize < sizeof(SampleDisk)) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    return SampleSetLocate((PSAMPLE_ADAPTER)Context, RequestContext,
                           ((PSampleDisk)Buffer)->Locate != FALSE);
}

static VOID
SampleFireChanged(_In_ PSAMPLE_ADAPTER Adapter, _In_ PSAMPLE_DISK Disk)
{
    if (!Adapter->EventEnabled) {
        return;
    }
    Adapter->Event.Data.Slot = Disk->Data.Slot;
    Adapter->Event.Data.Present = Disk->Present;
    ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&SampleDiskChanged_GUID, 0, SampleDiskChanged_SIZE,
                                &Adapter->Event);
}

/* The caller's count of bytes is not believed: it must be even and end inside of the field. */
static BOOLEAN
SampleSerialIsGood(_In_reads_(SAMPLE_SERIAL_CHARS) const WCHAR* Serial)
{
    return Serial[0] != 0 && Serial[0] % sizeof(WCHAR) == 0 &&
           Serial[0] <= (SAMPLE_SERIAL_CHARS - 1) * sizeof(WCHAR);
}

/* The slot that the disk was put into; NULL: there is one with that name, or no room. */
static PSAMPLE_DISK
SampleInsert(_In_ PSAMPLE_ADAPTER Adapter, _In_ PInsert_IN In)
{
    ULONG slot;

    if (SampleFindDisk(Adapter, In->Serial) != NULL) {
        return NULL; /* names are unique */
    }
    for (slot = 0; slot < SAMPLE_SLOTS; slot++) {
        PSAMPLE_DISK disk = &Adapter->Slot[slot];
        if (!disk->Present) {
            RtlZeroMemory(disk, sizeof(*disk));
            disk->Present = TRUE;
            RtlCopyMemory(disk->Serial, In->Serial, sizeof(WCHAR) + In->Serial[0]);
            disk->Data.Slot = slot;
            disk->Data.Capacity = In->Capacity;
            return disk;
        }
    }
    return NULL;
}

/* IN and OUT share the buffer: IN is read before OUT is written. */
static BOOLEAN
SampleExecuteMethod(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                    _In_ ULONG GuidIndex, _In_ ULONG InstanceIndex, _In_ ULONG MethodId,
                    _In_ ULONG InBufferSize, _In_ ULONG OutBufferSize, _Inout_ PUCHAR Buffer)
{
    C_ASSERT(sizeof(Insert_OUT) == sizeof(Remove_OUT));
    PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
    ULONG in = MethodId == Insert ? Insert_IN_SIZE : sizeof(Remove_IN);
    PSAMPLE_DISK disk;

    UNREFERENCED_PARAMETER(InstanceIndex);
    if (GuidIndex != EnclosureIndex || (MethodId != Insert && MethodId != Remove) ||
        InBufferSize < in || !SampleSerialIsGood((PWCHAR)Buffer)) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    /* Before the method does anything: the caller sends it again with a larger buffer. */
    if (OutBufferSize < sizeof(Insert_OUT)) {
        return SampleDone(RequestContext, SRB_STATUS_DATA_OVERRUN, sizeof(Insert_OUT));
    }
    if (MethodId == Insert) {
        disk = SampleInsert(adapter, (PInsert_IN)Buffer);
    } else {
        disk = SampleFindDisk(adapter, ((PRemove_IN)Buffer)->Serial);
        if (disk != NULL) {
            disk->Present = FALSE;
        }
    }
    if (disk == NULL) {
        return SampleDone(RequestContext, SRB_STATUS_INVALID_REQUEST, 0);
    }
    SampleFireChanged(adapter, disk);
    ((PInsert_OUT)Buffer)->Slot = disk->Data.Slot;
    return SampleDone(RequestContext, SRB_STATUS_SUCCESS, sizeof(Insert_OUT));
}

static BOOLEAN
SampleFunctionControl(_In_ PVOID Context, _In_ PSCSIWMI_REQUEST_CONTEXT RequestContext,
                      _In_ ULONG GuidIndex, _In_ SCSIWMI_ENABLE_DISABLE_CONTROL Function,
                      _In_ BOOLEAN Enable)
{
    if (GuidIndex == DiskChangedIndex && Function == ScsiWmiEventControl) {
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
        Srb->DataTransferLength = 0; /* units have no classes of their own */
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
    default:
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
        break;
    }
    StorPortNotification(RequestComplete, DeviceExtension, Srb);
    return TRUE;
}

_Use_decl_annotations_ ULONG
SampleFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                  PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION ConfigInfo, PBOOLEAN Again)
{
    UNREFERENCED_PARAMETER(DeviceExtension); /* zeroes: no disk is there */
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    ConfigInfo->NumberOfBuses = 1;
    ConfigInfo->MaximumNumberOfTargets = 1;
    ConfigInfo->MaximumNumberOfLogicalUnits = 1;
    ConfigInfo->WmiDataProvider = TRUE; /* or WMI never asks */
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
    return StorPortInitialize(DriverObject, RegistryPath, &data, NULL);
}
