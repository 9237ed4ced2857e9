/*
 * Wrong: asks for a timer when its resources are freed, behind the stop of the adapter.
 * Windows: the timer runs on an extension that is gone, and the machine stops.
 */
#include "base.h"

static VOID
Timer(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

static VOID
Free(PADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, Timer, 1000);
}

const WRONG Wrong = {.Free = Free};
