/*
 * Wrong: packs the instances without padding.
 * Windows: the library looks for the second one at the next multiple of 8 and finds its middle.
 */
#include "base.h"

static BOOLEAN
Query(PVOID Context, PSCSIWMI_REQUEST_CONTEXT Request, ULONG GuidIndex, ULONG InstanceIndex,
      ULONG InstanceCount, PULONG Lengths, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG stride = WRONG_VALUE_SIZE;
    ULONG size = InstanceCount * stride;
    ULONG index;

    if (GuidIndex != ValueIndex || InstanceCount == 1) {
        return BaseQuery(Context, Request, GuidIndex, InstanceIndex, InstanceCount, Lengths,
                         BufferAvail, Buffer);
    }
    if (BufferAvail < size) {
        return BaseDone(Request, SRB_STATUS_DATA_OVERRUN, size);
    }
    RtlZeroMemory(Buffer, size);
    for (index = 0; index < InstanceCount; index++) {
        BaseBlock((PADAPTER)Context, InstanceIndex + index, Buffer + index * stride);
        Lengths[index] = WRONG_VALUE_SIZE;
    }
    return BaseDone(Request, SRB_STATUS_SUCCESS, size);
}

static VOID
Library(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library)
{
    UNREFERENCED_PARAMETER(Adapter);
    Library->QueryWmiDataBlock = Query;
}

const WRONG Wrong = {.Library = Library};
