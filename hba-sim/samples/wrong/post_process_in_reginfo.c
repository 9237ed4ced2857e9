/*
 * Wrong: calls ScsiPortWmiPostProcess in QueryWmiRegInfo as in the other callbacks.
 * Windows: the library has not built the registration yet; what the call left is overwritten, or
 * sent as it is.
 */
#include "base.h"

static UCHAR
RegInfo(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, PWCHAR* MofResourceName)
{
    ScsiPortWmiPostProcess(Request, SRB_STATUS_SUCCESS, 0);
    return BaseRegInfo(Context, Request, MofResourceName);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiRegInfo = RegInfo;
}

const WRONG Wrong = {.Library = Library};
