/*
 * Types of the Windows API that iscsidsc.h needs, on a 64-bit machine that is not Windows: LONG and
 * ULONG have 32 bits here too, WCHAR has 16: wchar_t where the compiler was told so
 * (-fshort-wchar), else char16_t, so that u"..." is a string of the W functions. C11 and C++.
 */
#ifndef HBALAB_ISCSIDSC_BASE_H
#define HBALAB_ISCSIDSC_BASE_H

#ifdef _WIN32
#include <windows.h>
#include <winioctl.h>
#ifndef ISDSC_API
#define ISDSC_API WINAPI
#endif
#include <ntddscsi.h>
#else

#include <stddef.h>
#include <stdint.h>
#if !defined(__cplusplus) && __SIZEOF_WCHAR_T__ != 2
#include <uchar.h>
#endif

#if __SIZEOF_POINTER__ != 8
#error "the structures are those of 64-bit Windows: build for a 64-bit target"
#endif

#ifndef ISDSC_API
#define ISDSC_API
#endif
#ifndef WINAPI
#define WINAPI
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef MAX_PATH
#define MAX_PATH 260
#endif

typedef char CHAR, *PCHAR, *PSTR;
typedef unsigned char UCHAR, *PUCHAR;
typedef unsigned char BOOLEAN, *PBOOLEAN;
typedef uint16_t USHORT, *PUSHORT;
typedef uint32_t ULONG, *PULONG;
typedef uint32_t DWORD, *PDWORD;
typedef unsigned long long ULONGLONG, *PULONGLONG;
typedef void* PVOID;
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWSTR;
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, *PTSTR;
#else
typedef CHAR TCHAR, *PTCHAR, *PTSTR;
#endif

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
  ULONG Data1;
  USHORT Data2;
  USHORT Data3;
  UCHAR Data4[8];
} GUID;
#endif

/* As in drivers' ntddscsi.h. */
#ifndef HBALAB_SCSI_ADDRESS
#define HBALAB_SCSI_ADDRESS
typedef struct _SCSI_ADDRESS {
  ULONG Length;
  UCHAR PortNumber;
  UCHAR PathId;
  UCHAR TargetId;
  UCHAR Lun;
} SCSI_ADDRESS, *PSCSI_ADDRESS;
#endif

typedef struct _STORAGE_DEVICE_NUMBER {
  DWORD DeviceType;
  DWORD DeviceNumber;
  DWORD PartitionNumber;
} STORAGE_DEVICE_NUMBER, *PSTORAGE_DEVICE_NUMBER;

/* Win32 codes that the functions answer with (winerror.h). */
#ifndef ERROR_SUCCESS
#define ERROR_SUCCESS 0
#endif
#ifndef ERROR_ACCESS_DENIED
#define ERROR_ACCESS_DENIED 5
#endif
#ifndef ERROR_NOT_ENOUGH_MEMORY
#define ERROR_NOT_ENOUGH_MEMORY 8
#endif
#ifndef ERROR_NOT_SUPPORTED
#define ERROR_NOT_SUPPORTED 50
#endif
#ifndef ERROR_INVALID_PARAMETER
#define ERROR_INVALID_PARAMETER 87
#endif
#ifndef ERROR_DISK_FULL
#define ERROR_DISK_FULL 112
#endif
#ifndef ERROR_INSUFFICIENT_BUFFER
#define ERROR_INSUFFICIENT_BUFFER 122
#endif
#ifndef ERROR_BUSY
#define ERROR_BUSY 170
#endif
#ifndef ERROR_OPERATION_ABORTED
#define ERROR_OPERATION_ABORTED 995
#endif
#ifndef ERROR_NO_UNICODE_TRANSLATION
#define ERROR_NO_UNICODE_TRANSLATION 1113
#endif
#ifndef ERROR_IO_DEVICE
#define ERROR_IO_DEVICE 1117
#endif
#ifndef ERROR_NO_SYSTEM_RESOURCES
#define ERROR_NO_SYSTEM_RESOURCES 1450
#endif
#ifndef ERROR_FILE_CORRUPT
#define ERROR_FILE_CORRUPT 1392
#endif
#ifndef ERROR_TIMEOUT
#define ERROR_TIMEOUT 1460
#endif

#endif

#endif
