/* Arithmetic that says when a result does not fit: STATUS_INTEGER_OVERFLOW, and all bits set. */
#ifndef HBALAB_NTINTSAFE_H
#define HBALAB_NTINTSAFE_H
#define _NTINTSAFE_H_INCLUDED_

#include "ntdef.h"
#include "ntstatus.h"

HBALAB_EXTERN_C_BEGIN

#define HBALAB_SAFE(name, type, operation, builtin)                                 \
  HBALAB_INLINE NTSTATUS Rtl##name##operation(type One, type Other, type* Result) { \
    if (!builtin(One, Other, Result)) return STATUS_SUCCESS;                        \
    *Result = (type) - 1;                                                           \
    return STATUS_INTEGER_OVERFLOW;                                                 \
  }
#define HBALAB_SAFE_ALL(name, type)                    \
  HBALAB_SAFE(name, type, Add, __builtin_add_overflow) \
  HBALAB_SAFE(name, type, Sub, __builtin_sub_overflow) \
  HBALAB_SAFE(name, type, Mult, __builtin_mul_overflow)
HBALAB_SAFE_ALL(UInt8, UINT8)
HBALAB_SAFE_ALL(UShort, USHORT)
HBALAB_SAFE_ALL(UInt, UINT)
HBALAB_SAFE_ALL(ULong, ULONG)
HBALAB_SAFE_ALL(ULongLong, ULONGLONG)
HBALAB_SAFE_ALL(ULongPtr, ULONG_PTR)
HBALAB_SAFE_ALL(SizeT, SIZE_T)
HBALAB_SAFE_ALL(Short, SHORT)
HBALAB_SAFE_ALL(Int, INT)
HBALAB_SAFE_ALL(Long, LONG)
HBALAB_SAFE_ALL(LongLong, LONGLONG)
#undef HBALAB_SAFE_ALL
#undef HBALAB_SAFE

#define HBALAB_CONVERT(from, from_type, to, to_type)                                 \
  HBALAB_INLINE NTSTATUS Rtl##from##To##to(from_type Value, to_type* Result) {       \
    if (!__builtin_add_overflow(Value, (from_type)0, Result)) return STATUS_SUCCESS; \
    *Result = (to_type) - 1;                                                         \
    return STATUS_INTEGER_OVERFLOW;                                                  \
  }
HBALAB_CONVERT(ULong, ULONG, UShort, USHORT)
HBALAB_CONVERT(ULong, ULONG, UChar, UCHAR)
HBALAB_CONVERT(ULong, ULONG, Long, LONG)
HBALAB_CONVERT(Long, LONG, ULong, ULONG)
HBALAB_CONVERT(LongLong, LONGLONG, ULong, ULONG)
HBALAB_CONVERT(LongLong, LONGLONG, Long, LONG)
HBALAB_CONVERT(LongLong, LONGLONG, ULongLong, ULONGLONG)
HBALAB_CONVERT(ULongLong, ULONGLONG, ULong, ULONG)
HBALAB_CONVERT(ULongLong, ULONGLONG, LongLong, LONGLONG)
HBALAB_CONVERT(ULongLong, ULONGLONG, SizeT, SIZE_T)
HBALAB_CONVERT(SizeT, SIZE_T, ULong, ULONG)
HBALAB_CONVERT(SizeT, SIZE_T, UShort, USHORT)
HBALAB_CONVERT(ULongPtr, ULONG_PTR, ULong, ULONG)
#undef HBALAB_CONVERT

HBALAB_EXTERN_C_END

#endif
