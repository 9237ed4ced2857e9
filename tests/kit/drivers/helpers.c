/* What the kit's headers compute, asked for by number; 1 is right. Compiled as C and as C++. */
#include <ntddk.h>
#include <storport.h>
#include <srbhelper.h>
#include <ntddscsi.h>
#include <ntstrsafe.h>
#include <scsiwmi.h>

#ifdef __cplusplus
extern "C" DRIVER_INITIALIZE DriverEntry;
#else
DRIVER_INITIALIZE DriverEntry;
#endif

/* An SRB of either form with a command or with a WMI request. */
typedef struct _ANY_SRB {
    union {
        SCSI_REQUEST_BLOCK Classic;
        SCSI_WMI_REQUEST_BLOCK ClassicWmi;
        struct {
            STORAGE_REQUEST_BLOCK Header;
            STOR_ADDR_BTL8 Address;
            union {
                SRBEX_DATA_SCSI_CDB16 Cdb16;
                SRBEX_DATA_SCSI_CDB32 Cdb32;
                SRBEX_DATA_WMI Wmi;
            } Data;
        } Extended;
    } u;
} ANY_SRB;

static VOID MakeExtended(ANY_SRB* Srb, ULONG Function, SRBEXDATATYPE Type)
{
    PSTORAGE_REQUEST_BLOCK header = &Srb->u.Extended.Header;
    RtlZeroMemory(Srb, sizeof(*Srb));
    header->Length = FIELD_OFFSET(STORAGE_REQUEST_BLOCK, Signature);
    header->Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
    header->Signature = SRB_SIGNATURE;
    header->Version = STORAGE_REQUEST_BLOCK_VERSION_1;
    header->SrbLength = sizeof(Srb->u.Extended);
    header->SrbFunction = Function;
    header->AddressOffset = (ULONG)((PUCHAR)&Srb->u.Extended.Address - (PUCHAR)Srb);
    header->NumSrbExData = 1;
    header->SrbExDataOffset[0] = (ULONG)((PUCHAR)&Srb->u.Extended.Data - (PUCHAR)Srb);
    Srb->u.Extended.Address.Type = STOR_ADDRESS_TYPE_BTL8;
    Srb->u.Extended.Address.Path = 1;
    Srb->u.Extended.Address.Target = 2;
    Srb->u.Extended.Address.Lun = 3;
    Srb->u.Extended.Data.Cdb16.Type = Type;
}

static BOOLEAN CommandHolds(ANY_SRB* Srb, UCHAR Length)
{
    UCHAR sense[18];
    SrbSetCdbLength(Srb, Length);
    SrbGetCdb(Srb)->CDB6INQUIRY3.OperationCode = SCSIOP_INQUIRY;
    SrbGetCdb(Srb)->CDB6INQUIRY3.EnableVitalProductData = 1;
    SrbSetScsiStatus(Srb, SCSISTAT_CHECK_CONDITION);
    SrbSetSenseInfoBuffer(Srb, sense);
    SrbSetSenseInfoBufferLength(Srb, sizeof(sense));
    SrbSetDataBuffer(Srb, sense);
    SrbSetDataTransferLength(Srb, 5);
    SrbSetSrbFlags(Srb, SRB_FLAGS_DATA_IN | SRB_FLAGS_DISABLE_AUTOSENSE);
    SrbClearSrbFlags(Srb, SRB_FLAGS_DISABLE_AUTOSENSE);
    SrbSetSrbStatus(Srb, SRB_STATUS_SUCCESS);
    return SrbGetCdbLength(Srb) == Length && SrbGetCdb(Srb)->AsByte[0] == 0x12 &&
           SrbGetCdb(Srb)->AsByte[1] == 1 && SrbGetScsiStatus(Srb) == 2 &&
           SrbGetSenseInfoBuffer(Srb) == sense && SrbGetSenseInfoBufferLength(Srb) == 18 &&
           SrbGetDataBuffer(Srb) == sense && SrbGetDataTransferLength(Srb) == 5 &&
           SrbGetSrbFlags(Srb) == SRB_FLAGS_DATA_IN && SrbGetSrbStatus(Srb) == 1;
}

