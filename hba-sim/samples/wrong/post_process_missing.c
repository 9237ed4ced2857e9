/*
 * Wrong: refuses by its result alone, without ScsiPortWmiPostProcess.
 * Windows: the request context says nothing: the SRB ends with a status and a size that are left
 * from another one.
 */
#include "base.h"

static BOOLEAN
SetItem(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG Item, ULONG BufferSize, PUCHAR Buffer)
{
    if (Item != WrongValue_Value_ID) {
        return SRB_STATUS_INVALID_REQUEST;
    }
    return BaseSetItem(Context, Request, GuidIndex, InstanceIndex, Item, BufferSize, Buffer);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->SetWmiDataItem = SetItem;
}

const WRONG Wrong = {.Library = Library};
