/*
 * Wrong: forgets the padding between the instances when it asks for room.
 * Windows: WMI comes back once; the second overrun fails the query.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && BufferAvail < InstanceCount * WRONG_VALUE_SIZE) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, InstanceCount * WRONG_VALUE_SIZE);
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
