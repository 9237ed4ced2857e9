/*
 * Wrong: writes a count of its own into the answer for all instances.
 * Windows: the instances beyond are not there for anybody, though they have names.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_ALL_DATA wnode = (PWNODE_ALL_DATA)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_ALL_DATA &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) == 0) {
        if (wnode->InstanceCount == WRONG_VALUES &&
            (wnode->WnodeHeader.Flags & WNODE_FLAG_STATIC_INSTANCE_NAMES) != 0) {
            wnode->InstanceCount = 1;
        }
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
