/*
 * Wrong: sets the length of an instance before it looks whether there is room.
 * Windows: it writes to address 0, and the machine stops (SYSTEM_THREAD_EXCEPTION_NOT_HANDLED).
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex) {
        Lengths[0] = WRONG_VALUE_SIZE;
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
