/*
 * Wrong: compares a name as far as its own goes.
 * Windows: an instance that has gone is answered for by one whose name begins like it.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    PWCHAR name = ScsiPortWmiGetInstanceName(Request);

    if (GuidIndex == NamedIndex && name != NULL && name[0] >= 3 * sizeof(WCHAR) &&
        name[1] == L't' && name[2] == L'w' && name[3] == L'o' &&
        BufferAvail >= sizeof(WrongNamed)) {
        ((PWrongNamed)Buffer)->Number = 1;
        *Lengths = sizeof(WrongNamed);
        return BaseDone(Request, SRB_STATUS_SUCCESS, sizeof(WrongNamed));
    }
    return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                     BufferAvail, Buffer);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
