/*
 * Wrong: takes a GUID that it does not know for its first one.
 * Windows: WMI gets the block of one class for another, and shows what it makes of it.
 */
#include "base.h"

static VOID
Dispatch(PADAPTER Adapter, PREQUEST Request)
{
    ULONG index = 0;

    while (index < WrongGuids &&
           !RtlEqualMemory(Request->Srb->DataPath, BaseGuids[index].Guid, sizeof(GUID))) {
        index++;
    }
    if (index == WrongGuids) {
        Request->Srb->DataPath = (PVOID)BaseGuids[ValueIndex].Guid;
    }
    BaseDispatch(Adapter, Request);
}

const WRONG Wrong = {.Dispatch = Dispatch};
