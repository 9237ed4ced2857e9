/*
 * Wrong: answers for its last instance when one beyond it is asked for.
 * Windows: an instance that has gone seems to be there, with the data of another one.
 */
#include "base.h"

static VOID
Dispatch(PADAPTER Adapter, PREQUEST Request)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_GET_SINGLE_INSTANCE &&
        Request->Srb->DataTransferLength >= sizeof(*wnode) &&
        (wnode->WnodeHeader.Flags & WNODE_FLAG_STATIC_INSTANCE_NAMES) != 0 &&
        wnode->InstanceIndex >= WRONG_VALUES) {
        wnode->InstanceIndex = WRONG_VALUES - 1;
    }
    BaseDispatch(Adapter, Request);
}

const WRONG Wrong = {.Dispatch = Dispatch};
