/*
 * Interlocked operations, sequentially consistent as on x64. They are macros of the compilers'
 * built-in operations, so that variables of any volatile type of the size do.
 */
#ifndef HBALAB_INTERLOCKED_H
#define HBALAB_INTERLOCKED_H

#include "types.h"

HBALAB_EXTERN_C_BEGIN

#define HBALAB_INTERLOCKED(suffix, type)                                                           \
  HBALAB_INLINE type InterlockedIncrement##suffix(type volatile* Target) {                         \
    return (type)__atomic_add_fetch(Target, 1, __ATOMIC_SEQ_CST);                                  \
  }                                                                                                \
  HBALAB_INLINE type InterlockedDecrement##suffix(type volatile* Target) {                         \
    return (type)__atomic_sub_fetch(Target, 1, __ATOMIC_SEQ_CST);                                  \
  }                                                                                                \
  HBALAB_INLINE type InterlockedExchange##suffix(type volatile* Target, type Value) {              \
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);                                   \
  }                                                                                                \
  HBALAB_INLINE type InterlockedExchangeAdd##suffix(type volatile* Target, type Value) {           \
    return (type)__atomic_fetch_add(Target, Value, __ATOMIC_SEQ_CST);                              \
  }                                                                                                \
  HBALAB_INLINE type InterlockedAdd##suffix(type volatile* Target, type Value) {                   \
    return (type)__atomic_add_fetch(Target, Value, __ATOMIC_SEQ_CST);                              \
  }                                                                                                \
  HBALAB_INLINE type InterlockedAnd##suffix(type volatile* Target, type Value) {                   \
    return (type)__atomic_fetch_and(Target, Value, __ATOMIC_SEQ_CST);                              \
  }                                                                                                \
  HBALAB_INLINE type InterlockedOr##suffix(type volatile* Target, type Value) {                    \
    return (type)__atomic_fetch_or(Target, Value, __ATOMIC_SEQ_CST);                               \
  }                                                                                                \
  HBALAB_INLINE type InterlockedXor##suffix(type volatile* Target, type Value) {                   \
    return (type)__atomic_fetch_xor(Target, Value, __ATOMIC_SEQ_CST);                              \
  }                                                                                                \
  HBALAB_INLINE type InterlockedCompareExchange##suffix(type volatile* Target, type Value,         \
                                                        type Comparand) {                          \
    __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    return Comparand;                                                                              \
  }
HBALAB_INTERLOCKED(, LONG)
HBALAB_INTERLOCKED(16, SHORT)
HBALAB_INTERLOCKED(64, LONG64)
#undef HBALAB_INTERLOCKED

HBALAB_INLINE PVOID InterlockedExchangePointer(PVOID volatile* Target, PVOID Value) {
  return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
HBALAB_INLINE PVOID InterlockedCompareExchangePointer(PVOID volatile* Target, PVOID Value,
                                                      PVOID Comparand) {
  __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return Comparand;
}
/* Drivers pass pointers to pointers of any type. */
#define InterlockedExchangePointer(Target, Value) \
  InterlockedExchangePointer((PVOID volatile*)(Target), (PVOID)(Value))
#define InterlockedCompareExchangePointer(Target, Value, Comparand) \
  InterlockedCompareExchangePointer((PVOID volatile*)(Target), (PVOID)(Value), (PVOID)(Comparand))

HBALAB_INLINE UCHAR InterlockedBitTestAndSet(LONG volatile* Base, LONG Bit) {
  const LONG Mask = (LONG)(1u << (Bit & 31));
  return (InterlockedOr(Base + (Bit >> 5), Mask) & Mask) != 0;
}
HBALAB_INLINE UCHAR InterlockedBitTestAndReset(LONG volatile* Base, LONG Bit) {
  const LONG Mask = (LONG)(1u << (Bit & 31));
  return (InterlockedAnd(Base + (Bit >> 5), ~Mask) & Mask) != 0;
}

#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedExchangeAddNoFence InterlockedExchangeAdd
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedOrAffinity InterlockedOr64
#define InterlockedAndAffinity InterlockedAnd64
#define InterlockedAddPtr InterlockedAdd64
#define InterlockedIncrementSizeT(Target) \
  ((SIZE_T)InterlockedIncrement64((LONG64 volatile*)(Target)))
#define InterlockedDecrementSizeT(Target) \
  ((SIZE_T)InterlockedDecrement64((LONG64 volatile*)(Target)))

#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define ReadAcquire(Source) __atomic_load_n(Source, __ATOMIC_ACQUIRE)
#define ReadNoFence(Source) __atomic_load_n(Source, __ATOMIC_RELAXED)
#define ReadULongAcquire ReadAcquire
#define ReadULongNoFence ReadNoFence
#define WriteRelease(Target, Value) __atomic_store_n(Target, Value, __ATOMIC_RELEASE)
#define WriteNoFence(Target, Value) __atomic_store_n(Target, Value, __ATOMIC_RELAXED)
#define ReadPointerAcquire ReadAcquire
#define ReadPointerNoFence ReadNoFence
#define WritePointerRelease WriteRelease
#ifdef __x86_64__
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() ((void)0)
#endif

HBALAB_EXTERN_C_END

#endif
