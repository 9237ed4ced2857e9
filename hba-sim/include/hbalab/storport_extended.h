/*
 * The extended functions of Storport, all of which reach the port driver through one function that
 * takes a code. What follows HwDeviceExtension there has the types of the wrappers below.
 */
#ifndef HBALAB_STORPORT_EXTENDED_H
#define HBALAB_STORPORT_EXTENDED_H

#include "storport_types.h"

HBALAB_EXTERN_C_BEGIN

typedef enum _STORPORT_FUNCTION_CODE {
  ExtFunctionAllocatePool,
  ExtFunctionFreePool,
  ExtFunctionAllocateMdl,
  ExtFunctionFreeMdl,
  ExtFunctionBuildMdlForNonPagedPool,
  ExtFunctionGetSystemAddress,
  ExtFunctionGetOriginalMdl,
  ExtFunctionCompleteServiceIrp,
  ExtFunctionGetDeviceObjects,
  ExtFunctionBuildScatterGatherList,
  ExtFunctionPutScatterGatherList,
  ExtFunctionAcquireMSISpinLock,
  ExtFunctionReleaseMSISpinLock,
  ExtFunctionGetMessageInterruptInformation,
  ExtFunctionInitializePerformanceOptimizations,
  ExtFunctionGetStartIoPerformanceParameters,
  ExtFunctionLogSystemEvent,
  ExtFunctionGetCurrentProcessorNumber,
  ExtFunctionGetActiveGroupCount,
  ExtFunctionGetGroupAffinity,
  ExtFunctionGetActiveNodeCount,
  ExtFunctionGetNodeAffinity,
  ExtFunctionGetHighestNodeNumber,
  ExtFunctionGetLogicalProcessorRelationship,
  ExtFunctionAllocateContiguousMemorySpecifyCacheNode,
  ExtFunctionFreeContiguousMemorySpecifyCache,
  ExtFunctionSetPowerSettingNotificationGuids,
  ExtFunctionInvokeAcpiMethod,
  ExtFunctionGetRequestInfo,
  ExtFunctionInitializeWorker,
  ExtFunctionQueueWorkItem,
  ExtFunctionFreeWorker,
  ExtFunctionInitializeTimer,
  ExtFunctionRequestTimer,
  ExtFunctionFreeTimer,
  ExtFunctionInitializeSListHead,
  ExtFunctionInterlockedFlushSList,
  ExtFunctionInterlockedPopEntrySList,
  ExtFunctionInterlockedPushEntrySList,
  ExtFunctionQueryDepthSList,
  ExtFunctionGetActivityId,
  ExtFunctionGetSystemPortNumber,
  ExtFunctionGetDataInBufferMdl,
  ExtFunctionGetDataInBufferSystemAddress,
  ExtFunctionGetDataInBufferScatterGatherList,
  ExtFunctionMarkDumpMemory,
  ExtFunctionSetUnitAttributes,
  ExtFunctionQueryPerformanceCounter,
  ExtFunctionInitializePoFxPower,
  ExtFunctionPoFxActivateComponent,
  ExtFunctionPoFxIdleComponent,
  ExtFunctionPoFxSetComponentLatency,
  ExtFunctionPoFxSetComponentResidency,
  ExtFunctionPoFxPowerControl,
  ExtFunctionFlushDataBufferMdl,
  ExtFunctionDeviceOperationAllowed,
  ExtFunctionGetProcessorIndexFromNumber,
  ExtFunctionPoFxSetIdleTimeout,
  ExtFunctionMiniportEtwEvent2,
  ExtFunctionMiniportEtwEvent4,
  ExtFunctionMiniportEtwEvent8,
  ExtFunctionCurrentOsInstallationUpgrade,
  ExtFunctionRegistryReadAdapterKey,
  ExtFunctionRegistryWriteAdapterKey,
  ExtFunctionSetAdapterBusType,
  ExtFunctionPoFxRegisterPerfStates,
  ExtFunctionPoFxSetPerfState,
  ExtFunctionGetD3ColdSupport,
  ExtFunctionInitializeRpmb,
  ExtFunctionAllocateHmb,
  ExtFunctionFreeHmb,
  ExtFunctionPropagateIrpExtension
} STORPORT_FUNCTION_CODE,
    *PSTORPORT_FUNCTION_CODE;

