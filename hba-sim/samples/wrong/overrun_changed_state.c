/*
 * Wrong: the method does its work before it looks whether OUT has room.
 * Windows: WMI sends the method again with a larger buffer, and it does its work twice.
 */
#include "base.h"

static BOOLEAN
Execute(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer)
{
    if (GuidIndex == ValueIndex && MethodId == Add && InSize >= sizeof(ULONG) &&
        OutSize < Add_OUT_SIZE) {
        ((PADAPTER)Context)->Value[InstanceIndex].Value++;
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
