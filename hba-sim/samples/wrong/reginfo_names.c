/*
 * Wrong: registers a class with names of its own and with those of the device.
 * Windows: WMI takes one of the two ways, and asks for instances by what the driver does not
 * expect.
 */
#include "base.h"

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    static SCSIWMIGUIDREGINFO guids[WrongGuids];

    UNREFERENCED_PARAMETER(Adapter);
    RtlCopyMemory(guids, BaseGuids, sizeof(BaseGuids));
    guids[NamedIndex].Flags |= WMIREG_FLAG_INSTANCE_PDO;
    Library->GuidList = guids;
}

const WRONG Wrong = {.Library = Library};