static BOOLEAN Srbs(ULONG Which)
{
    ANY_SRB srb;
    UCHAR path, target, lun;
    switch (Which) {
    case 0: /* the classic form */
        RtlZeroMemory(&srb, sizeof(srb));
        srb.u.Classic.Function = SRB_FUNCTION_EXECUTE_SCSI;
        srb.u.Classic.PathId = 4;
        srb.u.Classic.Lun = 6;
        SrbGetPathTargetLun(&srb, &path, &target, &lun);
        return path == 4 && target == 0 && lun == 6 && CommandHolds(&srb, 6) &&
               srb.u.Classic.Cdb[0] == 0x12 && SrbGetSrbFunction(&srb) == 0;
    case 1:
        MakeExtended(&srb, SRB_FUNCTION_EXECUTE_SCSI, SrbExDataTypeScsiCdb16);
        SrbGetPathTargetLun(&srb, &path, &target, &lun);
        return path == 1 && target == 2 && lun == 3 && CommandHolds(&srb, 16) &&
               SrbGetSrbLength(&srb) == sizeof(srb.u.Extended);
    case 2:
        MakeExtended(&srb, SRB_FUNCTION_EXECUTE_SCSI, SrbExDataTypeScsiCdb32);
        return CommandHolds(&srb, 32) && SrbGetLun(&srb) == 3;
    case 3: /* a WMI request has no command */
        MakeExtended(&srb, SRB_FUNCTION_WMI, SrbExDataTypeWmi);
        srb.u.Extended.Data.Wmi.WMISubFunction = WMI_EXECUTE_METHOD;
        return SrbGetCdb(&srb) == NULL && SrbGetScsiStatus(&srb) == 0 &&
               SrbGetSrbFunction(&srb) == SRB_FUNCTION_WMI &&
               ((PSRBEX_DATA_WMI)SrbGetSrbExDataByType(&srb.u.Extended.Header, SrbExDataTypeWmi))
                       ->WMISubFunction == WMI_EXECUTE_METHOD;
    case 4: /* data that would be outside of the SRB is not there */
        MakeExtended(&srb, SRB_FUNCTION_WMI, SrbExDataTypeWmi);
        srb.u.Extended.Header.SrbExDataOffset[0] = sizeof(srb);
        return SrbGetSrbExDataByType(&srb.u.Extended.Header, SrbExDataTypeWmi) == NULL;
    default:
        return (UCHAR)2;
    }
}

static BOOLEAN Lists(ULONG Which)
{
    LIST_ENTRY head, a, b, c;
    SLIST_HEADER stack;
    SLIST_ENTRY first, second;
    LONG value = 5;
    PVOID pointer = &value;
    ULONG index;
    InitializeListHead(&head);
    InsertTailList(&head, &a);
    InsertTailList(&head, &b);
    InsertHeadList(&head, &c);
    switch (Which) {
    case 0:
        return RemoveHeadList(&head) == &c && RemoveTailList(&head) == &b &&
               RemoveEntryList(&a) && IsListEmpty(&head);
    case 1:
        InitializeSListHead(&stack);
        return InterlockedPushEntrySList(&stack, &first) == NULL &&
               InterlockedPushEntrySList(&stack, &second) == &first &&
               QueryDepthSList(&stack) == 2 && InterlockedPopEntrySList(&stack) == &second &&
               InterlockedPopEntrySList(&stack) == &first &&
               InterlockedPopEntrySList(&stack) == NULL && QueryDepthSList(&stack) == 0;
    case 2:
        return InterlockedDecrement(&value) == 4 && InterlockedExchangeAdd(&value, 3) == 4 &&
               InterlockedCompareExchange(&value, 1, 7) == 7 &&
               InterlockedCompareExchange(&value, 9, 7) == 1 && value == 1 &&
               InterlockedBitTestAndSet(&value, 4) == 0 && value == 17 &&
               InterlockedExchangePointer(&pointer, NULL) == &value && pointer == NULL;
    case 3:
        return BitScanReverse(&index, 0x50) && index == 6 && BitScanForward(&index, 0x50) &&
               index == 4 && !BitScanForward(&index, 0) && RtlUlongByteSwap(0x01020304) == 0x04030201 &&
               RtlCompareMemory("abcd", "abxd", 4) == 2;
    case 4:
        return CONTAINING_RECORD(&head.Blink, LIST_ENTRY, Blink) == &head &&
               ALIGN_UP_BY(13, 8) == 16 && ALIGN_DOWN(13, ULONG) == 12 &&
               FIELD_OFFSET(SCSI_REQUEST_BLOCK, Cdb) == 72;
    default:
        return (UCHAR)2;
    }
}

