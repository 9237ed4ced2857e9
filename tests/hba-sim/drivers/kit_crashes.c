/* Ways in which a driver ends the process that it runs in, or keeps it. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kit_driver.h"

static volatile ULONG Zero;

/* Never left: the stack ends first. */
__attribute__((noinline)) static ULONG Recurse(ULONG Depth) {
  volatile UCHAR room[4096];
  room[0] = (UCHAR)Depth;
  return (Depth + Zero == 0xFFFFFFFFu ? 0 : Recurse(Depth + 1)) + room[0];
}

__attribute__((noinline)) static VOID FreeTwice(VOID) {
  void* volatile memory = malloc(24);
  void* volatile same = memory;
  free(memory);
  free(same);
}

__attribute__((noinline)) static VOID Hang(VOID) {
  while (Zero == 0) continue;
}

VOID KitCrash(ULONG How) {
  volatile ULONG* volatile nowhere = NULL;
  switch (How) {
    case MisbehaveCrash:
      *nowhere = 1;
      break;
    case MisbehaveDivide:
      Zero = How / Zero;
      break;
    case MisbehaveStack:
      Zero = Recurse(0);
      break;
    case MisbehaveHeap:
      FreeTwice();
      break;
    case MisbehaveHang:
      Hang();
      break;
    case MisbehaveEnd:
      syscall(SYS_exit_group, 7);
      break;
    default:
      break;
  }
}
