/*
 * Wrong: builds a part of the registration itself, and counts GUIDs that are not there.
 * Windows: WMI takes what lies behind the registration for a GUID, or refuses all of it.
 */
#include "base.h"

static VOID
Complete(PADAPTER Adapter, PREQUEST Request)
{
    PWMIREGINFOW info = (PWMIREGINFOW)Request->Srb->DataBuffer;

    if (Request->Srb->WMISubFunction == WMI_REGINFO &&
        ScsiPortWmiGetReturnStatus(Request->Context) == SRB_STATUS_SUCCESS) {
        info->GuidCount += 10;
    }
    BaseComplete(Adapter, Request);
}

const WRONG Wrong = {.Complete = Complete};
