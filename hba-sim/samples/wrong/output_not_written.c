/*
 * Wrong: fills in the characters of a name and leaves the rest of its field as it was.
 * Windows: it hands whatever was in that memory to everybody who may query the class.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    PADAPTER adapter = (PADAPTER)Context;
    PWrongValue block = (PWrongValue)Buffer;

    if (GuidIndex != ValueIndex || InstanceCount != 1 || BufferAvail < WRONG_VALUE_SIZE) {
        return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                         BufferAvail, Buffer);
    }
    block->Value = adapter->Value[InstanceIndex].Value;
    RtlCopyMemory(block->Name, adapter->Value[InstanceIndex].Name,
                  sizeof(WCHAR) + adapter->Value[InstanceIndex].Name[0]);
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
