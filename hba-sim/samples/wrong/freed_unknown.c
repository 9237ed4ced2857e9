/*
 * Wrong: frees memory twice.
 * Windows: the second time it is somebody else's already; the machine stops (BAD_POOL_CALLER).
 */
#include "base.h"

static VOID
Stop(PADAPTER Adapter)
{
    PVOID memory = NULL;

    BaseStop(Adapter);
    StorPortAllocatePool(Adapter, 100, 'gnrW', &memory);
    StorPortFreePool(Adapter, memory);
    StorPortFreePool(Adapter, memory);
}

const WRONG Wrong = {.Stop = Stop};
