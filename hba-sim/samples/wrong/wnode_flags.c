/*
 * Wrong: clears the flags of the request in the answer.
 * Windows: WMI does not know what kind of WNODE it has got and drops the answer.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_SINGLE_INSTANCE &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) == 0) {
        wnode->WnodeHeader.Flags = 0;
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
