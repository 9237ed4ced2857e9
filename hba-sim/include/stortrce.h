/* Tracing of Storport miniports, which does nothing here. */
#ifndef HBALAB_STORTRCE_H
#define HBALAB_STORTRCE_H

#include "hbalab/trace.h"
#include "ntdef.h"

HBALAB_EXTERN_C_BEGIN

typedef PVOID STORAGE_TRACE_CONTEXT;
typedef VOID (*STOR_CLEANUP_TRACING)(PVOID Arg1);
typedef struct _STORAGE_TRACE_INIT_INFO {
  ULONG Size;
  ULONG NumDiagEventRecords;
  ULONG DiagEventRecordUserDataSize;
  ULONG NumErrorLogRecords;
  GUID TraceGuid;
  STOR_CLEANUP_TRACING TraceCleanupRoutine;
  PVOID DriverObject;
  PVOID TraceContext;
} STORAGE_TRACE_INIT_INFO, *PSTORAGE_TRACE_INIT_INFO;

HBALAB_EXTERN_C_END

#endif
