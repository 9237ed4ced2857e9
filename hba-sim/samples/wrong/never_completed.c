/*
 * Wrong: says that a method is pending, and forgets it.
 * Windows: the caller waits until the port driver resets the adapter, and the adapter cannot be
 * removed.
 */
#include "base.h"

static BOOLEAN
Execute(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && MethodId == Wait) {
        return TRUE;
    }
    return BaseExecute(Context, Request, GuidIndex, InstanceIndex, MethodId, InSize, OutSize,
                       Buffer);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->ExecuteWmiMethod = Execute;
}

const WRONG Wrong = {.Library = Library};
