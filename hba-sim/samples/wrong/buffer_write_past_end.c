/*
 * Wrong: terminates the block with a zero behind the last byte that there is room for.
 * Windows: it overwrites somebody else's pool, and the machine stops later, somewhere else
 * (BAD_POOL_HEADER).
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (Buffer != NULL) {
        *(PULONG)(Buffer + BufferAvail) = 0;
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
