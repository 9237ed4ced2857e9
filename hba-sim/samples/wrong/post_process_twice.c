/*
 * Wrong: the path of the error goes on into that of the success.
 * Windows: the last call counts, so that the caller believes in a value that was refused.
 */
#include "base.h"

static BOOLEAN
SetItem(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG Item, ULONG BufferSize, PUCHAR Buffer)
{
    if (Item != WrongValue_Value_ID) {
        ScsiPortWmiPostProcess(Request, SRB_STATUS_INVALID_REQUEST, 0);
    } else if (GuidIndex == ValueIndex && BufferSize >= sizeof(ULONG)) {
        ((PADAPTER)Context)->Value[InstanceIndex].Value = *(PULONG)Buffer;
    }
    return BaseDone(Request, SRB_STATUS_SUCCESS, 0);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->SetWmiDataItem = SetItem;
}

const WRONG Wrong = {.Library = Library};
