/* Included as a Windows file system would find it: by other spellings of the name. */
#pragma once
#include <NtDDK.h>
#include "StorPort.h"
#include <ScsiWmi.h>
#include "..\Src\Tables.H"

#pragma pack(push, wire, 1)
typedef struct _WIRE_HEADER {
    UCHAR Kind;
    unsigned long Length;
} WIRE_HEADER;
#pragma pack(pop, wire)

typedef struct _NUMBERS {
    long Signed;
    unsigned long int Unsigned;
    long long Wide;
    unsigned __int64 Wider;
    DECLSPEC_ALIGN(16) long volatile Counter;
} NUMBERS;

typedef __declspec(align(32)) struct _ALIGNED { UCHAR Byte; } ALIGNED;

typedef struct _BITS {
    USHORT Short;
    ULONG First : 1;
    ULONG Rest : 31;
} BITS;

__declspec(noinline) ULONG Outlined(__in ULONG Value);

__forceinline ULONG Doubled(_In_ ULONG Value) { return Value * 2; }
static __inline ULONG Tripled(ULONG Value) { return Value * 3; }
extern __inline ULONG Quadrupled(ULONG Value) { return Value * 4; }
#define DRV_INLINE __inline
DRV_INLINE ULONG Quintupled(ULONG Value) { return Value * 5; }
