/* A Storport miniport with one class of its own, whose structures come from the header of its MOF file. */
#include <NTDDK.h>
#include <StorPort.h>
#include <scsiwmi.h>
#include <ntstrsafe.h>
#include <initguid.h>
#include "counters.h"

typedef struct _EXT {
    ULONG Number;
    SCSI_WMILIB_CONTEXT Wmi;
    PVOID Pool;
} EXT, *PEXT;

static GUID DiskGuid = KitDisk_CountersGuid;
static SCSIWMIGUIDREGINFO Guids[] = { { &DiskGuid, 1, 0 } };

static UCHAR QueryRegInfo(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, PWCHAR* Mof)
{
    *Mof = L"KitDiskMof";
    return SRB_STATUS_SUCCESS;
}

static BOOLEAN QueryBlock(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
                          ULONG InstanceCount, PULONG Lengths, ULONG Avail, PUCHAR Buffer)
{
    PEXT ext = (PEXT)Context;
    PKitDisk_Counters block = (PKitDisk_Counters)Buffer;
    ULONG size = sizeof(KitDisk_Counters);
    UCHAR status = SRB_STATUS_SUCCESS;
    if (Avail < size) {
        status = SRB_STATUS_DATA_OVERRUN;
    } else {
        LARGE_INTEGER now;
        RtlZeroMemory(block, size);
        block->Number = ext->Number;
        RtlStringCbPrintfW(block->Name + 1, sizeof(block->Name) - 2, L"%S-%lu", "kit", ext->Number);
        block->Name[0] = (WCHAR)(wcslen(block->Name + 1) * sizeof(WCHAR));
        StorPortQuerySystemTime(&now);
        block->Time = now.QuadPart != 0;
        *Lengths = size;
    }
    ScsiPortWmiPostProcess(Request, status, size);
    return FALSE;
}

static BOOLEAN SetItem(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
                       ULONG Item, ULONG Size, PUCHAR Buffer)
{
    UCHAR status = SRB_STATUS_ERROR;
    if (Item == KitDisk_Counters_Number_ID && Size == KitDisk_Counters_Number_SIZE) {
        ((PEXT)Context)->Number = *(ULONG*)Buffer;
        status = SRB_STATUS_SUCCESS;
    }
    ScsiPortWmiPostProcess(Request, status, 0);
    return FALSE;
}
static BOOLEAN SetBlock(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
                        ULONG Size, PUCHAR Buffer)
{
    ((PEXT)Context)->Number = ((PKitDisk_Counters)Buffer)->Number;
    ScsiPortWmiPostProcess(Request, SRB_STATUS_SUCCESS, 0);
    return FALSE;
}

static BOOLEAN StartIo(PVOID Extension, PSCSI_REQUEST_BLOCK Srb)
{
    PSCSI_WMI_REQUEST_BLOCK wmi = (PSCSI_WMI_REQUEST_BLOCK)Srb;
    SCSIWMI_REQUEST_CONTEXT context;
    if (Srb->Function == SRB_FUNCTION_WMI && (wmi->WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST)) {
        ScsiPortWmiDispatchFunction(&((PEXT)Extension)->Wmi, wmi->WMISubFunction, Extension, &context, wmi->DataPath,
                                    wmi->DataTransferLength, wmi->DataBuffer);
        Srb->DataTransferLength = ScsiPortWmiGetReturnSize(&context);
        Srb->SrbStatus = ScsiPortWmiGetReturnStatus(&context);
    } else {
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    }
    StorPortNotification(RequestComplete, Extension, Srb);
    return TRUE;
}
static BOOLEAN BuildIo(PVOID Extension, PSCSI_REQUEST_BLOCK Srb) { return TRUE; }

static ULONG FindAdapter(PVOID Extension, PVOID HwContext, PVOID Bus, PCHAR Arguments,
                         PPORT_CONFIGURATION_INFORMATION Config, PBOOLEAN Again)
{
    PEXT ext = (PEXT)Extension;
    if (Config->Length != sizeof(*Config)) return SP_RETURN_BAD_CONFIG;
    if (StorPortAllocatePool(ext, 100, 'tseT', &ext->Pool) != STOR_STATUS_SUCCESS) return SP_RETURN_ERROR;
    Config->WmiDataProvider = TRUE;
    Config->NumberOfBuses = 1;
    ext->Wmi.GuidCount = RTL_NUMBER_OF(Guids);
    ext->Wmi.GuidList = Guids;
    ext->Wmi.QueryWmiRegInfo = QueryRegInfo;
    ext->Wmi.QueryWmiDataBlock = QueryBlock;
    ext->Wmi.SetWmiDataItem = SetItem;
    ext->Wmi.SetWmiDataBlock = SetBlock;
    ext->Number = 7;
    *Again = FALSE;
    return SP_RETURN_FOUND;
}
static BOOLEAN Initialize(PVOID Extension)
{
    StorPortDebugPrint(1, "initialised %lu %ws\n", 0xFFFFFFFFL, L"wide");
    return TRUE;
}
static SCSI_ADAPTER_CONTROL_STATUS Control(PVOID Extension, SCSI_ADAPTER_CONTROL_TYPE Type, PVOID Parameters)
{
    if (Type == ScsiStopAdapter) StorPortFreePool(Extension, ((PEXT)Extension)->Pool);
    return ScsiAdapterControlSuccess;
}
static BOOLEAN ResetBus(PVOID Extension, ULONG Path) { return TRUE; }

NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Registry)
{
    HW_INITIALIZATION_DATA data;
    RtlZeroMemory(&data, sizeof(data));
    data.HwInitializationDataSize = sizeof(data);
    data.AdapterInterfaceType = PCIBus;
    data.HwInitialize = Initialize;
    data.HwStartIo = StartIo;
    data.HwBuildIo = BuildIo;
    data.HwFindAdapter = FindAdapter;
    data.HwResetBus = ResetBus;
    data.HwAdapterControl = Control;
    data.DeviceExtensionSize = sizeof(EXT);
    data.MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    data.NeedPhysicalAddresses = TRUE;
    data.TaggedQueuing = data.AutoRequestSense = data.MultipleRequestPerLu = TRUE;
    return StorPortInitialize(Driver, Registry, &data, NULL);
}
