/*
 * Wrong: makes a timer when it starts and never frees it.
 * Windows: the timer keeps the adapter from being removed, or runs when the driver is gone.
 */
#include "base.h"

static VOID
Initialize(PADAPTER Adapter)
{
    StorPortInitializeTimer(Adapter, &Adapter->Own[0]);
}

const WRONG Wrong = {.Initialize = Initialize};
