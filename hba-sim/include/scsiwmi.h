/* The WMI library that a SCSI or Storport miniport answers SRB_FUNCTION_WMI with. */
#ifndef HBALAB_SCSIWMI_H
#define HBALAB_SCSIWMI_H

#include "ntdef.h"
#include "srb.h"
#include "wmistr.h"

HBALAB_EXTERN_C_BEGIN

/* Flag of SCSIWMIGUIDREGINFO: instance names are dynamic; InstanceCount is 0xFFFFFFFF then. */
#define WMIREG_FLAG_CALL_BY_NAME 0x40000000

typedef struct _SCSIWMIGUIDREGINFO {
  LPCGUID Guid;
  ULONG InstanceCount;
  ULONG Flags;
} SCSIWMIGUIDREGINFO, *PSCSIWMIGUIDREGINFO;

/*
 * State of one request; lives in the SRB extension when the request may pend. UserContext is the
 * miniport's own.
 */
typedef struct _SCSIWMI_REQUEST_CONTEXT {
  PVOID UserContext;
  ULONG BufferSize;
  PUCHAR Buffer;
  UCHAR MinorFunction;
  UCHAR ReturnStatus;
  ULONG ReturnSize;
} SCSIWMI_REQUEST_CONTEXT, *PSCSIWMI_REQUEST_CONTEXT;

typedef enum _SCSIWMI_ENABLE_DISABLE_CONTROL {
  ScsiWmiEventControl = 0,
  ScsiWmiDataBlockControl = 1
} SCSIWMI_ENABLE_DISABLE_CONTROL;

typedef UCHAR SCSIWMI_QUERY_REGINFO(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                    PWCHAR* MofResourceName);
typedef SCSIWMI_QUERY_REGINFO* PSCSIWMI_QUERY_REGINFO;

/*
 * The callbacks below either call ScsiPortWmiPostProcess before they return, or keep the request
 * and call it later. Both readings of their result that the documentation gives (TRUE while
 * pending, or the SRB status) are accepted: what counts is whether ScsiPortWmiPostProcess was
 * called.
 */
typedef BOOLEAN SCSIWMI_QUERY_DATABLOCK(PVOID Context, PSCSIWMI_REQUEST_CONTEXT DispatchContext,
                                        ULONG GuidIndex, ULONG InstanceIndex, ULONG InstanceCount,
                                        PULONG InstanceLengthArray, ULONG BufferAvail,
                                        PUCHAR Buffer);
typedef SCSIWMI_QUERY_DATABLOCK* PSCSIWMI_QUERY_DATABLOCK;
typedef BOOLEAN SCSIWMI_SET_DATABLOCK(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                      ULONG GuidIndex, ULONG InstanceIndex, ULONG BufferSize,
                                      PUCHAR Buffer);
typedef SCSIWMI_SET_DATABLOCK* PSCSIWMI_SET_DATABLOCK;
typedef BOOLEAN SCSIWMI_SET_DATAITEM(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                     ULONG GuidIndex, ULONG InstanceIndex, ULONG DataItemId,
                                     ULONG BufferSize, PUCHAR Buffer);
typedef SCSIWMI_SET_DATAITEM* PSCSIWMI_SET_DATAITEM;
typedef BOOLEAN SCSIWMI_EXECUTE_METHOD(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                       ULONG GuidIndex, ULONG InstanceIndex, ULONG MethodId,
                                       ULONG InBufferSize, ULONG OutBufferSize, PUCHAR Buffer);
typedef SCSIWMI_EXECUTE_METHOD* PSCSIWMI_EXECUTE_METHOD;
typedef BOOLEAN SCSIWMI_FUNCTION_CONTROL(PVOID DeviceContext,
                                         PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG GuidIndex,
                                         SCSIWMI_ENABLE_DISABLE_CONTROL Function, BOOLEAN Enable);
typedef SCSIWMI_FUNCTION_CONTROL* PSCSIWMI_FUNCTION_CONTROL;

