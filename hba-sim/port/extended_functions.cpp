#include "hba-sim/port/extended_functions.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

using namespace abi;

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
  if (out == nullptr) return kInvalidParameter;
  *out = value;
  return kSuccess;
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
  if (block == nullptr) return kInvalidParameter;
  const bool extended = block->Function == kExtendedSrbFunction;
  const void* memory = block;
  return answer(
      out, extended ? static_cast<const ExtendedSrb*>(memory)->data_buffer : block->DataBuffer);
}

// PERF_CONFIGURATION_DATA: of what can be asked for the lab has nothing; a query is told so.
ULONG performance_optimizations(Core&, Arguments& its) {
  const bool query = (its.number() & 0xFF) != 0;
  auto* data = its.pointer<ULONG>();
  constexpr std::size_t kFlags = 2;
  if (data == nullptr) return kInvalidParameter;
  if (query) {
    data[kFlags] = 0;
    return kSuccess;
  }
  return data[kFlags] == 0 ? kSuccess : kInvalidParameter;
}

ULONG start_io_parameters(Core&, Arguments& its) {
  (void)its.pointer();
  auto* parameters = its.pointer<ULONG>();
  if (parameters == nullptr) return kInvalidParameter;
  parameters[2] = parameters[3] = 0;  // MessageNumber, ChannelNumber
  return kSuccess;
}

// STOR_LOG_EVENT_DETAILS: revision, size, flags, association, path, target, LUN, a BOOLEAN, then
// error code and unique id.
ULONG log_system_event(Core& core, Arguments& its) {
  const auto* details = its.pointer<const ULONG>();
  if (details == nullptr) return kInvalidParameter;
  std::array<char, 96> line{};
  std::snprintf(line.data(), line.size(), "system event 0x%08X, unique id 0x%08X at %u:%u:%u",
                details[8], details[9], details[4], details[5], details[6]);
  core.log(line.data());
  return kSuccess;
}

// PROCESSOR_NUMBER: Group, Number, Reserved.
ULONG current_processor(Core&, Arguments& its) {
  auto* number = its.pointer<UCHAR>();
  if (number == nullptr) return kInvalidParameter;
  std::memset(number, 0, 4);
  number[2] = static_cast<UCHAR>(std::clamp(::sched_getcpu(), 0, 63));
  return kSuccess;
}

ULONG processor_index(Core&, Arguments& its) {
  const auto* number = its.pointer<const UCHAR>();
  if (number == nullptr) return kInvalidParameter;
  return answer(its.pointer<ULONG>(), ULONG{number[2]});
}

ULONGLONG processors() {
  const long count = std::clamp(::sysconf(_SC_NPROCESSORS_ONLN), 1L, 64L);
  return ~0ULL >> (64 - count);
}

ULONG group_count(Core&, Arguments& its) { return answer(its.pointer<USHORT>(), USHORT{1}); }

ULONG group_affinity(Core&, Arguments& its) {
  if ((its.number() & 0xFFFF) != 0) return kInvalidParameter;
  return answer(its.pointer<ULONGLONG>(), processors());
}

ULONG node_count(Core&, Arguments& its) { return answer(its.pointer<ULONG>(), ULONG{1}); }

// GROUP_AFFINITY: the mask, then the group.
ULONG node_affinity(Core&, Arguments& its) {
  const ULONG node = its.number();
  auto* affinity = its.pointer<ULONGLONG>();
  if (node != 0 || affinity == nullptr) return kInvalidParameter;
  affinity[0] = processors();
  affinity[1] = 0;
  return kSuccess;
}

ULONG highest_node(Core&, Arguments& its) { return answer(its.pointer<ULONG>(), ULONG{0}); }

ULONG initialize_worker(Core& core, Arguments& its) {
  return core.services().make_worker(its.pointer<PVOID>());
}

ULONG queue_work_item(Core& core, Arguments& its) {
  const auto routine = its.routine<WorkRoutine>();
  const PVOID worker = its.pointer();
  return core.services().queue_work(routine, worker, its.pointer());
}