static BOOLEAN Strings(ULONG Which)
{
    WCHAR wide[16];
    CHAR narrow[24];
    size_t length;
    ULONG number;
    GUID guid;
    UNICODE_STRING string, other;
    ANSI_STRING ansi;
    switch (Which) {
    case 0:
        return RtlStringCbCopyW(wide, sizeof(wide), L"0123456789abcde") == STATUS_SUCCESS &&
               RtlStringCbCopyW(wide, sizeof(wide), L"0123456789abcdef") == STATUS_BUFFER_OVERFLOW &&
               wcslen(wide) == 15;
    case 1:
        return RtlStringCchPrintfA(narrow, 16, "%04x|%ws|%u", 0xab, L"wide", 7u) == STATUS_SUCCESS &&
               strcmp(narrow, "00ab|wide|7") == 0 &&
               RtlStringCchCatA(narrow, 16, "too long") == STATUS_BUFFER_OVERFLOW &&
               strlen(narrow) == 15;
    case 2:
        return RtlStringCbPrintfW(wide, sizeof(wide), L"%s%I64u", L"n", 12345678901ULL) == STATUS_SUCCESS &&
               wcscmp(wide, L"n12345678901") == 0 &&
               RtlStringCbLengthW(wide, sizeof(wide), &length) == STATUS_SUCCESS && length == 24;
    case 3:
        RtlInitUnicodeString(&string, L"Case");
        RtlInitUnicodeString(&other, L"cASE");
        return string.Length == 8 && string.MaximumLength == 10 &&
               RtlEqualUnicodeString(&string, &other, TRUE) &&
               !RtlEqualUnicodeString(&string, &other, FALSE);
    case 4:
        RtlInitEmptyUnicodeString(&string, wide, sizeof(wide));
        return RtlIntegerToUnicodeString(0xBEEF, 16, &string) == STATUS_SUCCESS &&
               wcscmp(wide, L"BEEF") == 0 && string.Length == 8 &&
               RtlUnicodeStringToInteger(&string, 16, &number) == STATUS_SUCCESS && number == 0xBEEF;
    case 5:
        RtlInitUnicodeString(&string, L"{5cdac4f6-3D46-44e2-8dee-01606e11e265}");
        return RtlGUIDFromString(&string, &guid) == STATUS_SUCCESS && guid.Data1 == 0x5cdac4f6 &&
               guid.Data3 == 0x44e2 && guid.Data4[7] == 0x65;
    case 6:
        RtlInitAnsiString(&ansi, "abc");
        RtlInitEmptyUnicodeString(&string, wide, sizeof(wide));
        return RtlAnsiStringToUnicodeString(&string, &ansi, FALSE) == STATUS_SUCCESS &&
               wcscmp(wide, L"abc") == 0 && _wcsicmp(wide, L"ABC") == 0 &&
               _wcsnicmp(wide, L"ABX", 2) == 0 && wcsstr(wide, L"bc") == wide + 1;
    case 7:
        return _snprintf(narrow, 4, "%s", "abcd") == 4 && memcmp(narrow, "abcd", 4) == 0 &&
               _snprintf(narrow, 4, "%s", "abcde") == -1 && _stricmp("AbC", "aBc") == 0;
    case 8:
        return sprintf(narrow, "%5.2d|%-4X|%+d", 7, 0xa, 3) == 13 && strcmp(narrow, "   07|A   |+3") == 0;
    case 9:
        return sprintf(narrow, "%p", (void*)0x1234) == 16 && strcmp(narrow, "0000000000001234") == 0 ? 1 : 0;
    case 10:
        return wcstoul(L"0xFFFFFFFFFF", NULL, 16) == 0xFFFFFFFF && wcstol(L"-12", NULL, 10) == -12 &&
               strcpy_s(narrow, 4, "abcd") == 34 && narrow[0] == 0;
    default:
        return (UCHAR)2;
    }
}

/* 1: so it is; 0: it is not; 2: there is no such question in that group. */
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    const ULONG which = (ULONG)(ULONG_PTR)DriverObject;
    switch ((ULONG)(ULONG_PTR)RegistryPath) {
    case 0: return Srbs(which);
    case 1: return Lists(which);
    default: return Strings(which);
    }
}
