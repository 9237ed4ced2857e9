/* Every idiom that hbalab-cc has to take; what comes of it is asked for by result number. */
#include "..\INC\driver.H"
#include "main.tmh"

DRIVER_INITIALIZE DriverEntry;

static const char Where[] = "in " __FUNCTION__ ": ";
typedef VOID (*PINTERRUPT)(PVOID);
PINTERRUPT InterruptTable[] = { HardwareInterrupt };
int Shared;

__declspec(selectany) ULONG Selected = 7;

ULONG Outlined(ULONG Value)
{
    return Value + 1;
}

static ULONG TryToLeave(ULONG Value)
{
    ULONG result = 0;
    __try {
        result = 1;
        if (Value > 5) {
            __leave;
        }
        result = 2;
    } __finally {
        result += 10;
    }
    return result;
}

static implicit_int(a) { return a; }

static ULONG Sizes(ULONG Which)
{
    switch (Which) {
    case 0: return sizeof(long);
    case 1: return sizeof(NUMBERS);
    case 2: return sizeof(WIRE_HEADER);
    case 3: return sizeof(L"ab");
    case 4: return sizeof(ALIGNED);
    case 5: return sizeof(BITS);
    case 6: return sizeof(1L);
    case 7: return sizeof(0xFFFFFFFFL);
    default: return sizeof(5i64);
    }
}

/* Called by name from outside in the tests. */
static ULONG Answer(ULONG Which)
{
    ULONG value = 0xFFFFFFFFL;
    NUMBERS numbers = { -1L, 1UL, 1LL << 40, 1ui64, 0 };
    char text[80];
    WCHAR wide[40];
    UNICODE_STRING name;
    switch (Which) {
    case 0: return value == -1L;
    case 1: return numbers.Signed < 0 && numbers.Wide > 0xFFFFFFFFL;
    case 2: return InterlockedIncrement(&numbers.Counter) == 1;
    case 3:
        RtlInitUnicodeString(&name, DriverName);
        sprintf(text, "%lu %I64x %wZ %ws %S", value, numbers.Wide, &name, L"w", L"s");
        return strcmp(text, "4294967295 10000000000 Idioms w s") == 0;
    case 4:
        swprintf(wide, L"%s-%d-%hs", L"a", -5, "n");
        return wcscmp(wide, L"a--5-n") == 0 && wcslen(wide) == 6;
    case 5:
        swprintf(wide, 5, L"%ls", L"abcdefg");
        return wcscmp(wide, L"abcd") == 0;
    case 6: return TryToLeave(9) == 11 && TryToLeave(1) == 12;
    case 7: return Doubled(3) + Tripled(3) + Quadrupled(3) + Quintupled(3) == 42;
    case 8: return Selected == 7 && Shared == 5;
    case 9: return 'ABCD' == 0x41424344;
    case 10: return MissingTable[3] == 0;
    case 11: return Where[0] == 'i' && implicit_int(4) == 4;
    case 12: return min(3, 4) == 3 && Outlined(1) == 2;
    case 13: InterruptTable[0](NULL); return 0;
    case 14: return HardwareReset(NULL);
    default: return 99;
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    extern int SetShared();
    WPP_INIT_TRACING(DriverObject, RegistryPath);
    DoTraceMessage(TRACE, "not there");
    SetShared();
    if (RegistryPath == NULL) return (NTSTATUS)Sizes((ULONG)(ULONG_PTR)DriverObject);
    return (NTSTATUS)Answer((ULONG)(ULONG_PTR)DriverObject);
}
