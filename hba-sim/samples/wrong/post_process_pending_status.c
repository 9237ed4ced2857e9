/*
 * Wrong: says SRB_STATUS_PENDING to ScsiPortWmiPostProcess.
 * Windows: the driver copies it to the SRB, which then ends as a request that is still under way.
 */
#include "base.h"

static BOOLEAN
Control(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex,
        SCSIWMI_ENABLE_DISABLE_CONTROL Function, BOOLEAN Enable)
{
    if (Function == ScsiWmiDataBlockControl) {
        return BaseDone(Request, SRB_STATUS_PENDING, 0);
    }
    return BaseControl(Context, Request, GuidIndex, Function, Enable);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->WmiFunctionControl = Control;
}

const WRONG Wrong = {.Library = Library};
