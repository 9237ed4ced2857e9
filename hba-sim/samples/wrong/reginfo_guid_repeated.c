/*
 * Wrong: registers a class once more instead of with one instance more.
 * Windows: WMI keeps one of the two registrations, and which one differs by version.
 */
#include "base.h"

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    static SCSIWMIGUIDREGINFO guids[WrongGuids + 1];

    UNREFERENCED_PARAMETER(Adapter);
    RtlCopyMemory(guids, BaseGuids, sizeof(BaseGuids));
    guids[WrongGuids] = guids[ValueIndex];
    Library->GuidList = guids;
    Library->GuidCount = WrongGuids + 1;
}

const WRONG Wrong = {.Library = Library};
