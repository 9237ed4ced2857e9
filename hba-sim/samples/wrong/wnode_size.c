/*
 * Wrong: writes the size of the data into the WNODE's header.
 * Windows: WMI believes the header and cuts the answer off in front of the data.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_SINGLE_INSTANCE &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) == 0) {
        wnode->WnodeHeader.BufferSize = wnode->SizeDataBlock;
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
