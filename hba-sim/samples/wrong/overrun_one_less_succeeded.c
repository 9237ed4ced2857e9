/*
 * Wrong: asks for the padding of the last instance, which it does not need.
 * Windows: it works, and every caller allocates memory in vain.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && InstanceCount == 1 && BufferAvail < WRONG_VALUE_SIZE) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, WRONG_ALIGN(WRONG_VALUE_SIZE));
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
