/* Base types at their sizes on 64-bit Windows: LONG and ULONG have 32 bits here too. */
#ifndef HBALAB_TYPES_H
#define HBALAB_TYPES_H

#include <stddef.h>
#include <stdint.h>
#if !defined(__cplusplus) && __SIZEOF_WCHAR_T__ != 2
#include <uchar.h>
#endif

#include "compiler.h"

HBALAB_EXTERN_C_BEGIN

#ifndef VOID
#define VOID void
#endif
typedef char CHAR, CCHAR, *PCHAR, *PCCHAR, *LPCH, *PCH, *PSZ, *NPSTR, *LPSTR, *PSTR;
typedef const char *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCSZ;
typedef signed char SCHAR, *PSCHAR, INT8, *PINT8;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN, *PBOOLEAN, BYTE, *PBYTE, *LPBYTE, UINT8, *PUINT8;
typedef const unsigned char* PCUCHAR;
typedef int16_t SHORT, *PSHORT, CSHORT, *PCSHORT, INT16, *PINT16;
typedef uint16_t USHORT, *PUSHORT, WORD, *PWORD, UINT16, *PUINT16;
typedef int32_t LONG, *PLONG, LONG32, *PLONG32, INT, *PINT, INT32, *PINT32, BOOL, *PBOOL, HFILE;
typedef uint32_t ULONG, *PULONG, ULONG32, *PULONG32, UINT, *PUINT, UINT32, *PUINT32;
typedef uint32_t DWORD, *PDWORD, *LPDWORD, DWORD32, *PDWORD32, CLONG, *PCLONG, LOGICAL, *PLOGICAL;
typedef const ULONG* PCULONG;
typedef long long LONGLONG, *PLONGLONG, LONG64, *PLONG64, INT64, *PINT64;
typedef unsigned long long ULONGLONG, *PULONGLONG, ULONG64, *PULONG64, UINT64, *PUINT64;
typedef unsigned long long DWORDLONG, *PDWORDLONG, DWORD64, *PDWORD64, QUAD, *PQUAD;
/* The lab's own program passes pointers as these, too. */
typedef intptr_t LONG_PTR, *PLONG_PTR, INT_PTR, *PINT_PTR, SSIZE_T, *PSSIZE_T;
typedef uintptr_t ULONG_PTR, *PULONG_PTR, UINT_PTR, *PUINT_PTR, DWORD_PTR, *PDWORD_PTR;
typedef uintptr_t SIZE_T, *PSIZE_T, KAFFINITY, *PKAFFINITY;
typedef float FLOAT;
typedef double DOUBLE;
typedef void *PVOID, *LPVOID, *HANDLE, *PVOID64;
typedef const void *LPCVOID, *PCVOID;
typedef HANDLE* PHANDLE;
typedef LONG NTSTATUS, *PNTSTATUS, HRESULT, KPRIORITY;
typedef UCHAR KIRQL, *PKIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG ACCESS_MASK, *PACCESS_MASK, LCID, *PLCID;
typedef USHORT LANGID;
typedef ULONG DEVICE_TYPE;

#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *PWSTR, *LPWSTR, *NWPSTR;
typedef const WCHAR *PCWCHAR, *LPCWCH, *PCWCH, *PCWSTR, *LPCWSTR;
typedef PWSTR* PZPWSTR;
typedef PWSTR PZZWSTR;
typedef PCWSTR PCZZWSTR;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

typedef struct _UNICODE_STRING {
  USHORT Length; /* bytes, without a terminating NUL */
  USHORT MaximumLength;
  PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING* PCUNICODE_STRING;

typedef struct _STRING {
  USHORT Length;
  USHORT MaximumLength;
  PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING;

typedef union _LARGE_INTEGER {
  struct {
    ULONG LowPart;
    LONG HighPart;
  };
  struct {
    ULONG LowPart;
    LONG HighPart;
  } u;
  LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
  struct {
    ULONG LowPart;
    ULONG HighPart;
  };
  struct {
    ULONG LowPart;
    ULONG HighPart;
  } u;
  ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
  ULONG LowPart;
  LONG HighPart;
} LUID, *PLUID;

typedef struct _LIST_ENTRY {
  struct _LIST_ENTRY* Flink;
  struct _LIST_ENTRY* Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;
typedef struct _SINGLE_LIST_ENTRY {
  struct _SINGLE_LIST_ENTRY* Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;
typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
  struct _SLIST_ENTRY* Next;
} SLIST_ENTRY, *PSLIST_ENTRY;
typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
  struct {
    ULONGLONG Alignment;
    ULONGLONG Region;
  };
  struct {
    ULONGLONG Depth : 16;
    ULONGLONG Sequence : 48;
    ULONGLONG Reserved : 4;
    ULONGLONG NextEntry : 60;
  } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

typedef struct _OBJECT_ATTRIBUTES {
  ULONG Length;
  HANDLE RootDirectory;
  PUNICODE_STRING ObjectName;
  ULONG Attributes;
  PVOID SecurityDescriptor;
  PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny } WAIT_TYPE;

HBALAB_CHECK_SIZE(ULONG, 4);
HBALAB_CHECK_SIZE(ULONG64, 8);
HBALAB_CHECK_SIZE(WCHAR, 2);
HBALAB_CHECK_SIZE(LARGE_INTEGER, 8);
HBALAB_CHECK_SIZE(UNICODE_STRING, 16);
HBALAB_CHECK_SIZE(LIST_ENTRY, 16);
HBALAB_CHECK_SIZE(SLIST_HEADER, 16);
HBALAB_CHECK_SIZE(SLIST_ENTRY, 16);
HBALAB_CHECK_SIZE(OBJECT_ATTRIBUTES, 48);

HBALAB_EXTERN_C_END

#endif
