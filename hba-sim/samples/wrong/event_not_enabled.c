/*
 * Wrong: fires an event without anybody who has enabled it.
 * Windows: WMI drops it; the driver pays for each of them in its fast path.
 */
#include "base.h"

static VOID
Fire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    BOOLEAN enabled = Adapter->EventEnabled;

    Adapter->EventEnabled = TRUE;
    BaseFire(Adapter, Instance, Value);
    Adapter->EventEnabled = enabled;
}

const WRONG Wrong = {.Fire = Fire};
