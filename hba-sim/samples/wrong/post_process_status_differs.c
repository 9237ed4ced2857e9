/*
 * Wrong: makes one status of all failures.
 * Windows: callers are told of an I/O error where a method or a value was not known.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    Request->Srb->DataTransferLength = ScsiPortWmiGetReturnSize(Request->Context);
    Request->Srb->SrbStatus = ScsiPortWmiGetReturnStatus(Request->Context);
    if (Request->Srb->SrbStatus == SRB_STATUS_INVALID_REQUEST) {
        Request->Srb->SrbStatus = SRB_STATUS_ERROR;
    }
    StorPortNotification(RequestComplete, Adapter, Request->Srb);
}

const WRONG Wrong = {.Complete = Complete};
