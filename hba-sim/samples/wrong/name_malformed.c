/*
 * Wrong: says the length of a name in characters.
 * Windows: WMI cuts the name in the middle of a character, and what it shows is no name.
 */
#include "base.h"

static const WCHAR Names[][4] = {L"\2x", L"\6two"};

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG available, needed, index;
    UCHAR status = SRB_STATUS_SUCCESS;

    if (GuidIndex != NamedIndex || !ScsiPortWmiIsQueryAllData(Request)) {
        return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                         BufferAvail, Buffer);
    }
    ScsiPortWmiSetInstanceCount(Request, RTL_NUMBER_OF(Names), &available, &needed);
    for (index = 0; index < RTL_NUMBER_OF(Names); index++) {
        ULONG length = Names[index][0] / sizeof(WCHAR);
        PWrongNamed block = ScsiPortWmiSetData(Request, index, sizeof(*block), &available, &needed);
        PWCHAR name = ScsiPortWmiSetInstanceName(Request, index, length, &available, &needed);

        if (name == NULL || block == NULL) {
            status = SRB_STATUS_DATA_OVERRUN;
        } else {
            RtlCopyMemory(name, &Names[index][1], length);
            block->Number = index;
        }
    }
    return BaseDone(Request, status, needed);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
