/* What driver_bench and its miniport have in common. */
#ifndef HBALAB_BENCH_DRIVER_BENCH_MINIPORT_H
#define HBALAB_BENCH_DRIVER_BENCH_MINIPORT_H

#include "hba-sim/include/guiddef.h"
#include "hba-sim/include/ntdef.h"

/* GUIDs that differ in the first number alone. */
#define BENCH_GUID(number) \
  {0x6B1E0000 + (number), 0x5A51, 0x4C5A, {0x9C, 0x12, 0x0D, 0x0B, 0x5E, 0x7A, 0x10, 0x01}}
#define BENCH_METHOD_GUID BENCH_GUID(1)
#define BENCH_BLOCK_GUID BENCH_GUID(2)
#define BENCH_LARGE_GUID BENCH_GUID(3)
#define BENCH_HUGE_GUID BENCH_GUID(4)

enum {
  BENCH_METHOD = 1,
  BENCH_NUMBERS = 4, /* of IN, and of OUT */
  BENCH_INSTANCES = 4,
  BENCH_BLOCK_SIZE = 64,
  BENCH_LARGE_SIZE = 64 * 1024,
  BENCH_HUGE_SIZE = 1024 * 1024
};

/* Of the one that is linked in; the shared object's is DriverEntry. */
#ifndef BENCH_DRIVER_ENTRY
#define BENCH_DRIVER_ENTRY BenchDriverEntry
#endif
#ifdef __cplusplus
extern "C"
#endif
    ULONG
    BENCH_DRIVER_ENTRY(PVOID DriverObject, PVOID RegistryPath);

#endif
