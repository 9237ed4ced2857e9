/*
 * Wrong: clears the GUID in the WNODE's header with the rest of its own answer.
 * Windows: WMI cannot tell what the answer belongs to and drops it.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_SINGLE_INSTANCE &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) == 0) {
        RtlZeroMemory(&wnode->WnodeHeader.Guid, sizeof(GUID));
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
