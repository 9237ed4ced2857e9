/*
 * Wrong: returns in front of the release of a spin lock.
 * Windows: the next one that wants the lock waits for ever, with everything that its processor has
 * to do.
 */
#include "base.h"

static BOOLEAN
Control(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex,
        SCSIWMI_ENABLE_DISABLE_CONTROL Function, BOOLEAN Enable)
{
    STOR_LOCK_HANDLE handle;

    StorPortAcquireSpinLock(Context, InterruptLock, NULL, &handle);
    if (Function == ScsiWmiDataBlockControl) {
        return BaseDone(Request, SRB_STATUS_SUCCESS, 0);
    }
    StorPortReleaseSpinLock(Context, &handle);
    return BaseControl(Context, Request, GuidIndex, Function, Enable);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->WmiFunctionControl = Control;
}

const WRONG Wrong = {.Library = Library};
