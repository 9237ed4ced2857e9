/*
 * Wrong: allocates memory when it starts and never frees it.
 * Windows: the pool gets smaller with every start of the adapter; Driver Verifier stops the
 * machine.
 */
#include "base.h"

static VOID
Initialize(PADAPTER Adapter)
{
    StorPortAllocatePool(Adapter, 100, 'gnrW', &Adapter->Own[0]);
}

const WRONG Wrong = {.Initialize = Initialize};
