/*
 * Wrong: copies the unused end of a name from a scratch area in the buffer that it never wrote.
 * Windows: it hands whatever was in that memory to everybody who may query the class.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    PWCHAR tail = &((PWrongValue)Buffer)->Name[8];

    if (GuidIndex != ValueIndex || InstanceCount != 1 || BufferAvail < 2 * WRONG_VALUE_SIZE) {
        return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                         BufferAvail, Buffer);
    }
    RtlZeroMemory(Buffer, WRONG_VALUE_SIZE);
    BaseBlock((PADAPTER)Context, InstanceIndex, Buffer);
    RtlCopyMemory(tail, Buffer + WRONG_VALUE_SIZE, 4 * sizeof(WCHAR));
    *Lengths = WRONG_VALUE_SIZE;
    return BaseDone(Request, SRB_STATUS_SUCCESS, WRONG_VALUE_SIZE);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
