/*
 * Wrong: one callback returns an SRB status, the others FALSE.
 * Windows: one edition of the library takes SRB_STATUS_SUCCESS, which is 1, for a request that
 * pends: it is never completed.
 */
#include "base.h"

static BOOLEAN
SetItem(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG Item, ULONG BufferSize, PUCHAR Buffer)
{
    BaseSetItem(Context, Request, GuidIndex, InstanceIndex, Item, BufferSize, Buffer);
    return SRB_STATUS_SUCCESS;
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->SetWmiDataItem = SetItem;
}

const WRONG Wrong = {.Library = Library};
