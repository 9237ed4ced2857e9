/*
 * Wrong: fires an event with a GUID that it has not registered.
 * Windows: WMI knows no such block and drops the event.
 */
#include "base.h"

static VOID
Fire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    static GUID other = {0x3B7C1A5F, 0x52D4, 0x4E0B, {0x9A, 0x86, 0x6C, 0x0E, 0x5D, 0x3F, 0x2A, 1}};

    BaseFire(Adapter, Instance, Value);
    if (Adapter->EventEnabled) {
        ScsiPortWmiFireAdapterEvent(Adapter, &other, 0, sizeof(WrongChanged), &Adapter->Event);
    }
}

const WRONG Wrong = {.Fire = Fire};
