/*
 * Base types and macros of the Windows driver interface, on a 64-bit machine that is not Windows.
 * WCHAR has 16 bits: wchar_t where the compiler was told so (-fshort-wchar), else char16_t, which
 * has the same layout.
 */
#ifndef HBALAB_NTDEF_H
#define HBALAB_NTDEF_H
#define _NTDEF_

#include "guiddef.h"
#include "hbalab/sal.h"
#include "hbalab/types.h"

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
#define CRITICAL
#define NOTHING
#define FASTCALL
#define STDCALL
#define WINAPI
#define APIENTRY
#define UNALIGNED
#define UNALIGNED64
#define RESTRICTED_POINTER
#define POINTER_32
#define POINTER_64
#define FIRMWARE_PTR
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTKERNELAPI
#define NTHALAPI
#define NULL64 0

#define ANYSIZE_ARRAY 1
#define UNICODE_NULL ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS 32767
#define ANSI_NULL ((CHAR)0)
#define MAX_NATURAL_ALIGNMENT 8
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define MAXIMUM_PROCESSORS 64

#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG ((LONG)0x80000000)
#define MAXLONG 0x7fffffff
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffffu
#define MAXDWORD 0xffffffffu
#define MINLONGLONG ((LONGLONG)0x8000000000000000ull)
#define MAXLONGLONG 0x7fffffffffffffffll
#define MAXULONGLONG 0xffffffffffffffffull
#define MAXULONG_PTR ((ULONG_PTR) - 1)
#define MAXSIZE_T ((SIZE_T) - 1)
#define ULONG_ERROR 0xFFFFFFFFu

/* Upper and lower halves. */
#define LOBYTE(value) ((UCHAR)((ULONG_PTR)(value) & 0xff))
#define HIBYTE(value) ((UCHAR)((ULONG_PTR)(value) >> 8 & 0xff))
#define LOWORD(value) ((USHORT)((ULONG_PTR)(value) & 0xffff))
#define HIWORD(value) ((USHORT)((ULONG_PTR)(value) >> 16 & 0xffff))
#define MAKEWORD(low, high) ((USHORT)((UCHAR)(low) | (USHORT)((UCHAR)(high)) << 8))
#define MAKELONG(low, high) ((LONG)((USHORT)(low) | (ULONG)((USHORT)(high)) << 16))

#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)offsetof(type, field))
#define CONTAINING_RECORD(address, type, field) \
  ((type*)(void*)((char*)(void*)(address) - offsetof(type, field)))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type*)0)->field))
#define FIELD_SIZE(type, field) RTL_FIELD_SIZE(type, field)
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(record, size, field) \
  ((char*)(&(record)->field + 1) <= (char*)(record) + (size))
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF_V1(array) RTL_NUMBER_OF(array)
#define RTL_NUMBER_OF_V2(array) RTL_NUMBER_OF(array)
#define RTL_NUMBER_OF_FIELD(type, field) RTL_NUMBER_OF(((type*)0)->field)
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#endif
#define _ARRAYSIZE(array) RTL_NUMBER_OF(array)
#ifndef C_ASSERT
#define C_ASSERT(condition) HBALAB_STATIC_ASSERT(condition)
#endif
#define TYPE_ALIGNMENT(type) __alignof__(type)
#define PROBE_ALIGNMENT(type) TYPE_ALIGNMENT(type)

#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment) - 1))
#define ALIGN_UP_BY(length, alignment) \
  ALIGN_DOWN_BY((ULONG_PTR)(length) + (alignment) - 1, alignment)
#define ALIGN_DOWN(length, type) ((ULONG)ALIGN_DOWN_BY(length, sizeof(type)))
#define ALIGN_UP(length, type) ((ULONG)ALIGN_UP_BY(length, sizeof(type)))
#define ALIGN_DOWN_POINTER_BY(address, alignment) ((PVOID)ALIGN_DOWN_BY(address, alignment))
#define ALIGN_UP_POINTER_BY(address, alignment) ((PVOID)ALIGN_UP_BY(address, alignment))
#define ALIGN_DOWN_POINTER(address, type) ALIGN_DOWN_POINTER_BY(address, sizeof(type))
#define ALIGN_UP_POINTER(address, type) ALIGN_UP_POINTER_BY(address, sizeof(type))

#define FlagOn(flags, which) ((flags) & (which))
#define BooleanFlagOn(flags, which) ((BOOLEAN)(((flags) & (which)) != 0))
#define SetFlag(flags, which) ((flags) |= (which))
#define ClearFlag(flags, which) ((flags) &= ~(which))
#define PtrToUlong(pointer) ((ULONG)(ULONG_PTR)(pointer))
#define PtrToLong(pointer) ((LONG)(LONG_PTR)(pointer))
#define PtrToUshort(pointer) ((USHORT)(ULONG_PTR)(pointer))
#define PtrToUint(pointer) PtrToUlong(pointer)
#define UlongToPtr(value) ((PVOID)(ULONG_PTR)(ULONG)(value))
#define LongToPtr(value) ((PVOID)(LONG_PTR)(LONG)(value))
#define ULongToPtr UlongToPtr
#define UlongToHandle(value) ((HANDLE)(ULONG_PTR)(ULONG)(value))
#define HandleToUlong(handle) ((ULONG)(ULONG_PTR)(handle))
#define Add2Ptr(pointer, bytes) ((PVOID)((PUCHAR)(pointer) + (bytes)))

#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif
#define UNREFERENCED_LOCAL_VARIABLE(variable) ((void)(variable))
#define DBG_UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(variable) ((void)(variable))
#define DEFAULT_UNREACHABLE \
  default:                  \
    __builtin_unreachable()

#define TEXT_2(text) L##text
#define __TEXT(text) TEXT_2(text)
#ifndef TEXT
#define TEXT(text) __TEXT(text)
#endif

#ifdef HBALAB_DRIVER
#ifndef __cplusplus
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
#include "hbalab/crt.h"
#endif

#define InitializeObjectAttributes(object, name, attributes, root, security)       \
  ((object)->Length = sizeof(OBJECT_ATTRIBUTES), (object)->RootDirectory = (root), \
   (object)->Attributes = (attributes), (object)->ObjectName = (name),             \
   (object)->SecurityDescriptor = (security), (object)->SecurityQualityOfService = NULL)
#define OBJ_INHERIT 0x00000002
#define OBJ_PERMANENT 0x00000010
#define OBJ_EXCLUSIVE 0x00000020
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF 0x00000080
#define OBJ_OPENLINK 0x00000100
#define OBJ_KERNEL_HANDLE 0x00000200

#define DECLARE_CONST_UNICODE_STRING(name, text)                                  \
  static const WCHAR name##_buffer[] = text;                                      \
  static const UNICODE_STRING name = {sizeof(text) - sizeof(WCHAR), sizeof(text), \
                                      (PWSTR)(ULONG_PTR)name##_buffer}
#define RTL_CONSTANT_STRING(text) {sizeof(text) - sizeof((text)[0]), sizeof(text), text}

#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                  \
  inline type operator|(type a, type b) { return type((int)a | (int)b); } \
  inline type operator&(type a, type b) { return type((int)a & (int)b); } \
  inline type operator^(type a, type b) { return type((int)a ^ (int)b); } \
  inline type operator~(type a) { return type(~(int)a); }                 \
  inline type& operator|=(type& a, type b) { return a = a | b; }          \
  inline type& operator&=(type& a, type b) { return a = a & b; }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

#include "ntstatus.h"

#endif
