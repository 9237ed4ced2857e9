/*
 * Wrong: asks for the size of the block, and then wants room for its padding, too.
 * Windows: the caller has brought what was asked for and is refused: the class can never be read.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && InstanceCount == 1 && BufferAvail >= WRONG_VALUE_SIZE &&
        BufferAvail < WRONG_ALIGN(WRONG_VALUE_SIZE)) {
        return BaseDone(Request, SRB_STATUS_ERROR, 0);
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
