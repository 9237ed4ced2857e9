/*
 * Base types of the Windows driver interface, on a 64-bit machine that is not Windows: LONG and
 * ULONG have 32 bits here too. WCHAR has 16 bits: wchar_t where the compiler was told so
 * (-fshort-wchar), else char16_t, which has the same layout. Valid as C11 and as C++.
 */
#ifndef HBALAB_NTDEF_H
#define HBALAB_NTDEF_H

#include <stddef.h>
#include <stdint.h>
#if !defined(__cplusplus) && __SIZEOF_WCHAR_T__ != 2
#include <uchar.h>
#endif

#if __SIZEOF_POINTER__ != 8
#error "the structures are those of 64-bit Windows: build for a 64-bit target"
#endif

#ifdef __cplusplus
#define HBALAB_STATIC_ASSERT(condition) static_assert(condition, #condition)
#define HBALAB_EXTERN_C_BEGIN extern "C" {
#define HBALAB_EXTERN_C_END }
#else
#define HBALAB_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#define HBALAB_EXTERN_C_BEGIN
#define HBALAB_EXTERN_C_END
#endif
/* Size and member offsets as the 64-bit Windows compilers lay them out. */
#define HBALAB_CHECK_SIZE(type, size) HBALAB_STATIC_ASSERT(sizeof(type) == (size))
#define HBALAB_CHECK_OFFSET(type, member, offset) \
  HBALAB_STATIC_ASSERT(offsetof(type, member) == (offset))

/* Annotations and calling conventions that mean nothing here. */
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef NTAPI
#define NTAPI
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef FORCEINLINE
#define FORCEINLINE static inline
#endif

HBALAB_EXTERN_C_BEGIN

#ifndef VOID
#define VOID void
#endif
typedef char CHAR, CCHAR, *PCHAR, *PCCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef unsigned char BOOLEAN, *PBOOLEAN;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t USHORT, *PUSHORT;
typedef int32_t LONG, *PLONG;
typedef uint32_t ULONG, *PULONG;
typedef long long LONGLONG, LONG64, *PLONGLONG;
typedef unsigned long long ULONGLONG, ULONG64, *PULONGLONG;
typedef intptr_t LONG_PTR, *PLONG_PTR;
typedef uintptr_t ULONG_PTR, *PULONG_PTR, SIZE_T;
typedef void *PVOID, *HANDLE;
typedef LONG NTSTATUS;

#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;

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

typedef union _LARGE_INTEGER {
  struct {
    ULONG LowPart;
    LONG HighPart;
  } u;
  LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
  ULONG Data1;
  USHORT Data2;
  USHORT Data3;
  UCHAR Data4[8];
} GUID;
#endif
typedef GUID *PGUID, *LPGUID;
typedef const GUID* LPCGUID;

HBALAB_CHECK_SIZE(ULONG, 4);
HBALAB_CHECK_SIZE(ULONG64, 8);
HBALAB_CHECK_SIZE(WCHAR, 2);
HBALAB_CHECK_SIZE(GUID, 16);
HBALAB_CHECK_SIZE(LARGE_INTEGER, 8);
HBALAB_CHECK_SIZE(UNICODE_STRING, 16);

#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif

HBALAB_EXTERN_C_END

#endif
