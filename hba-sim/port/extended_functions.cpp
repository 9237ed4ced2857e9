// Storport's extended functions behind their one entry. One that the lab does not have raises a
// fault that names it.
#include "hba-sim/include/hbalab/storport_extended.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

// The arguments behind HwDeviceExtension, taken one after the other.
class Arguments {
 public:
  explicit Arguments(std::va_list list) { va_copy(list_, list); }
  ~Arguments() { va_end(list_); }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  ULONG number() { return va_arg(list_, ULONG); }
  ULONGLONG wide() { return va_arg(list_, ULONGLONG); }
  template <typename T = void>
  T* pointer() {
    return static_cast<T*>(va_arg(list_, void*));
  }
  // A pointer to a function.
  template <typename Routine>
  Routine routine() {
    return va_arg(list_, Routine);
  }
  PHYSICAL_ADDRESS address() { return va_arg(list_, PHYSICAL_ADDRESS); }

 private:
  std::va_list list_;
};

using Handler = ULONG (*)(Core& core, Arguments& arguments);

template <typename T>
ULONG answer(T* out, T value) {
  if (out == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  *out = value;
  return STOR_STATUS_SUCCESS;
}

ULONG allocate_pool(Core& core, Arguments& its) {
  const ULONG bytes = its.number(), tag = its.number();
  return core.services().allocate("pool", bytes, tag, its.pointer<PVOID>());
}

ULONG free_pool(Core& core, Arguments& its) {
  return core.services().release("pool", its.pointer());
}

ULONG allocate_contiguous(Core& core, Arguments& its) {
  const std::size_t bytes = its.wide();
  for (int bound = 0; bound < 3; ++bound) (void)its.address();
  (void)its.number();  // how it is cached
  (void)its.number();  // on which node
  return core.services().allocate("contiguous memory", bytes, 0, its.pointer<PVOID>());
}

ULONG free_contiguous(Core& core, Arguments& its) {
  return core.services().release("contiguous memory", its.pointer());
}

// The block or the extended SRB that was asked about has its buffer mapped at all times.
ULONG system_address(Core&, Arguments& its) {
  const auto* block = its.pointer<SCSI_REQUEST_BLOCK>();
  auto* out = its.pointer<PVOID>();
  if (block == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const bool extended = block->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
  const void* memory = block;
  return answer(out, extended ? static_cast<const STORAGE_REQUEST_BLOCK*>(memory)->DataBuffer
                              : block->DataBuffer);
}

// Of what can be asked for the lab has nothing; a query is told so.
ULONG performance_optimizations(Core&, Arguments& its) {
  const bool query = (its.number() & 0xFF) != 0;
  auto* data = its.pointer<PERF_CONFIGURATION_DATA>();
  if (data == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  if (query) {
    data->Flags = 0;
    return STOR_STATUS_SUCCESS;
  }
  return data->Flags == 0 ? STOR_STATUS_SUCCESS : STOR_STATUS_INVALID_PARAMETER;
}

ULONG start_io_parameters(Core&, Arguments& its) {
  (void)its.pointer();
  auto* parameters = its.pointer<STARTIO_PERFORMANCE_PARAMETERS>();
  if (parameters == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  parameters->MessageNumber = parameters->ChannelNumber = 0;
  return STOR_STATUS_SUCCESS;
}

ULONG log_system_event(Core& core, Arguments& its) {
  const auto* details = its.pointer<const STOR_LOG_EVENT_DETAILS>();
  if (details == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  std::array<char, 96> line{};
  std::snprintf(line.data(), line.size(), "system event 0x%08X, unique id 0x%08X at %u:%u:%u",
                details->ErrorCode, details->UniqueId, details->PathId, details->TargetId,
                details->LunId);
  core.log(line.data());
  return STOR_STATUS_SUCCESS;
}

ULONG current_processor(Core&, Arguments& its) {
  const int processor = std::clamp(::sched_getcpu(), 0, 63);
  return answer(its.pointer<PROCESSOR_NUMBER>(),
                PROCESSOR_NUMBER{0, static_cast<UCHAR>(processor), 0});
}

ULONG processor_index(Core&, Arguments& its) {
  const auto* number = its.pointer<const PROCESSOR_NUMBER>();
  if (number == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  return answer(its.pointer<ULONG>(), ULONG{number->Number});
}

ULONGLONG processors() {
  const long count = std::clamp(::sysconf(_SC_NPROCESSORS_ONLN), 1L, 64L);
  return ~0ULL >> (64 - count);
}

ULONG group_count(Core&, Arguments& its) { return answer(its.pointer<USHORT>(), USHORT{1}); }

ULONG group_affinity(Core&, Arguments& its) {
  if ((its.number() & 0xFFFF) != 0) return STOR_STATUS_INVALID_PARAMETER;
  return answer(its.pointer<ULONGLONG>(), processors());
}

ULONG node_count(Core&, Arguments& its) { return answer(its.pointer<ULONG>(), ULONG{1}); }

ULONG node_affinity(Core&, Arguments& its) {
  if (its.number() != 0) return STOR_STATUS_INVALID_PARAMETER;
  return answer(its.pointer<GROUP_AFFINITY>(), GROUP_AFFINITY{processors(), 0, {}});
}

ULONG highest_node(Core&, Arguments& its) { return answer(its.pointer<ULONG>(), ULONG{0}); }

ULONG initialize_worker(Core& core, Arguments& its) {
  return core.services().make_worker(its.pointer<PVOID>());
}

ULONG queue_work_item(Core& core, Arguments& its) {
  const auto routine = its.routine<PHW_WORKITEM>();
  const PVOID worker = its.pointer();
  return core.services().queue_work(routine, worker, its.pointer());
}

ULONG free_worker(Core& core, Arguments& its) { return core.services().free_worker(its.pointer()); }

ULONG initialize_timer(Core& core, Arguments& its) {
  return core.services().make_timer(its.pointer<PVOID>());
}

ULONG request_timer(Core& core, Arguments& its) {
  const PVOID handle = its.pointer();
  const auto routine = its.routine<PHW_TIMER_EX>();
  const PVOID context = its.pointer();
  return core.services().request_timer(handle, routine, context, its.wide());
}

ULONG free_timer(Core& core, Arguments& its) { return core.services().free_timer(its.pointer()); }

// Singly linked lists: SLIST_HEADER is 16 bytes: here the depth, then the first entry, whose first
// member is the next one.
struct List {
  ULONGLONG depth;
  PVOID first;
};
std::mutex lists;

PVOID& next_of(PVOID entry) { return *static_cast<PVOID*>(entry); }

ULONG initialize_list(Core&, Arguments& its) {
  return answer(its.pointer<List>(), List{0, nullptr});
}

ULONG flush_list(Core&, Arguments& its) {
  auto* list = its.pointer<List>();
  if (list == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  *list = {0, nullptr};
  return answer(its.pointer<PVOID>(), first);
}

ULONG pop_list(Core&, Arguments& its) {
  auto* list = its.pointer<List>();
  if (list == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  if (first != nullptr) *list = {list->depth - 1, next_of(first)};
  return answer(its.pointer<PVOID>(), first);
}

ULONG push_list(Core&, Arguments& its) {
  auto* list = its.pointer<List>();
  const PVOID entry = its.pointer();
  if (list == nullptr || entry == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  next_of(entry) = first;
  *list = {list->depth + 1, entry};
  return answer(its.pointer<PVOID>(), first);
}

ULONG list_depth(Core&, Arguments& its) {
  const auto* list = its.pointer<const List>();
  if (list == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(lists);
  return answer(its.pointer<USHORT>(), static_cast<USHORT>(list->depth));
}

ULONG system_port_number(Core&, Arguments& its) {
  auto* address = its.pointer<STOR_ADDRESS>();
  if (address == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  address->Port = 0;
  return STOR_STATUS_SUCCESS;
}

// Says what the lab has no use for.
ULONG accept(Core&, Arguments&) { return STOR_STATUS_SUCCESS; }

ULONG performance_counter(Core& core, Arguments& its) {
  auto* frequency = its.pointer<LARGE_INTEGER>();
  auto* counter = its.pointer<LARGE_INTEGER>();
  if (counter == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  constexpr LONGLONG kTicks = 10'000'000;
  if (frequency != nullptr) frequency->QuadPart = kTicks;
  counter->QuadPart = core.options().clock->now().time_since_epoch().count() / 100;
  return STOR_STATUS_SUCCESS;
}

ULONG installation_upgrade(Core&, Arguments& its) {
  return answer(its.pointer<BOOLEAN>(), BOOLEAN{FALSE});
}

// Also the text of an event, which is its third argument.
ULONG trace_event(Core& core, Arguments& its) {
  (void)its.pointer();
  const ULONG id = its.number();
  const auto* text = its.pointer<const char16_t>();
  std::string line = "trace event " + std::to_string(id);
  if (text != nullptr) {
    line += ": ";
    for (std::size_t i = 0; i < 256 && text[i] != 0; ++i) {
      line += text[i] < 0x80 ? static_cast<char>(text[i]) : '?';
    }
  }
  core.log(line);
  return STOR_STATUS_SUCCESS;
}

ULONG read_adapter_key(Core& core, Arguments& its) {
  (void)its.pointer();  // subkey
  const auto* name = its.pointer<const UCHAR>();
  const ULONG type = its.number();
  auto** data = its.pointer<PUCHAR>();
  auto* length = its.pointer<ULONG>();
  if (name == nullptr || data == nullptr || length == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const BOOLEAN found = core.services().registry_read(name, type, *data, length);
  if (found != FALSE) return STOR_STATUS_SUCCESS;
  return *length != 0 ? STOR_STATUS_BUFFER_TOO_SMALL : STOR_STATUS_UNSUCCESSFUL;
}

ULONG write_adapter_key(Core& core, Arguments& its) {
  (void)its.pointer();
  const auto* name = its.pointer<const UCHAR>();
  const ULONG type = its.number();
  const auto* data = its.pointer<const UCHAR>();
  const BOOLEAN done = core.services().registry_write(name, type, data, its.number());
  return done != FALSE ? STOR_STATUS_SUCCESS : STOR_STATUS_INVALID_PARAMETER;
}

struct Function {
  STORPORT_FUNCTION_CODE code;
  std::string_view name;
  Handler handler;  // null: not a service of the lab
};

#define HBALAB_FUNCTION(name, handler) {ExtFunction##name, #name, handler}
constexpr Function kFunctions[] = {
    HBALAB_FUNCTION(AllocatePool, allocate_pool),
    HBALAB_FUNCTION(FreePool, free_pool),
    HBALAB_FUNCTION(AllocateMdl, nullptr),
    HBALAB_FUNCTION(FreeMdl, nullptr),
    HBALAB_FUNCTION(BuildMdlForNonPagedPool, nullptr),
    HBALAB_FUNCTION(GetSystemAddress, system_address),
    HBALAB_FUNCTION(GetOriginalMdl, nullptr),
    HBALAB_FUNCTION(CompleteServiceIrp, nullptr),
    HBALAB_FUNCTION(GetDeviceObjects, nullptr),
    HBALAB_FUNCTION(BuildScatterGatherList, nullptr),
    HBALAB_FUNCTION(PutScatterGatherList, nullptr),
    HBALAB_FUNCTION(AcquireMSISpinLock, nullptr),
    HBALAB_FUNCTION(ReleaseMSISpinLock, nullptr),
    HBALAB_FUNCTION(GetMessageInterruptInformation, nullptr),
    HBALAB_FUNCTION(InitializePerformanceOptimizations, performance_optimizations),
    HBALAB_FUNCTION(GetStartIoPerformanceParameters, start_io_parameters),
    HBALAB_FUNCTION(LogSystemEvent, log_system_event),
    HBALAB_FUNCTION(GetCurrentProcessorNumber, current_processor),
    HBALAB_FUNCTION(GetActiveGroupCount, group_count),
    HBALAB_FUNCTION(GetGroupAffinity, group_affinity),
    HBALAB_FUNCTION(GetActiveNodeCount, node_count),
    HBALAB_FUNCTION(GetNodeAffinity, node_affinity),
    HBALAB_FUNCTION(GetHighestNodeNumber, highest_node),
    HBALAB_FUNCTION(GetLogicalProcessorRelationship, nullptr),
    HBALAB_FUNCTION(AllocateContiguousMemorySpecifyCacheNode, allocate_contiguous),
    HBALAB_FUNCTION(FreeContiguousMemorySpecifyCache, free_contiguous),
    HBALAB_FUNCTION(SetPowerSettingNotificationGuids, accept),
    HBALAB_FUNCTION(InvokeAcpiMethod, nullptr),
    HBALAB_FUNCTION(GetRequestInfo, nullptr),
    HBALAB_FUNCTION(InitializeWorker, initialize_worker),
    HBALAB_FUNCTION(QueueWorkItem, queue_work_item),
    HBALAB_FUNCTION(FreeWorker, free_worker),
    HBALAB_FUNCTION(InitializeTimer, initialize_timer),
    HBALAB_FUNCTION(RequestTimer, request_timer),
    HBALAB_FUNCTION(FreeTimer, free_timer),
    HBALAB_FUNCTION(InitializeSListHead, initialize_list),
    HBALAB_FUNCTION(InterlockedFlushSList, flush_list),
    HBALAB_FUNCTION(InterlockedPopEntrySList, pop_list),
    HBALAB_FUNCTION(InterlockedPushEntrySList, push_list),
    HBALAB_FUNCTION(QueryDepthSList, list_depth),
    HBALAB_FUNCTION(GetActivityId, nullptr),
    HBALAB_FUNCTION(GetSystemPortNumber, system_port_number),
    HBALAB_FUNCTION(GetDataInBufferMdl, nullptr),
    HBALAB_FUNCTION(GetDataInBufferSystemAddress, nullptr),
    HBALAB_FUNCTION(GetDataInBufferScatterGatherList, nullptr),
    HBALAB_FUNCTION(MarkDumpMemory, accept),
    HBALAB_FUNCTION(SetUnitAttributes, accept),
    HBALAB_FUNCTION(QueryPerformanceCounter, performance_counter),
    HBALAB_FUNCTION(InitializePoFxPower, nullptr),
    HBALAB_FUNCTION(PoFxActivateComponent, nullptr),
    HBALAB_FUNCTION(PoFxIdleComponent, nullptr),
    HBALAB_FUNCTION(PoFxSetComponentLatency, nullptr),
    HBALAB_FUNCTION(PoFxSetComponentResidency, nullptr),
    HBALAB_FUNCTION(PoFxPowerControl, nullptr),
    HBALAB_FUNCTION(FlushDataBufferMdl, nullptr),
    HBALAB_FUNCTION(DeviceOperationAllowed, nullptr),
    HBALAB_FUNCTION(GetProcessorIndexFromNumber, processor_index),
    HBALAB_FUNCTION(PoFxSetIdleTimeout, nullptr),
    HBALAB_FUNCTION(MiniportEtwEvent2, trace_event),
    HBALAB_FUNCTION(MiniportEtwEvent4, trace_event),
    HBALAB_FUNCTION(MiniportEtwEvent8, trace_event),
    HBALAB_FUNCTION(CurrentOsInstallationUpgrade, installation_upgrade),
    HBALAB_FUNCTION(RegistryReadAdapterKey, read_adapter_key),
    HBALAB_FUNCTION(RegistryWriteAdapterKey, write_adapter_key),
    HBALAB_FUNCTION(SetAdapterBusType, accept),
    HBALAB_FUNCTION(PoFxRegisterPerfStates, nullptr),
    HBALAB_FUNCTION(PoFxSetPerfState, nullptr),
    HBALAB_FUNCTION(GetD3ColdSupport, nullptr),
    HBALAB_FUNCTION(InitializeRpmb, nullptr),
    HBALAB_FUNCTION(AllocateHmb, nullptr),
    HBALAB_FUNCTION(FreeHmb, nullptr),
    HBALAB_FUNCTION(PropagateIrpExtension, nullptr),
};
#undef HBALAB_FUNCTION

// By their codes, all of which there are.
constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kFunctions); ++i) {
    if (kFunctions[i].code != static_cast<STORPORT_FUNCTION_CODE>(i)) return false;
  }
  return true;
}
static_assert(in_order());
static_assert(std::size(kFunctions) == ExtFunctionPropagateIrpExtension + 1);

}  // namespace

}  // namespace hbalab::port

extern "C" ULONG StorPortExtendedFunction(STORPORT_FUNCTION_CODE FunctionCode,
                                          PVOID HwDeviceExtension, ...) {
  using namespace hbalab::port;
  ServiceCaller::is(__builtin_return_address(0));
  unsigned code = 0;  // any number, not only one of the enumeration
  std::memcpy(&code, &FunctionCode, sizeof code);
  if (code >= std::size(kFunctions)) {
    raise_fault("calls StorPortExtendedFunction with code " + std::to_string(code) +
                ", which the lab does not know");
  }
  const Function& function = kFunctions[code];
  if (function.handler == nullptr) {
    raise_fault("calls StorPort" + std::string(function.name) +
                ", which needs hardware or a part of Windows that the lab does not have");
  }
  Core* const core = Core::of(HwDeviceExtension);
  if (core == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  std::va_list arguments;
  va_start(arguments, HwDeviceExtension);
  Arguments its(arguments);
  va_end(arguments);
  return function.handler(*core, its);
}
