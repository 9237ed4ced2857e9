/*
 * Wrong: builds the WNODE of an event itself, and counts the data from its end.
 * Windows: WMI takes for the event's data what lies somewhere else in memory.
 */
#include "base.h"

static VOID
Fire(PADAPTER Adapter, ULONG Instance, ULONG Value)
{
    PWNODE_SINGLE_INSTANCE wnode = (PWNODE_SINGLE_INSTANCE)&Adapter->Event;

    if (Adapter->EventEnabled) {
        RtlZeroMemory(wnode, sizeof(*wnode));
        wnode->WnodeHeader.BufferSize = sizeof(EVENT);
        wnode->WnodeHeader.Guid = WrongChanged_GUID;
        wnode->WnodeHeader.Flags =
            WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_STATIC_INSTANCE_NAMES;
        wnode->InstanceIndex = Instance;
        wnode->DataBlockOffset = sizeof(EVENT);
        wnode->SizeDataBlock = sizeof(WrongChanged);
        Adapter->Event.Data.Value = Value;
        StorPortNotification(WMIEvent, Adapter, wnode, 0xFF, 0, 0);
    }
}

const WRONG Wrong = {.Fire = Fire};
