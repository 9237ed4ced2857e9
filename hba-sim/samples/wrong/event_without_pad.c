/*
 * Wrong: the buffer of the event has the pad, and no room for the data behind it.
 * Windows: the port driver writes its header over the data, or behind the buffer.
 */
#include "base.h"

static VOID
Initialize(PADAPTER Adapter)
{
    StorPortAllocatePool(Adapter, FIELD_OFFSET(EVENT, Data), 'gnrW', &Adapter->Own[0]);
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
        ScsiPortWmiFireAdapterEvent(Adapter, (LPGUID)&WrongChanged_GUID, Instance,
                                    sizeof(WrongChanged), Adapter->Own[0]);
    }
}

const WRONG Wrong = {.Fire = Fire, .Initialize = Initialize, .Stop = Stop};
