/*
 * Wrong: asks for the bytes that are missing instead of all of them.
 * Windows: the caller comes back with a smaller buffer, again and again, or gives up.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && InstanceCount == 1 && BufferAvail < WRONG_VALUE_SIZE) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, WRONG_VALUE_SIZE - BufferAvail);
    }
    return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                     BufferAvail, Buffer);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