ULONG free_worker(Core& core, Arguments& its) { return core.services().free_worker(its.pointer()); }

ULONG initialize_timer(Core& core, Arguments& its) {
  return core.services().make_timer(its.pointer<PVOID>());
}

ULONG request_timer(Core& core, Arguments& its) {
  const PVOID handle = its.pointer();
  const auto routine = its.routine<TimerRoutine>();
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
  if (list == nullptr) return kInvalidParameter;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  *list = {0, nullptr};
  return answer(its.pointer<PVOID>(), first);
}

ULONG pop_list(Core&, Arguments& its) {
  auto* list = its.pointer<List>();
  if (list == nullptr) return kInvalidParameter;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  if (first != nullptr) *list = {list->depth - 1, next_of(first)};
  return answer(its.pointer<PVOID>(), first);
}

ULONG push_list(Core&, Arguments& its) {
  auto* list = its.pointer<List>();
  const PVOID entry = its.pointer();
  if (list == nullptr || entry == nullptr) return kInvalidParameter;
  const std::scoped_lock lock(lists);
  const PVOID first = list->first;
  next_of(entry) = first;
  *list = {list->depth + 1, entry};
  return answer(its.pointer<PVOID>(), first);
}

ULONG list_depth(Core&, Arguments& its) {
  const auto* list = its.pointer<const List>();
  if (list == nullptr) return kInvalidParameter;
  const std::scoped_lock lock(lists);
  return answer(its.pointer<USHORT>(), static_cast<USHORT>(list->depth));
}

ULONG system_port_number(Core&, Arguments& its) {
  auto* address = its.pointer<STOR_ADDRESS>();
  if (address == nullptr) return kInvalidParameter;
  address->Port = 0;
  return kSuccess;
}

// Says what the lab has no use for.
ULONG accept(Core&, Arguments&) { return kSuccess; }

ULONG performance_counter(Core& core, Arguments& its) {
  auto* frequency = its.pointer<LARGE_INTEGER>();
  auto* counter = its.pointer<LARGE_INTEGER>();
  if (counter == nullptr) return kInvalidParameter;
  constexpr LONGLONG kTicks = 10'000'000;
  if (frequency != nullptr) frequency->QuadPart = kTicks;
  counter->QuadPart = core.options().clock->now().time_since_epoch().count() / 100;
  return kSuccess;
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
  return kSuccess;
}

ULONG read_adapter_key(Core& core, Arguments& its) {
  (void)its.pointer();  // subkey
  const auto* name = its.pointer<const UCHAR>();
  const ULONG type = its.number();
  auto** data = its.pointer<PUCHAR>();
  auto* length = its.pointer<ULONG>();
  if (name == nullptr || data == nullptr || length == nullptr) return kInvalidParameter;
  const BOOLEAN found = core.services().registry_read(name, type, *data, length);
  if (found != FALSE) return kSuccess;
  return *length != 0 ? kBufferTooSmall : kUnsuccessful;
}

ULONG write_adapter_key(Core& core, Arguments& its) {
  (void)its.pointer();
  const auto* name = its.pointer<const UCHAR>();
  const ULONG type = its.number();
  const auto* data = its.pointer<const UCHAR>();
  const BOOLEAN done = core.services().registry_write(name, type, data, its.number());
  return done != FALSE ? kSuccess : kInvalidParameter;
}

struct Function {
  std::string_view name;
  Handler handler;  // null: not a service of the lab
};

