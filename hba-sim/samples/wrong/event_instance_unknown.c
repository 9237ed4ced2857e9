/*
 * Wrong: numbers the instances of an event from 1.
 * Windows: WMI has no name for the instance and drops the event.
 */
#include "base.h"

static VOID
Fire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    BaseFire(Adapter, Instance + 1, Value);
}

const WRONG Wrong = {.Fire = Fire};
