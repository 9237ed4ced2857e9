/*
 * Wrong: completes what is pending when its resources are freed, behind the stop of the adapter.
 * Windows: the SRB and its buffer have gone by then, and the port driver writes into memory of
 * somebody else.
 */
#include "base.h"

static VOID
Stop(PADAPTER Adapter)
{
    StorPortNotification(RequestTimerCall, Adapter, BaseTimer, 0);
    Adapter->EventEnabled = FALSE;
}

static VOID
Free(PADAPTER Adapter)
{
    while (!IsListEmpty(&Adapter->Pending)) {
        BaseFinish(Adapter, CONTAINING_RECORD(Adapter->Pending.Flink, REQUEST, Link),
                   SRB_STATUS_ABORTED);
    }
}

const WRONG Wrong = {.Stop = Stop, .Free = Free};
