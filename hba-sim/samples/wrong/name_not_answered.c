/*
 * Wrong: knows the first of the names that it lists, and no other.
 * Windows: the second instance is listed, and every query for it fails.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    PWCHAR name = ScsiPortWmiGetInstanceName(Request);

    if (GuidIndex == NamedIndex && name != NULL && name[1] != L'o') {
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
