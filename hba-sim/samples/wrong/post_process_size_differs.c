/*
 * Wrong: leaves DataTransferLength alone where nothing is returned.
 * Windows: the port driver copies as many bytes of the buffer back as it had at first.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    Request->Srb->SrbStatus = ScsiPortWmiGetReturnStatus(Request->Context);
    if (ScsiPortWmiGetReturnSize(Request->Context) != 0) {
        Request->Srb->DataTransferLength = ScsiPortWmiGetReturnSize(Request->Context);
    }
    StorPortNotification(RequestComplete, Adapter, Request->Srb);
}

const WRONG Wrong = {.Complete = Complete};
