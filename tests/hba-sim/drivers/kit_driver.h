/* The test driver's structures, for its parts. */
#ifndef HBALAB_TEST_KIT_DRIVER_H
#define HBALAB_TEST_KIT_DRIVER_H

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"

#define KIT_INSTANCES 2

/* In the list of GUIDs. */
enum { CounterIndex, OperationsIndex, EventIndex, NamedIndex };

/* How KitTest_Operations.Misbehave does so. */
enum {
  MisbehaveExit = 1,
  MisbehaveTrap,
  MisbehaveLeak,
  MisbehaveLock,
  MisbehaveAbort,
  MisbehaveFreeTwice,
  MisbehaveExtension,
  MisbehavePastEnd, /* of the method's buffer */
  /* Only for a driver in a process of its own. */
  MisbehaveCrash,
  MisbehaveDivide,
  MisbehaveStack,
  MisbehaveHeap,
  MisbehaveHang,
  MisbehaveEnd
};

typedef struct _KIT_ADAPTER {
  ULONG Value[KIT_INSTANCES];
  ULONG Limit;
  ULONG Limit2;
  PVOID Uncached;
  PVOID Timer;
  PVOID Worker;
  STOR_DPC Dpc;
  BOOLEAN Events;
  struct _KIT_REQUEST* Waiting;
  struct _KIT_REQUEST* Pending; /* all that pend; guarded by the StartIo lock */
  UCHAR EventBuffer[0x40 + sizeof(ULONG)];
} KIT_ADAPTER, *PKIT_ADAPTER;

/* The SRB extension. */
typedef struct _KIT_REQUEST {
  SCSIWMI_REQUEST_CONTEXT Context;
  PKIT_ADAPTER Adapter;
  PVOID Srb;
  struct _KIT_REQUEST* Next;
  ULONG Value;
} KIT_REQUEST, *PKIT_REQUEST;

extern LONG KitLoads; /* how often DriverEntry ran */

BOOLEAN KitExecute(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                   ULONG InstanceIndex, ULONG MethodId, ULONG InSize, ULONG OutSize, PUCHAR Buffer);
VOID KitComplete(PKIT_REQUEST Request);
VOID KitPend(PKIT_REQUEST Request);
BOOLEAN KitUnpend(PKIT_REQUEST Request); /* FALSE: it has been completed meanwhile */
VOID KitFire(PKIT_ADAPTER Adapter, ULONG Value);
VOID KitCrash(ULONG How);
ULONG KitCheckServices(PKIT_ADAPTER Adapter);

#endif