// By STORPORT_FUNCTION_CODE.
constexpr Function kFunctions[] = {
    {"AllocatePool", allocate_pool},
    {"FreePool", free_pool},
    {"AllocateMdl", nullptr},
    {"FreeMdl", nullptr},
    {"BuildMdlForNonPagedPool", nullptr},
    {"GetSystemAddress", system_address},
    {"GetOriginalMdl", nullptr},
    {"CompleteServiceIrp", nullptr},
    {"GetDeviceObjects", nullptr},
    {"BuildScatterGatherList", nullptr},
    {"PutScatterGatherList", nullptr},
    {"AcquireMSISpinLock", nullptr},
    {"ReleaseMSISpinLock", nullptr},
    {"GetMessageInterruptInformation", nullptr},
    {"InitializePerformanceOptimizations", performance_optimizations},
    {"GetStartIoPerformanceParameters", start_io_parameters},
    {"LogSystemEvent", log_system_event},
    {"GetCurrentProcessorNumber", current_processor},
    {"GetActiveGroupCount", group_count},
    {"GetGroupAffinity", group_affinity},
    {"GetActiveNodeCount", node_count},
    {"GetNodeAffinity", node_affinity},
    {"GetHighestNodeNumber", highest_node},
    {"GetLogicalProcessorRelationship", nullptr},
    {"AllocateContiguousMemorySpecifyCacheNode", allocate_contiguous},
    {"FreeContiguousMemorySpecifyCache", free_contiguous},
    {"SetPowerSettingNotificationGuids", accept},
    {"InvokeAcpiMethod", nullptr},
    {"GetRequestInfo", nullptr},
    {"InitializeWorker", initialize_worker},
    {"QueueWorkItem", queue_work_item},
    {"FreeWorker", free_worker},
    {"InitializeTimer", initialize_timer},
    {"RequestTimer", request_timer},
    {"FreeTimer", free_timer},
    {"InitializeSListHead", initialize_list},
    {"InterlockedFlushSList", flush_list},
    {"InterlockedPopEntrySList", pop_list},
    {"InterlockedPushEntrySList", push_list},
    {"QueryDepthSList", list_depth},
    {"GetActivityId", nullptr},
    {"GetSystemPortNumber", system_port_number},
    {"GetDataInBufferMdl", nullptr},
    {"GetDataInBufferSystemAddress", nullptr},
    {"GetDataInBufferScatterGatherList", nullptr},
    {"MarkDumpMemory", accept},
    {"SetUnitAttributes", accept},
    {"QueryPerformanceCounter", performance_counter},
    {"InitializePoFxPower", nullptr},
    {"PoFxActivateComponent", nullptr},
    {"PoFxIdleComponent", nullptr},
    {"PoFxSetComponentLatency", nullptr},
    {"PoFxSetComponentResidency", nullptr},
    {"PoFxPowerControl", nullptr},
    {"FlushDataBufferMdl", nullptr},
    {"DeviceOperationAllowed", nullptr},
    {"GetProcessorIndexFromNumber", processor_index},
    {"PoFxSetIdleTimeout", nullptr},
    {"MiniportEtwEvent2", trace_event},
    {"MiniportEtwEvent4", trace_event},
    {"MiniportEtwEvent8", trace_event},
    {"CurrentOsInstallationUpgrade", installation_upgrade},
    {"RegistryReadAdapterKey", read_adapter_key},
    {"RegistryWriteAdapterKey", write_adapter_key},
    {"SetAdapterBusType", accept},
    {"PoFxRegisterPerfStates", nullptr},
    {"PoFxSetPerfState", nullptr},
    {"GetD3ColdSupport", nullptr},
    {"InitializeRpmb", nullptr},
    {"AllocateHmb", nullptr},
    {"FreeHmb", nullptr},
    {"PropagateIrpExtension", nullptr},
};

}  // namespace

std::uint32_t call_extended_function(unsigned code, void* device_extension,
                                     std::va_list arguments) {
  if (code >= std::size(kFunctions)) {
    raise_fault("calls StorPortExtendedFunction with code " + std::to_string(code) +
                ", which the lab does not know");
  }
  const Function& function = kFunctions[code];
  if (function.handler == nullptr) {
    raise_fault("calls StorPort" + std::string(function.name) +
                ", which needs hardware or a part of Windows that the lab does not have");
  }
  Core* const core = Core::of(device_extension);
  if (core == nullptr) return kInvalidParameter;
  Arguments its(arguments);
  return function.handler(*core, its);
}

}  // namespace hbalab::port
