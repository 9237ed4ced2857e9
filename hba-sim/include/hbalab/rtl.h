/* The run-time library's functions that only compute; the counted strings' are in kit/. */
#ifndef HBALAB_RTL_H
#define HBALAB_RTL_H

#include <string.h>

#include "../guiddef.h"
#include "../ntstatus.h"
#include "types.h"

HBALAB_EXTERN_C_BEGIN

#define RtlCopyMemory(Destination, Source, Length) memcpy((Destination), (Source), (Length))
#define RtlMoveMemory(Destination, Source, Length) memmove((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill) memset((Destination), (Fill), (Length))
#define RtlZeroMemory(Destination, Length) memset((Destination), 0, (Length))
#define RtlEqualMemory(One, Other, Length) (!memcmp((One), (Other), (Length)))
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
#define RtlFillBytes RtlFillMemory
#define RtlCopyMemoryNonTemporal RtlCopyMemory
#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory
#define FillMemory RtlFillMemory
#define ZeroMemory RtlZeroMemory
#define RtlCopyVolatileMemory RtlCopyMemory
#define RtlIsEqualGuid(One, Other) (!memcmp((One), (Other), 16))

/* Not left out when nothing reads the memory afterwards. */
HBALAB_INLINE PVOID RtlSecureZeroMemory(PVOID Pointer, SIZE_T Length) {
  volatile UCHAR* Bytes = (volatile UCHAR*)Pointer;
  while (Length-- != 0) *Bytes++ = 0;
  return Pointer;
}
#define SecureZeroMemory RtlSecureZeroMemory
/* How many bytes are equal from the start. */
HBALAB_INLINE SIZE_T RtlCompareMemory(const VOID* One, const VOID* Other, SIZE_T Length) {
  const UCHAR* a = (const UCHAR*)One;
  const UCHAR* b = (const UCHAR*)Other;
  SIZE_T Equal = 0;
  while (Equal < Length && a[Equal] == b[Equal]) ++Equal;
  return Equal;
}
HBALAB_INLINE VOID RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern) {
  PULONG Words = (PULONG)Destination;
  SIZE_T Index;
  for (Index = 0; Index < Length / sizeof(ULONG); ++Index) Words[Index] = Pattern;
}

HBALAB_INLINE USHORT RtlUshortByteSwap(USHORT Value) { return __builtin_bswap16(Value); }
HBALAB_INLINE ULONG RtlUlongByteSwap(ULONG Value) { return __builtin_bswap32(Value); }
HBALAB_INLINE ULONGLONG RtlUlonglongByteSwap(ULONGLONG Value) { return __builtin_bswap64(Value); }
#define _byteswap_ushort RtlUshortByteSwap
#define _byteswap_ulong RtlUlongByteSwap
#define _byteswap_uint64 RtlUlonglongByteSwap
#define _rotl(value, bits) \
  ((ULONG)((ULONG)(value) << ((bits) & 31) | (ULONG)(value) >> (-(bits) & 31)))
#define _rotr(value, bits) \
  ((ULONG)((ULONG)(value) >> ((bits) & 31) | (ULONG)(value) << (-(bits) & 31)))

HBALAB_INLINE ULONG RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target) {
  return (ULONG)__builtin_popcountll(Target);
}
/* The position of the highest or lowest bit that is set; FALSE when none is. */
HBALAB_INLINE UCHAR HbalabBitScanReverse(ULONG* Index, ULONGLONG Mask) {
  if (Mask != 0) *Index = (ULONG)(63 - __builtin_clzll(Mask));
  return Mask != 0;
}
HBALAB_INLINE UCHAR HbalabBitScanForward(ULONG* Index, ULONGLONG Mask) {
  if (Mask != 0) *Index = (ULONG)__builtin_ctzll(Mask);
  return Mask != 0;
}
#define BitScanReverse(Index, Mask) HbalabBitScanReverse(Index, (ULONG)(Mask))
#define BitScanForward(Index, Mask) HbalabBitScanForward(Index, (ULONG)(Mask))
#define BitScanReverse64(Index, Mask) HbalabBitScanReverse(Index, Mask)
#define BitScanForward64(Index, Mask) HbalabBitScanForward(Index, Mask)
#ifdef HBALAB_DRIVER
#define _BitScanReverse BitScanReverse
#define _BitScanForward BitScanForward
#define _BitScanReverse64 BitScanReverse64
#define _BitScanForward64 BitScanForward64
#endif

