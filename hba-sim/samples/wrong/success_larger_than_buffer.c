/*
 * Wrong: reports success with the size that it would have needed, and writes nothing.
 * Windows: the port driver copies more than the buffer has: pool of somebody else goes to the
 * caller.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && InstanceCount == 1 && BufferAvail < WRONG_VALUE_SIZE) {
        return BaseDone(Request, SRB_STATUS_SUCCESS, WRONG_VALUE_SIZE);
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
