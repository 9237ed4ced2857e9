/*
 * Wrong: counts the place of the data from the begin of the variable part.
 * Windows: WMI takes the WNODE's own fields for the data.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_SINGLE_INSTANCE &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) == 0) {
        wnode->DataBlockOffset -= FIELD_OFFSET(WNODE_SINGLE_INSTANCE, VariableData);
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
