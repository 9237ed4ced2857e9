/*
 * What the wrong drivers have in common: base.c, a small miniport that keeps every rule, and the
 * places at which each of them does something else instead.
 */
#ifndef WRONG_BASE_H
#define WRONG_BASE_H

#include <ntddk.h>
#include <storport.h>
#include <scsiwmi.h>
#include "wmidata.h"

#define WRONG_VALUES 2
#define WRONG_ALIGN(size) (((size) + 7) & ~7u)
/* Where a WrongValue ends: as many bytes as its class says. */
#define WRONG_VALUE_SIZE RTL_SIZEOF_THROUGH_FIELD(WrongValue, Name)

/* What an event is sent in. */
typedef struct _EVENT {
    UCHAR Pad[0x40];
    WrongChanged Data;
} EVENT;

/* The order of the registered GUIDs. */
enum { ValueIndex, ChangedIndex, NamedIndex, WrongGuids };

typedef struct _ADAPTER {
    WrongValue Value[WRONG_VALUES];
    LIST_ENTRY Pending; /* of REQUEST */
    BOOLEAN EventEnabled;
    SCSI_WMILIB_CONTEXT Library;
    EVENT Event;
    PVOID Own[4]; /* for the wrong drivers */
} ADAPTER, *PADAPTER;

/* The SRB extension. */
typedef struct _REQUEST {
    LIST_ENTRY Link;
    PSCSI_WMI_REQUEST_BLOCK Srb;
    PSCSIWMI_REQUEST_CONTEXT Context; /* &OwnContext */
    SCSIWMI_REQUEST_CONTEXT OwnContext;
    PULONG Out;
    ULONG Milliseconds;
} REQUEST, *PREQUEST;

/* What a wrong driver does itself. NULL: as it should be done. */
typedef struct _WRONG {
    /* Changes what is registered, or which callback is called. */
    VOID (*Library)(PADAPTER Adapter, PSCSI_WMILIB_CONTEXT Library);
    VOID (*Initialize)(PADAPTER Adapter);
    /* Instead of BaseDispatch. */
    VOID (*Dispatch)(PADAPTER Adapter, PREQUEST Request);
    /* Instead of BaseComplete. */
    VOID (*Complete)(PADAPTER Adapter, PREQUEST Request);
    /* Instead of BaseFire. */
    VOID (*Fire)(PADAPTER Adapter, ULONG Instance, ULONG Value);
    /* Instead of BaseStop, when the adapter stops. */
    VOID (*Stop)(PADAPTER Adapter);
    /* HwFreeAdapterResources. */
    VOID (*Free)(PADAPTER Adapter);
} WRONG;
extern const WRONG Wrong;

extern SCSIWMIGUIDREGINFO BaseGuids[WrongGuids];

SCSIWMI_QUERY_DATABLOCK BaseQuery;
SCSIWMI_SET_DATABLOCK BaseSet;
SCSIWMI_SET_DATAITEM BaseSetItem;
SCSIWMI_EXECUTE_METHOD BaseExecute;
SCSIWMI_FUNCTION_CONTROL BaseControl;
SCSIWMI_QUERY_REGINFO BaseRegInfo;
VOID BaseDispatch(PADAPTER Adapter, PREQUEST Request);
VOID BaseComplete(PADAPTER Adapter, PREQUEST Request);
VOID BaseFire(PADAPTER Adapter, ULONG Instance, ULONG Value);
VOID BaseStop(PADAPTER Adapter);
/* Ends a request; FALSE. */
HW_TIMER BaseTimer;
BOOLEAN BaseDone(PSCSIWMI_REQUEST_CONTEXT Context, UCHAR SrbStatus, ULONG Size);
/* Takes a pending request off the list and ends it. */
VOID BaseFinish(PADAPTER Adapter, PREQUEST Request, UCHAR SrbStatus);
/* One block, as it should be. */
VOID BaseBlock(PADAPTER Adapter, ULONG Instance, PUCHAR Buffer);

#endif
