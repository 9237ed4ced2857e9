/* Messages and assertions of drivers. */
#ifndef HBALAB_DEBUG_H
#define HBALAB_DEBUG_H

#include <stdarg.h>

#include "types.h"

HBALAB_EXTERN_C_BEGIN

#ifndef DBG
#define DBG 0
#endif

#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000u
#define DPFLTR_SCSIPORT_ID 6
#define DPFLTR_SCSIMINIPORT_ID 7
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_STORMINIPORT_ID 88
#define DPFLTR_STORPORT_ID 87

/* Formats are Windows': %ws and %S, %wZ, %I64x; %lu has 32 bits. */
ULONG DbgPrint(PCSTR Format, ...);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list Arguments);
VOID DbgBreakPoint(VOID);

#if DBG
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define KdBreakPoint() DbgBreakPoint()
VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PCSTR Message);
#define ASSERT(condition) \
  ((void)((condition) || (RtlAssert((PVOID) #condition, (PVOID)__FILE__, __LINE__, NULL), 0)))
#define ASSERTMSG(message, condition) \
  ((void)((condition) || (RtlAssert((PVOID) #condition, (PVOID)__FILE__, __LINE__, message), 0)))
#else
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#define KdBreakPoint() ((void)0)
#define ASSERT(condition) ((void)0)
#define ASSERTMSG(message, condition) ((void)0)
#endif
#define RTL_SOFT_ASSERT ASSERT
#define NT_ASSERT ASSERT
#define NT_VERIFY(condition) ((void)(condition))
#define PAGED_CODE() ((void)0)
#define PAGED_CODE_LOCKED() ((void)0)

HBALAB_EXTERN_C_END

#endif