HBALAB_INLINE LARGE_INTEGER RtlConvertLongToLargeInteger(LONG Value) {
  LARGE_INTEGER Result;
  Result.QuadPart = Value;
  return Result;
}
HBALAB_INLINE LARGE_INTEGER RtlConvertUlongToLargeInteger(ULONG Value) {
  LARGE_INTEGER Result;
  Result.QuadPart = Value;
  return Result;
}
#define Int32x32To64(a, b) ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b) ((ULONGLONG)(ULONG)(a) * (ULONGLONG)(ULONG)(b))
#define Int64ShllMod32(a, b) ((ULONGLONG)(a) << ((b) & 63))
#define Int64ShrlMod32(a, b) ((ULONGLONG)(a) >> ((b) & 63))
#define Int64ShraMod32(a, b) ((LONGLONG)(a) >> ((b) & 63))

/* Counted strings that point to the caller's characters. */
VOID RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
VOID RtlInitString(PSTRING Destination, PCSZ Source);
VOID RtlInitAnsiString(PANSI_STRING Destination, PCSZ Source);
HBALAB_INLINE VOID RtlInitEmptyUnicodeString(PUNICODE_STRING Destination, PWCHAR Buffer,
                                             USHORT BufferSize) {
  Destination->Length = 0;
  Destination->MaximumLength = BufferSize;
  Destination->Buffer = Buffer;
}
HBALAB_INLINE VOID RtlInitEmptyAnsiString(PANSI_STRING Destination, PCHAR Buffer,
                                          USHORT BufferSize) {
  Destination->Length = 0;
  Destination->MaximumLength = BufferSize;
  Destination->Buffer = Buffer;
}
/* Copies as much as there is room for. */
VOID RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
VOID RtlCopyString(PSTRING Destination, const STRING* Source);
NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
LONG RtlCompareUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase);
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase);
BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase);
LONG RtlCompareString(const STRING* One, const STRING* Other, BOOLEAN IgnoreCase);
BOOLEAN RtlEqualString(const STRING* One, const STRING* Other, BOOLEAN IgnoreCase);
WCHAR RtlUpcaseUnicodeChar(WCHAR Character);
WCHAR RtlDowncaseUnicodeChar(WCHAR Character);
CHAR RtlUpperChar(CHAR Character);
/* Allocate: the result's buffer comes from the pool, and RtlFree...String gives it back. */
NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING Destination, const STRING* Source,
                                      BOOLEAN Allocate);
NTSTATUS RtlUnicodeStringToAnsiString(PSTRING Destination, PCUNICODE_STRING Source,
                                      BOOLEAN Allocate);
NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                BOOLEAN Allocate);
VOID RtlFreeUnicodeString(PUNICODE_STRING String);
VOID RtlFreeAnsiString(PSTRING String);
NTSTATUS RtlUnicodeToMultiByteN(PCHAR To, ULONG ToSize, PULONG Used, PCWCH From, ULONG FromBytes);
NTSTATUS RtlMultiByteToUnicodeN(PWCH To, ULONG ToBytes, PULONG Used, const CHAR* From,
                                ULONG FromSize);
/* Base 0: by the prefix 0x, 0o or 0b, else 10. */
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);
NTSTATUS RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString);
NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID* Guid);
ULONG RtlRandom(PULONG Seed);
ULONG RtlRandomEx(PULONG Seed);

HBALAB_EXTERN_C_END

#endif
