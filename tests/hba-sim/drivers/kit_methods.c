/* Methods of the test driver: what completes later, and what goes wrong on purpose. */
#include <stdlib.h>
#include <string.h>

#include "kit_driver.h"

static VOID Answer(PKIT_REQUEST Request, ULONG Value) {
  /* The OUT of every method is one number; where it goes was remembered in the context's buffer. */
  PUCHAR out = Request->Context.Buffer;
  ULONG offset;
  memcpy(&offset, out + offsetof(WNODE_METHOD_ITEM, DataBlockOffset), sizeof offset);
  memcpy(out + offset, &Value, sizeof Value);
  ScsiPortWmiPostProcess(&Request->Context, SRB_STATUS_SUCCESS, sizeof Value);
}

static VOID Finish(PKIT_REQUEST Request) {
  Answer(Request, Request->Value);
  KitComplete(Request);
}

static VOID TimerDue(PVOID DeviceExtension, PVOID Context) {
  PKIT_ADAPTER adapter = DeviceExtension;
  adapter->Waiting = NULL;
  if (KitUnpend(Context)) Finish(Context);
}

static VOID WorkDue(PVOID DeviceExtension, PVOID Context, PVOID Worker) {
  STOR_LOCK_HANDLE start;
  UNREFERENCED_PARAMETER(Worker);
  StorPortNotification(AcquireSpinLock, DeviceExtension, StartIoLock, NULL, &start);
  if (KitUnpend(Context)) Finish(Context);
  StorPortNotification(ReleaseSpinLock, DeviceExtension, &start);
}

VOID KitDpc(PSTOR_DPC Dpc, PVOID HwDeviceExtension, PVOID Argument1, PVOID Argument2);
VOID KitDpc(PSTOR_DPC Dpc, PVOID HwDeviceExtension, PVOID Argument1, PVOID Argument2) {
  STOR_LOCK_HANDLE dpc, start;
  UNREFERENCED_PARAMETER(Argument2);
  StorPortNotification(AcquireSpinLock, HwDeviceExtension, DpcLock, Dpc, &dpc);
  StorPortNotification(AcquireSpinLock, HwDeviceExtension, StartIoLock, NULL, &start);
  if (KitUnpend(Argument1)) Finish(Argument1);
  StorPortNotification(ReleaseSpinLock, HwDeviceExtension, &start);
  StorPortNotification(ReleaseSpinLock, HwDeviceExtension, &dpc);
}

static VOID Misbehave(PKIT_ADAPTER Adapter, ULONG How) {
  PVOID memory = NULL;
  STOR_LOCK_HANDLE handle;
  PHYSICAL_ADDRESS address;
  switch (How) {
    case MisbehaveExit:
      exit(3);
    case MisbehaveAbort:
      abort();
    case MisbehaveTrap:
      memset(&address, 0, sizeof address);
      StorPortGetDeviceBase(Adapter, PCIBus, 0, address, 4096, FALSE);
      break;
    case MisbehaveLeak:
      StorPortExtendedFunction(ExtFunctionAllocatePool, Adapter, 100u, 0x6B61654Cu, &memory);
      break;
    case MisbehaveLock:
      StorPortNotification(AcquireSpinLock, Adapter, DpcLock, &Adapter->Dpc, &handle);
      break;
    case MisbehaveFreeTwice:
      StorPortExtendedFunction(ExtFunctionAllocatePool, Adapter, 100u, 1u, &memory);
      StorPortExtendedFunction(ExtFunctionFreePool, Adapter, memory);
      StorPortExtendedFunction(ExtFunctionFreePool, Adapter, memory);
      break;
    case MisbehaveExtension:
      StorPortLogError(&Adapter->Value[1], NULL, 0, 0, 0, 1, 1);
      break;
    default:
      KitCrash(How);
      break;
  }
}

static BOOLEAN Busy(PSCSIWMI_REQUEST_CONTEXT Context) {
  ScsiPortWmiPostProcess(Context, SRB_STATUS_BUSY, 0);
  return FALSE;
}

BOOLEAN KitExecute(PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT Context, ULONG GuidIndex,
                   ULONG InstanceIndex, ULONG MethodId, ULONG InSize, ULONG OutSize,
                   PUCHAR Buffer) {
  PKIT_ADAPTER adapter = DeviceContext;
  PKIT_REQUEST request = Context->UserContext;
  ULONG in[2] = {0, 0};
  BOOLEAN issued = FALSE;
  UNREFERENCED_PARAMETER(InstanceIndex);
  memcpy(in, Buffer, InSize < sizeof in ? InSize : sizeof in);
  if (GuidIndex != OperationsIndex || MethodId == 0 || MethodId > 8) {
    ScsiPortWmiPostProcess(Context, SRB_STATUS_INVALID_REQUEST, 0);
    return FALSE;
  }
  if (OutSize < sizeof(ULONG)) {
    ScsiPortWmiPostProcess(Context, SRB_STATUS_DATA_OVERRUN, sizeof(ULONG));
    return FALSE;
  }
  request->Value = in[0];
  switch (MethodId) {
    case 1:
      Answer(request, in[0] + in[1]);
      return FALSE;
    case 2: /* one timer: one request at a time */
      if (adapter->Waiting != NULL) return Busy(Context);
      adapter->Waiting = request;
      StorPortExtendedFunction(ExtFunctionRequestTimer, adapter, adapter->Timer, TimerDue, request,
                               (ULONGLONG)in[0] * 1000, 0ull);
      KitPend(request);
      return TRUE;
    case 3:
      if (StorPortExtendedFunction(ExtFunctionQueueWorkItem, adapter, WorkDue, adapter->Worker,
                                   request) != 0)
        return Busy(Context);
      KitPend(request);
      return TRUE;
    case 4:
      StorPortNotification(IssueDpc, adapter, &adapter->Dpc, request, NULL, &issued);
      if (!issued) return Busy(Context);
      KitPend(request);
      return TRUE;
    case 5:
      KitFire(adapter, in[0]);
      break;
    case 6:
      if (in[0] == MisbehavePastEnd) Buffer[OutSize + 64] = 1;
      Misbehave(adapter, in[0]);
      break;
    case 7:
      Answer(request, KitCheckServices(adapter));
      return FALSE;
    default:
      if (in[0] == 0) {
        StorPortResume(adapter);
      } else {
        StorPortPause(adapter, in[0]);
      }
      break;
  }
  Answer(request, in[0]);
  return FALSE;
}
