/*
 * Wrong: announces WMI and registers nothing.
 * Windows: WMI asks the driver at each start and shows nothing.
 */
#include "base.h"

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->GuidCount = 0;
}

const WRONG Wrong = {.Library = Library};
