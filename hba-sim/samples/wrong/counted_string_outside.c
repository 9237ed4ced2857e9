/*
 * Wrong: counts the characters of the field in bytes, and twice.
 * Windows: WMI takes what lies behind the field for the end of the name, or refuses the whole
 * block.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    BOOLEAN result = BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                               BufferAvail, Buffer);

    if (GuidIndex == ValueIndex && InstanceCount == 1 && BufferAvail >= WRONG_VALUE_SIZE) {
        ((PWrongValue)Buffer)->Name[0] = 2 * sizeof(((PWrongValue)Buffer)->Name);
    }
    return result;
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
