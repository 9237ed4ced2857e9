/*
 * Wrong: the name in its structure is one character shorter than in the MOF file.
 * Windows: WMI finds a block that does not fit its class; callers see wrong values or none.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG size = WRONG_VALUE_SIZE - sizeof(WCHAR);

    if (GuidIndex != ValueIndex || InstanceCount != 1) {
        return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                         BufferAvail, Buffer);
    }
    if (BufferAvail < size) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, size);
    }
    RtlCopyMemory(Buffer, &((PADAPTER)Context)->Value[InstanceIndex], size);
    *Lengths = size;
    return BaseDone(Request, SRB_STATUS_SUCCESS, size);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
