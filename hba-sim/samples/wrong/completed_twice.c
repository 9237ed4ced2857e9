/*
 * Wrong: completes an SRB, and once more on the way out.
 * Windows: the second time the SRB may be another request already; the machine stops, or that
 * request ends with data of another one.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    BaseComplete(Adapter, Request);
    StorPortNotification(RequestComplete, Adapter, Request->Srb);
}

const WRONG Wrong = {.Complete = Complete};
