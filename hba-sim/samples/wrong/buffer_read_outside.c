/*
 * Wrong: reads an input structure of 64 bytes, however many there are.
 * Windows: it reads somebody else's pool, and stops when no page is there
 * (PAGE_FAULT_IN_NONPAGED_AREA).
 */
#include "base.h"

typedef struct _INPUT {
    ULONG Number[16];
} INPUT, *PINPUT;

static BOOLEAN
Execute(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
        ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer)
{
    INPUT input = *(PINPUT)Buffer;

    ((PADAPTER)Context)->Own[0] = (PVOID)(ULONG_PTR)input.Number[15];
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