typedef struct _SCSIWMILIB_CONTEXT {
  ULONG GuidCount;
  PSCSIWMIGUIDREGINFO GuidList;
  PSCSIWMI_QUERY_REGINFO QueryWmiRegInfo;
  PSCSIWMI_QUERY_DATABLOCK QueryWmiDataBlock;
  PSCSIWMI_SET_DATABLOCK SetWmiDataBlock;
  PSCSIWMI_SET_DATAITEM SetWmiDataItem;
  PSCSIWMI_EXECUTE_METHOD ExecuteWmiMethod;
  PSCSIWMI_FUNCTION_CONTROL WmiFunctionControl;
} SCSI_WMILIB_CONTEXT, *PSCSI_WMILIB_CONTEXT;

/* TRUE while the request is pending; else the return status and size are in the context. */
BOOLEAN ScsiPortWmiDispatchFunction(PSCSI_WMILIB_CONTEXT WmiLibInfo, UCHAR MinorFunction,
                                    PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                    PVOID DataPath, ULONG BufferSize, PVOID Buffer);

/*
 * Ends a request in its context. BufferUsed: bytes of data written, or with SRB_STATUS_DATA_OVERRUN
 * the bytes of data that would be needed; for all instances of a dynamically named block the
 * SizeNeeded that the ScsiPortWmiSet... calls counted up.
 */
VOID ScsiPortWmiPostProcess(PSCSIWMI_REQUEST_CONTEXT RequestContext, UCHAR SrbStatus,
                            ULONG BufferUsed);

#define ScsiPortWmiGetReturnStatus(RequestContext) ((RequestContext)->ReturnStatus)
#define ScsiPortWmiGetReturnSize(RequestContext) ((RequestContext)->ReturnSize)
#define ScsiPortWmiIsQueryAllData(RequestContext) \
  ((RequestContext)->MinorFunction == WMI_GET_ALL_DATA)

/* The counted string that names the instance of a request; NULL when the request has none. */
PWCHAR ScsiPortWmiGetInstanceName(PSCSIWMI_REQUEST_CONTEXT RequestContext);

/*
 * Building the answer for all instances of a dynamically named block: the count once, then names
 * and data in any order. BufferAvail and SizeNeeded go from one call to the next; BufferAvail
 * becomes 0 and the pointer NULL when the buffer is too small, and SizeNeeded goes on counting.
 */
BOOLEAN ScsiPortWmiSetInstanceCount(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceCount,
                                    PULONG BufferAvail, PULONG SizeNeeded);
/* InstanceNameLength: bytes of the name; its count is written here, the caller writes the
 * characters. */
PWCHAR ScsiPortWmiSetInstanceName(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceIndex,
                                  ULONG InstanceNameLength, PULONG BufferAvail, PULONG SizeNeeded);
PVOID ScsiPortWmiSetData(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceIndex,
                         ULONG DataLength, PULONG BufferAvail, PULONG SizeNeeded);

/* EventData: 0x40 bytes that the port driver uses, then EventDataSize bytes of data. */
VOID ScsiPortWmiFireLogicalUnitEvent(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId,
                                     UCHAR Lun, LPGUID Guid, ULONG InstanceIndex,
                                     ULONG EventDataSize, PVOID EventData);
#define ScsiPortWmiFireAdapterEvent(HwDeviceExtension, Guid, InstanceIndex, EventDataSize, \
                                    EventData)                                             \
  ScsiPortWmiFireLogicalUnitEvent(HwDeviceExtension, 0xFF, 0, 0, Guid, InstanceIndex,      \
                                  EventDataSize, EventData)

HBALAB_CHECK_SIZE(SCSIWMIGUIDREGINFO, 16);
HBALAB_CHECK_OFFSET(SCSIWMIGUIDREGINFO, Flags, 12);
HBALAB_CHECK_SIZE(SCSIWMI_REQUEST_CONTEXT, 32);
HBALAB_CHECK_OFFSET(SCSIWMI_REQUEST_CONTEXT, Buffer, 16);
HBALAB_CHECK_OFFSET(SCSIWMI_REQUEST_CONTEXT, MinorFunction, 24);
HBALAB_CHECK_OFFSET(SCSIWMI_REQUEST_CONTEXT, ReturnSize, 28);
HBALAB_CHECK_SIZE(SCSI_WMILIB_CONTEXT, 64);
HBALAB_CHECK_OFFSET(SCSI_WMILIB_CONTEXT, ExecuteWmiMethod, 48);

HBALAB_EXTERN_C_END

#endif
