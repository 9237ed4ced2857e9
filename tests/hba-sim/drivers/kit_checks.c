/* Services, as a driver sees them: the line of the first check that does not hold, or 0. */
#include <string.h>

#include "kit_driver.h"

#define CHECK(condition) \
  if (!(condition)) return __LINE__

typedef struct _ENTRY {
  struct _ENTRY* Next;
  ULONGLONG Pad;
} __attribute__((aligned(16))) ENTRY;

static ULONG CheckRegistry(PKIT_ADAPTER Adapter) {
  ULONG size = 64, number = 0, more = 64;
  PUCHAR buffer = StorPortAllocateRegistryBuffer(Adapter, &size);
  CHECK(buffer != NULL && size == 64);
  CHECK(StorPortAllocateRegistryBuffer(Adapter, &more) == NULL);
  size = 2;
  CHECK(!StorPortRegistryRead(Adapter, (PUCHAR) "Vendor", 1, MINIPORT_REG_SZ, buffer, &size));
  CHECK(size == 5);
  CHECK(StorPortRegistryRead(Adapter, (PUCHAR) "vendor", 1, MINIPORT_REG_SZ, buffer, &size));
  CHECK(strcmp((char*)buffer, "Acme") == 0);
  size = 64;
  CHECK(!StorPortRegistryRead(Adapter, (PUCHAR) "Vendor", 1, MINIPORT_REG_DWORD, buffer, &size));
  CHECK(size == 0);
  size = 64;
  CHECK(!StorPortRegistryRead(Adapter, (PUCHAR) "None", 1, MINIPORT_REG_SZ, buffer, &size));
  CHECK(size == 0);
  number = 7;
  CHECK(StorPortRegistryWrite(Adapter, (PUCHAR) "New", 1, MINIPORT_REG_DWORD, (PUCHAR)&number,
                              sizeof number));
  size = 64;
  CHECK(StorPortRegistryRead(Adapter, (PUCHAR) "new", 1, MINIPORT_REG_DWORD, buffer, &size));
  CHECK(size == sizeof number && memcmp(buffer, &number, sizeof number) == 0);
  StorPortFreeRegistryBuffer(Adapter, buffer);
  return 0;
}

static ULONG CheckMemory(PKIT_ADAPTER Adapter) {
  PVOID memory = NULL;
  ULONG length = 0;
  PHYSICAL_ADDRESS physical;
  PUCHAR unit;
  CHECK(StorPortExtendedFunction(ExtFunctionAllocatePool, Adapter, 64u, 1u, &memory) == 0);
  CHECK(memory != NULL);
  physical = StorPortGetPhysicalAddress(Adapter, NULL, (PUCHAR)memory + 4, &length);
  CHECK(physical.QuadPart != 0 && length == 60);
  CHECK(StorPortGetVirtualAddress(Adapter, physical) == (PUCHAR)memory + 4);
  CHECK(StorPortExtendedFunction(ExtFunctionFreePool, Adapter, memory) == 0);
  CHECK(StorPortExtendedFunction(ExtFunctionAllocatePool, Adapter, 0u, 1u, &memory) != 0);
  CHECK(StorPortGetUncachedExtension(Adapter, NULL, 16) == NULL);
  CHECK((ULONG_PTR)Adapter->Uncached % 4096 == 0);
  CHECK(((PUCHAR)Adapter->Uncached)[4095] == 0);
  physical = StorPortGetPhysicalAddress(Adapter, NULL, Adapter->Uncached, &length);
  CHECK(length >= 4096);
  unit = StorPortGetLogicalUnit(Adapter, 0, 0, 0);
  CHECK(unit != NULL && unit[0] == 0 && unit[31] == 0);
  unit[0] = 1;
  CHECK(StorPortGetLogicalUnit(Adapter, 0, 0, 0) == unit);
  return 0;
}

static ULONG CheckLists(PKIT_ADAPTER Adapter) {
  ULONGLONG head[2] __attribute__((aligned(16)));
  ENTRY one = {NULL, 0}, other = {NULL, 0};
  PVOID result = &one;
  USHORT depth = 9;
  CHECK(StorPortExtendedFunction(ExtFunctionInitializeSListHead, Adapter, head) == 0);
  CHECK(StorPortExtendedFunction(ExtFunctionInterlockedPopEntrySList, Adapter, head, &result) == 0);
  CHECK(result == NULL);
  CHECK(StorPortExtendedFunction(ExtFunctionInterlockedPushEntrySList, Adapter, head, &one,
                                 &result) == 0);
  CHECK(result == NULL);
  CHECK(StorPortExtendedFunction(ExtFunctionInterlockedPushEntrySList, Adapter, head, &other,
                                 &result) == 0);
  CHECK(result == &one);
  CHECK(StorPortExtendedFunction(ExtFunctionQueryDepthSList, Adapter, head, &depth) == 0);
  CHECK(depth == 2);
  CHECK(StorPortExtendedFunction(ExtFunctionInterlockedPopEntrySList, Adapter, head, &result) == 0);
  CHECK(result == &other);
  CHECK(StorPortExtendedFunction(ExtFunctionInterlockedFlushSList, Adapter, head, &result) == 0);
  CHECK(result == &one && one.Next == NULL);
  return 0;
}

static ULONG CheckTime(PKIT_ADAPTER Adapter) {
  LARGE_INTEGER frequency, counter, ticks, system;
  CHECK(StorPortExtendedFunction(ExtFunctionQueryPerformanceCounter, Adapter, &frequency,
                                 &counter) == 0);
  CHECK(frequency.QuadPart == 10000000);
  ticks.QuadPart = -1;
  StorPortNotification(QueryTickCount, Adapter, &ticks);
  CHECK(ticks.QuadPart >= 0);
  system.QuadPart = 0;
  StorPortQuerySystemTime(&system);
  CHECK(system.QuadPart > 130000000000000000ll);
  StorPortStallExecution(1);
  return 0;
}

ULONG KitCheckServices(PKIT_ADAPTER Adapter) {
  static const WCHAR wide[] = {'w', 'i', 'd', 'e', 0};
  static const WCHAR pair[] = {0xD83D, 0xDE00, 0xDE00, 0};
  ULONG line = CheckRegistry(Adapter);
  if (line == 0) line = CheckMemory(Adapter);
  if (line == 0) line = CheckLists(Adapter);
  if (line == 0) line = CheckTime(Adapter);
  DbgPrint("checked %ws %S %d %lu %I64x %s|%.2s|\n", wide, wide, -1, 7u, 0x123456789aull, "text",
           "text");
  DbgPrint("%S|%6.2f|%#x|%.1ws|\n", pair, 2.25, 0x1F, wide);
  StorPortLogError(Adapter, NULL, 0, 1, 2, 6, 0x55);
  StorPortNotification(LinkUp, Adapter);
  return line;
}