ULONG StorPortExtendedFunction(STORPORT_FUNCTION_CODE FunctionCode, PVOID HwDeviceExtension, ...);

HBALAB_INLINE ULONG StorPortAllocatePool(PVOID HwDeviceExtension, ULONG NumberOfBytes, ULONG Tag,
                                         PVOID* BufferPointer) {
  return StorPortExtendedFunction(ExtFunctionAllocatePool, HwDeviceExtension, NumberOfBytes, Tag,
                                  BufferPointer);
}
HBALAB_INLINE ULONG StorPortFreePool(PVOID HwDeviceExtension, PVOID BufferPointer) {
  return StorPortExtendedFunction(ExtFunctionFreePool, HwDeviceExtension, BufferPointer);
}
HBALAB_INLINE ULONG StorPortAllocateMdl(PVOID HwDeviceExtension, PVOID BufferPointer,
                                        ULONG NumberOfBytes, PVOID* Mdl) {
  return StorPortExtendedFunction(ExtFunctionAllocateMdl, HwDeviceExtension, BufferPointer,
                                  NumberOfBytes, Mdl);
}
HBALAB_INLINE ULONG StorPortFreeMdl(PVOID HwDeviceExtension, PVOID Mdl) {
  return StorPortExtendedFunction(ExtFunctionFreeMdl, HwDeviceExtension, Mdl);
}
HBALAB_INLINE ULONG StorPortBuildMdlForNonPagedPool(PVOID HwDeviceExtension, PVOID Mdl) {
  return StorPortExtendedFunction(ExtFunctionBuildMdlForNonPagedPool, HwDeviceExtension, Mdl);
}
HBALAB_INLINE ULONG StorPortGetSystemAddress(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                             PVOID* SystemAddress) {
  return StorPortExtendedFunction(ExtFunctionGetSystemAddress, HwDeviceExtension, Srb,
                                  SystemAddress);
}
HBALAB_INLINE ULONG StorPortGetOriginalMdl(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                           PVOID* Mdl) {
  return StorPortExtendedFunction(ExtFunctionGetOriginalMdl, HwDeviceExtension, Srb, Mdl);
}
HBALAB_INLINE ULONG StorPortCompleteServiceIrp(PVOID HwDeviceExtension, PVOID Irp) {
  return StorPortExtendedFunction(ExtFunctionCompleteServiceIrp, HwDeviceExtension, Irp);
}
HBALAB_INLINE ULONG StorPortGetDeviceObjects(PVOID HwDeviceExtension, PVOID* AdapterDeviceObject,
                                             PVOID* PhysicalDeviceObject,
                                             PVOID* LowerDeviceObject) {
  return StorPortExtendedFunction(ExtFunctionGetDeviceObjects, HwDeviceExtension,
                                  AdapterDeviceObject, PhysicalDeviceObject, LowerDeviceObject);
}
HBALAB_INLINE ULONG StorPortBuildScatterGatherList(PVOID HwDeviceExtension, PVOID Mdl,
                                                   PVOID CurrentVa, ULONG Length,
                                                   PpostScaterGatherExecute ExecutionRoutine,
                                                   PVOID Context, BOOLEAN WriteToDevice,
                                                   PVOID ScatterGatherBuffer,
                                                   ULONG ScatterGatherBufferLength) {
  return StorPortExtendedFunction(ExtFunctionBuildScatterGatherList, HwDeviceExtension, Mdl,
                                  CurrentVa, Length, ExecutionRoutine, Context, WriteToDevice,
                                  ScatterGatherBuffer, ScatterGatherBufferLength);
}
HBALAB_INLINE ULONG StorPortPutScatterGatherList(PVOID HwDeviceExtension,
                                                 PSTOR_SCATTER_GATHER_LIST ScatterGatherList,
                                                 BOOLEAN WriteToDevice) {
  return StorPortExtendedFunction(ExtFunctionPutScatterGatherList, HwDeviceExtension,
                                  ScatterGatherList, WriteToDevice);
}
HBALAB_INLINE ULONG StorPortAcquireMSISpinLock(PVOID HwDeviceExtension, ULONG MessageId,
                                               PULONG OldIrql) {
  return StorPortExtendedFunction(ExtFunctionAcquireMSISpinLock, HwDeviceExtension, MessageId,
                                  OldIrql);
}
HBALAB_INLINE ULONG StorPortReleaseMSISpinLock(PVOID HwDeviceExtension, ULONG MessageId,
                                               ULONG OldIrql) {
  return StorPortExtendedFunction(ExtFunctionReleaseMSISpinLock, HwDeviceExtension, MessageId,
                                  OldIrql);
}
HBALAB_INLINE ULONG StorPortGetMSIInfo(PVOID HwDeviceExtension, ULONG MessageId,
                                       PMESSAGE_INTERRUPT_INFORMATION InterruptInfo) {
  return StorPortExtendedFunction(ExtFunctionGetMessageInterruptInformation, HwDeviceExtension,
                                  MessageId, InterruptInfo);
}
HBALAB_INLINE ULONG StorPortInitializePerfOpts(PVOID HwDeviceExtension, BOOLEAN Query,
                                               PPERF_CONFIGURATION_DATA PerfConfigData) {
  return StorPortExtendedFunction(ExtFunctionInitializePerformanceOptimizations, HwDeviceExtension,
                                  Query, PerfConfigData);
}
HBALAB_INLINE ULONG
StorPortGetStartIoPerfParams(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                             PSTARTIO_PERFORMANCE_PARAMETERS StartIoPerfParams) {
  return StorPortExtendedFunction(ExtFunctionGetStartIoPerformanceParameters, HwDeviceExtension,
                                  Srb, StartIoPerfParams);
}
HBALAB_INLINE ULONG StorPortLogSystemEvent(PVOID HwDeviceExtension,
                                           PSTOR_LOG_EVENT_DETAILS LogDetails, PULONG MaximumSize) {
  return StorPortExtendedFunction(ExtFunctionLogSystemEvent, HwDeviceExtension, LogDetails,
                                  MaximumSize);
}
HBALAB_INLINE ULONG StorPortGetCurrentProcessorNumber(PVOID HwDeviceExtension,
                                                      PPROCESSOR_NUMBER ProcNumber) {
  return StorPortExtendedFunction(ExtFunctionGetCurrentProcessorNumber, HwDeviceExtension,
                                  ProcNumber);
}
HBALAB_INLINE ULONG StorPortGetActiveGroupCount(PVOID HwDeviceExtension, PUSHORT NumberGroups) {
  return StorPortExtendedFunction(ExtFunctionGetActiveGroupCount, HwDeviceExtension, NumberGroups);
}
HBALAB_INLINE ULONG StorPortGetGroupAffinity(PVOID HwDeviceExtension, USHORT GroupNumber,
                                             PKAFFINITY GroupAffinityMask) {
  return StorPortExtendedFunction(ExtFunctionGetGroupAffinity, HwDeviceExtension, GroupNumber,
                                  GroupAffinityMask);
}
HBALAB_INLINE ULONG StorPortGetActiveNodeCount(PVOID HwDeviceExtension, PULONG NumberNodes) {
  return StorPortExtendedFunction(ExtFunctionGetActiveNodeCount, HwDeviceExtension, NumberNodes);
}
HBALAB_INLINE ULONG StorPortGetNodeAffinity(PVOID HwDeviceExtension, ULONG NodeNumber,
                                            PGROUP_AFFINITY NodeAffinityMask) {
  return StorPortExtendedFunction(ExtFunctionGetNodeAffinity, HwDeviceExtension, NodeNumber,
                                  NodeAffinityMask);
}
HBALAB_INLINE ULONG StorPortGetHighestNodeNumber(PVOID HwDeviceExtension, PULONG HighestNode) {
  return StorPortExtendedFunction(ExtFunctionGetHighestNodeNumber, HwDeviceExtension, HighestNode);
}
HBALAB_INLINE ULONG StorPortAllocateContiguousMemorySpecifyCacheNode(
    PVOID HwDeviceExtension, SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
    PHYSICAL_ADDRESS HighestAcceptableAddress, PHYSICAL_ADDRESS BoundaryAddressMultiple,
    MEMORY_CACHING_TYPE CacheType, NODE_REQUIREMENT PreferredNode, PVOID* BufferPointer) {
  return StorPortExtendedFunction(ExtFunctionAllocateContiguousMemorySpecifyCacheNode,
                                  HwDeviceExtension, NumberOfBytes, LowestAcceptableAddress,
                                  HighestAcceptableAddress, BoundaryAddressMultiple, CacheType,
                                  PreferredNode, BufferPointer);
}
HBALAB_INLINE ULONG StorPortFreeContiguousMemorySpecifyCache(PVOID HwDeviceExtension,
                                                             PVOID BaseAddress,
                                                             SIZE_T NumberOfBytes,
                                                             MEMORY_CACHING_TYPE CacheType) {
  return StorPortExtendedFunction(ExtFunctionFreeContiguousMemorySpecifyCache, HwDeviceExtension,
                                  BaseAddress, NumberOfBytes, CacheType);
}
HBALAB_INLINE ULONG StorPortSetPowerSettingNotificationGuids(PVOID HwDeviceExtension,
                                                             ULONG GuidCount, LPCGUID Guid) {
  return StorPortExtendedFunction(ExtFunctionSetPowerSettingNotificationGuids, HwDeviceExtension,
                                  GuidCount, Guid);
}
HBALAB_INLINE ULONG StorPortInvokeAcpiMethod(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                             ULONG MethodName, PVOID InputBuffer,
                                             ULONG InputBufferLength, PVOID OutputBuffer,
                                             ULONG OutputBufferLength, PULONG BytesReturned) {
  return StorPortExtendedFunction(ExtFunctionInvokeAcpiMethod, HwDeviceExtension, Address,
                                  MethodName, InputBuffer, InputBufferLength, OutputBuffer,
                                  OutputBufferLength, BytesReturned);
}
HBALAB_INLINE ULONG StorPortGetRequestInfo(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                           PSTOR_REQUEST_INFO RequestInfo) {
  return StorPortExtendedFunction(ExtFunctionGetRequestInfo, HwDeviceExtension, Srb, RequestInfo);
}
HBALAB_INLINE ULONG StorPortInitializeWorker(PVOID HwDeviceExtension, PVOID* Worker) {
  return StorPortExtendedFunction(ExtFunctionInitializeWorker, HwDeviceExtension, Worker);
}
HBALAB_INLINE ULONG StorPortQueueWorkItem(PVOID HwDeviceExtension, PHW_WORKITEM WorkItemCallback,
                                          PVOID Worker, PVOID Context) {
  return StorPortExtendedFunction(ExtFunctionQueueWorkItem, HwDeviceExtension, WorkItemCallback,
                                  Worker, Context);
}
HBALAB_INLINE ULONG StorPortFreeWorker(PVOID HwDeviceExtension, PVOID Worker) {
  return StorPortExtendedFunction(ExtFunctionFreeWorker, HwDeviceExtension, Worker);
}
HBALAB_INLINE ULONG StorPortInitializeTimer(PVOID HwDeviceExtension, PVOID* TimerHandle) {
  return StorPortExtendedFunction(ExtFunctionInitializeTimer, HwDeviceExtension, TimerHandle);
}
HBALAB_INLINE ULONG StorPortRequestTimer(PVOID HwDeviceExtension, PVOID TimerHandle,
                                         PHW_TIMER_EX TimerCallback, PVOID CallbackContext,
                                         ULONGLONG TimerValue, ULONGLONG TolerableDelay) {
  return StorPortExtendedFunction(ExtFunctionRequestTimer, HwDeviceExtension, TimerHandle,
                                  TimerCallback, CallbackContext, TimerValue, TolerableDelay);
}
HBALAB_INLINE ULONG StorPortFreeTimer(PVOID HwDeviceExtension, PVOID TimerHandle) {
  return StorPortExtendedFunction(ExtFunctionFreeTimer, HwDeviceExtension, TimerHandle);
}
HBALAB_INLINE ULONG StorPortInitializeSListHead(PVOID HwDeviceExtension,
                                                PSTOR_SLIST_HEADER SListHead) {
  return StorPortExtendedFunction(ExtFunctionInitializeSListHead, HwDeviceExtension, SListHead);
}
HBALAB_INLINE ULONG StorPortInterlockedFlushSList(PVOID HwDeviceExtension,
                                                  PSTOR_SLIST_HEADER SListHead,
                                                  PSTOR_SLIST_ENTRY* Result) {
  return StorPortExtendedFunction(ExtFunctionInterlockedFlushSList, HwDeviceExtension, SListHead,
                                  Result);
}
HBALAB_INLINE ULONG StorPortInterlockedPopEntrySList(PVOID HwDeviceExtension,
                                                     PSTOR_SLIST_HEADER SListHead,
                                                     PSTOR_SLIST_ENTRY* Result) {
  return StorPortExtendedFunction(ExtFunctionInterlockedPopEntrySList, HwDeviceExtension, SListHead,
                                  Result);
}
HBALAB_INLINE ULONG StorPortInterlockedPushEntrySList(PVOID HwDeviceExtension,
                                                      PSTOR_SLIST_HEADER SListHead,
                                                      PSTOR_SLIST_ENTRY SListEntry,
                                                      PSTOR_SLIST_ENTRY* Result) {
  return StorPortExtendedFunction(ExtFunctionInterlockedPushEntrySList, HwDeviceExtension,
                                  SListHead, SListEntry, Result);
}
HBALAB_INLINE ULONG StorPortQueryDepthSList(PVOID HwDeviceExtension, PSTOR_SLIST_HEADER SListHead,
                                            PUSHORT Depth) {
  return StorPortExtendedFunction(ExtFunctionQueryDepthSList, HwDeviceExtension, SListHead, Depth);
}
HBALAB_INLINE ULONG StorPortGetActivityIdSrb(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                             LPGUID ActivityId) {
  return StorPortExtendedFunction(ExtFunctionGetActivityId, HwDeviceExtension, Srb, ActivityId);
}
HBALAB_INLINE ULONG StorPortGetSystemPortNumber(PVOID HwDeviceExtension, PSTOR_ADDRESS Address) {
  return StorPortExtendedFunction(ExtFunctionGetSystemPortNumber, HwDeviceExtension, Address);
}
HBALAB_INLINE ULONG StorPortGetDataInBufferMdl(PVOID HwDeviceExtension, PVOID Srb, PVOID* Mdl) {
  return StorPortExtendedFunction(ExtFunctionGetDataInBufferMdl, HwDeviceExtension, Srb, Mdl);
}
HBALAB_INLINE ULONG StorPortGetDataInBufferSystemAddress(PVOID HwDeviceExtension, PVOID Srb,
                                                         PVOID* SystemAddress) {
  return StorPortExtendedFunction(ExtFunctionGetDataInBufferSystemAddress, HwDeviceExtension, Srb,
                                  SystemAddress);
}
HBALAB_INLINE ULONG StorPortGetDataInBufferScatterGatherList(PVOID HwDeviceExtension, PVOID Srb,
                                                             PSTOR_SCATTER_GATHER_LIST* List) {
  return StorPortExtendedFunction(ExtFunctionGetDataInBufferScatterGatherList, HwDeviceExtension,
                                  Srb, List);
}
HBALAB_INLINE ULONG StorPortMarkDumpMemory(PVOID HwDeviceExtension, PVOID Address, ULONG_PTR Length,
                                           ULONG Flags) {
  return StorPortExtendedFunction(ExtFunctionMarkDumpMemory, HwDeviceExtension, Address, Length,
                                  Flags);
}
HBALAB_INLINE ULONG StorPortSetUnitAttributes(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                              STOR_UNIT_ATTRIBUTES Attributes) {
  return StorPortExtendedFunction(ExtFunctionSetUnitAttributes, HwDeviceExtension, Address,
                                  Attributes);
}
HBALAB_INLINE ULONG StorPortQueryPerformanceCounter(PVOID HwDeviceExtension,
                                                    PLARGE_INTEGER PerformanceFrequency,
                                                    PLARGE_INTEGER PerformanceCounter) {
  return StorPortExtendedFunction(ExtFunctionQueryPerformanceCounter, HwDeviceExtension,
                                  PerformanceFrequency, PerformanceCounter);
}
HBALAB_INLINE ULONG StorPortInitializePoFxPower(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                PSTOR_POFX_DEVICE Device, PBOOLEAN D3ColdEnabled) {
  return StorPortExtendedFunction(ExtFunctionInitializePoFxPower, HwDeviceExtension, Address,
                                  Device, D3ColdEnabled);
}
HBALAB_INLINE ULONG StorPortPoFxActivateComponent(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                  PSCSI_REQUEST_BLOCK Srb, ULONG Component,
                                                  ULONG Flags) {
  return StorPortExtendedFunction(ExtFunctionPoFxActivateComponent, HwDeviceExtension, Address, Srb,
                                  Component, Flags);
}
HBALAB_INLINE ULONG StorPortPoFxIdleComponent(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                              PSCSI_REQUEST_BLOCK Srb, ULONG Component,
                                              ULONG Flags) {
  return StorPortExtendedFunction(ExtFunctionPoFxIdleComponent, HwDeviceExtension, Address, Srb,
                                  Component, Flags);
}
HBALAB_INLINE ULONG StorPortPoFxSetComponentLatency(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                    ULONG Component, ULONGLONG Latency) {
  return StorPortExtendedFunction(ExtFunctionPoFxSetComponentLatency, HwDeviceExtension, Address,
                                  Component, Latency);
}
HBALAB_INLINE ULONG StorPortPoFxSetComponentResidency(PVOID HwDeviceExtension,
                                                      PSTOR_ADDRESS Address, ULONG Component,
                                                      ULONGLONG Residency) {
  return StorPortExtendedFunction(ExtFunctionPoFxSetComponentResidency, HwDeviceExtension, Address,
                                  Component, Residency);
}
HBALAB_INLINE ULONG StorPortPoFxPowerControl(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                             LPCGUID PowerControlCode, PVOID InBuffer,
                                             SIZE_T InBufferSize, PVOID OutBuffer,
                                             SIZE_T OutBufferSize, PSIZE_T BytesReturned) {
  return StorPortExtendedFunction(ExtFunctionPoFxPowerControl, HwDeviceExtension, Address,
                                  PowerControlCode, InBuffer, InBufferSize, OutBuffer,
                                  OutBufferSize, BytesReturned);
}
HBALAB_INLINE ULONG StorPortPoFxSetIdleTimeout(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                               ULONG IdleTimeoutInMS) {
  return StorPortExtendedFunction(ExtFunctionPoFxSetIdleTimeout, HwDeviceExtension, Address,
                                  IdleTimeoutInMS);
}
HBALAB_INLINE ULONG StorPortFlushDataBufferMdl(PVOID HwDeviceExtension, PVOID Srb,
                                               BOOLEAN ReadOperation) {
  return StorPortExtendedFunction(ExtFunctionFlushDataBufferMdl, HwDeviceExtension, Srb,
                                  ReadOperation);
}
HBALAB_INLINE ULONG StorPortIsDeviceOperationAllowed(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                     LPCGUID DeviceOperation, ULONG* AllowedFlag) {
  return StorPortExtendedFunction(ExtFunctionDeviceOperationAllowed, HwDeviceExtension, Address,
                                  DeviceOperation, AllowedFlag);
}
HBALAB_INLINE ULONG StorPortGetProcessorIndexFromNumber(PVOID HwDeviceExtension,
                                                        PPROCESSOR_NUMBER ProcNumber,
                                                        PULONG Index) {
  return StorPortExtendedFunction(ExtFunctionGetProcessorIndexFromNumber, HwDeviceExtension,
                                  ProcNumber, Index);
}
HBALAB_INLINE ULONG StorPortIsCurrentOsInstallationUpgrade(PVOID HwDeviceExtension,
                                                           PBOOLEAN OsUpgrade) {
  return StorPortExtendedFunction(ExtFunctionCurrentOsInstallationUpgrade, HwDeviceExtension,
                                  OsUpgrade);
}
HBALAB_INLINE ULONG StorPortRegistryReadAdapterKey(PVOID HwDeviceExtension, PUCHAR SubKeyName,
                                                   PUCHAR ValueName, ULONG ValueType,
                                                   PVOID* ValueData, PULONG ValueDataLength) {
  return StorPortExtendedFunction(ExtFunctionRegistryReadAdapterKey, HwDeviceExtension, SubKeyName,
                                  ValueName, ValueType, ValueData, ValueDataLength);
}
HBALAB_INLINE ULONG StorPortRegistryWriteAdapterKey(PVOID HwDeviceExtension, PUCHAR SubKeyName,
                                                    PUCHAR ValueName, ULONG ValueType,
                                                    PVOID ValueData, ULONG ValueDataLength) {
  return StorPortExtendedFunction(ExtFunctionRegistryWriteAdapterKey, HwDeviceExtension, SubKeyName,
                                  ValueName, ValueType, ValueData, ValueDataLength);
}
HBALAB_INLINE ULONG StorPortSetAdapterBusType(PVOID HwDeviceExtension, STORAGE_BUS_TYPE BusType) {
  return StorPortExtendedFunction(ExtFunctionSetAdapterBusType, HwDeviceExtension, BusType);
}
HBALAB_INLINE ULONG StorPortGetD3ColdSupport(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                             PBOOLEAN D3ColdSupported) {
  return StorPortExtendedFunction(ExtFunctionGetD3ColdSupport, HwDeviceExtension, Address,
                                  D3ColdSupported);
}
HBALAB_INLINE ULONG StorPortAllocateHmb(PVOID HwDeviceExtension, SIZE_T Length, PVOID* HmbPointer,
                                        PHYSICAL_ADDRESS* PhysicalAddress) {
  return StorPortExtendedFunction(ExtFunctionAllocateHmb, HwDeviceExtension, Length, HmbPointer,
                                  PhysicalAddress);
}
HBALAB_INLINE ULONG StorPortFreeHmb(PVOID HwDeviceExtension, PVOID HmbPointer) {
  return StorPortExtendedFunction(ExtFunctionFreeHmb, HwDeviceExtension, HmbPointer);
}
HBALAB_INLINE ULONG StorPortEtwEvent2(PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG EventId,
                                      PWSTR EventDescription, ULONGLONG EventKeywords,
                                      STORPORT_ETW_LEVEL EventLevel,
                                      STORPORT_ETW_EVENT_OPCODE EventOpcode,
                                      PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name,
                                      ULONGLONG Parameter1Value, PWSTR Parameter2Name,
                                      ULONGLONG Parameter2Value) {
  return StorPortExtendedFunction(ExtFunctionMiniportEtwEvent2, HwDeviceExtension, Address, EventId,
                                  EventDescription, EventKeywords, EventLevel, EventOpcode, Srb,
                                  Parameter1Name, Parameter1Value, Parameter2Name, Parameter2Value);
}
HBALAB_INLINE ULONG StorPortEtwEvent4(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG EventId, PWSTR EventDescription,
    ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel, STORPORT_ETW_EVENT_OPCODE EventOpcode,
    PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name, ULONGLONG Parameter1Value, PWSTR Parameter2Name,
    ULONGLONG Parameter2Value, PWSTR Parameter3Name, ULONGLONG Parameter3Value,
    PWSTR Parameter4Name, ULONGLONG Parameter4Value) {
  return StorPortExtendedFunction(ExtFunctionMiniportEtwEvent4, HwDeviceExtension, Address, EventId,
                                  EventDescription, EventKeywords, EventLevel, EventOpcode, Srb,
                                  Parameter1Name, Parameter1Value, Parameter2Name, Parameter2Value,
                                  Parameter3Name, Parameter3Value, Parameter4Name, Parameter4Value);
}
HBALAB_INLINE ULONG StorPortEtwEvent8(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG EventId, PWSTR EventDescription,
    ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel, STORPORT_ETW_EVENT_OPCODE EventOpcode,
    PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name, ULONGLONG Parameter1Value, PWSTR Parameter2Name,
    ULONGLONG Parameter2Value, PWSTR Parameter3Name, ULONGLONG Parameter3Value,
    PWSTR Parameter4Name, ULONGLONG Parameter4Value, PWSTR Parameter5Name,
    ULONGLONG Parameter5Value, PWSTR Parameter6Name, ULONGLONG Parameter6Value,
    PWSTR Parameter7Name, ULONGLONG Parameter7Value, PWSTR Parameter8Name,
    ULONGLONG Parameter8Value) {
  return StorPortExtendedFunction(ExtFunctionMiniportEtwEvent8, HwDeviceExtension, Address, EventId,
                                  EventDescription, EventKeywords, EventLevel, EventOpcode, Srb,
                                  Parameter1Name, Parameter1Value, Parameter2Name, Parameter2Value,
                                  Parameter3Name, Parameter3Value, Parameter4Name, Parameter4Value,
                                  Parameter5Name, Parameter5Value, Parameter6Name, Parameter6Value,
                                  Parameter7Name, Parameter7Value, Parameter8Name, Parameter8Value);
}

HBALAB_EXTERN_C_END

#endif
