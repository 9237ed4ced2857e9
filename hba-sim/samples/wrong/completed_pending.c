/*
 * Wrong: answers what it has nothing to do for without a status: SrbStatus is what it was.
 * Windows: the port driver takes the request for one that is still under way; nobody ends it.
 */
#include "base.h"

static VOID
Dispatch(PADAPTER Adapter, PREQUEST Request)
{
    if (Request->Srb->WMISubFunction == WMI_ENABLE_COLLECTION) {
        StorPortNotification(RequestComplete, Adapter, Request->Srb);
        return;
    }
    BaseDispatch(Adapter, Request);
}

const WRONG Wrong = {.Dispatch = Dispatch};
