/*
 * Wrong: sends all that it knows with an event.
 * Windows: WMI drops events beyond the limit in the registry, 64 KiB.
 */
#include "base.h"

#define EVENT_SIZE (256 * 1024)

static VOID
Initialize(PADAPTER Adapter)
{
    StorPortAllocatePool(Adapter, sizeof(EVENT) + EVENT_SIZE, 'gnrW', &Adapter->Own[0]);
    RtlZeroMemory(Adapter->Own[0], sizeof(EVENT) + EVENT_SIZE);
}

static VOID
Stop(PADAPTER Adapter)
{
    BaseStop(Adapter);
    StorPortFreePool(Adapter, Adapter->Own[0]);
}

static VOID
Fire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    UNREFERENCED_PARAMETER(Value);
    if (Adapter->EventEnabled) {
        ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&WrongChanged_GUID, Instance, EVENT_SIZE,
                                    Adapter->Own[0]);
    }
}

const WRONG Wrong = {.Fire = Fire, .Initialize = Initialize, .Stop = Stop};
