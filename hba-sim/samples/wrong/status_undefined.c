/*
 * Wrong: puts an NTSTATUS into SrbStatus.
 * Windows: the port driver knows no such status and reports an I/O error for what was a refusal.
 */
#include "base.h"

static VOID
Dispatch(PADAPTER Adapter, PREQUEST Request)
{
    if (Request->Srb->WMISubFunction == WMI_ENABLE_COLLECTION) {
        Request->Srb->SrbStatus = (UCHAR)STATUS_NOT_SUPPORTED;
        StorPortNotification(RequestComplete, Adapter, Request->Srb);
        return;
    }
    BaseDispatch(Adapter, Request);
}

const WRONG Wrong = {.Dispatch = Dispatch};
