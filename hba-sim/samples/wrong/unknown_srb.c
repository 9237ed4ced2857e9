/*
 * Wrong: completes the copy of an SRB that it has made for itself, and then the SRB.
 * Windows: the port driver finds no request of its own at the copy's end and stops the machine.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    static SCSI_WMI_REQUEST_BLOCK copy;

    copy = *Request->Srb;
    copy.SrbStatus = SRB_STATUS_SUCCESS;
    StorPortNotification(RequestComplete, Adapter, &copy);
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
