/*
 * Wrong: does nothing and reports success for a method that it does not have.
 * Windows: a caller with a newer class believes that its method was executed.
 */
#include "base.h"

static BOOLEAN
Execute(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer)
{
    switch (MethodId) {
    case Add:
    case Wait:
        return BaseExecute(Context, Request, GuidIndex, InstanceIndex, MethodId, InSize, OutSize,
                           Buffer);
    default:
        return BaseDone(Request, SRB_STATUS_SUCCESS, 0);
    }
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->ExecuteWmiMethod = Execute;
}

const WRONG Wrong = {.Library = Library};
