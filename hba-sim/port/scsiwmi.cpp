// The WMI library of SCSI port drivers: reads the WNODE of a WMI SRB, calls the miniport's callback
// and writes the WNODE of the answer. All state of a request is in its SCSIWMI_REQUEST_CONTEXT and
// in the WNODE itself, as the interface has it; both may be hostile, so every offset is checked
// again when the callback has finished.
#include "hba-sim/include/scsiwmi.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/checker/request_check.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/scsiwmi_internal.hpp"

namespace hbalab::port {
namespace {

using check::RequestCheck;

// Statuses for what the library refuses itself. The port driver above tells the reasons apart by
// what the provider has registered.
constexpr UCHAR kNotFound = SRB_STATUS_ERROR;  // GUID, instance, or no routine that sets
constexpr UCHAR kMalformed = SRB_STATUS_INVALID_REQUEST;

bool finish(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG size) {
  context->ReturnStatus = status;
  context->ReturnSize = size;
  return FALSE;
}

void post_process(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used);

constexpr ULONG kNoGuid = 0xFFFFFFFFu;

ULONG find_guid(const SCSI_WMILIB_CONTEXT& library, const void* data_path) {
  if (data_path == nullptr || library.GuidList == nullptr) return kNoGuid;
  for (ULONG i = 0; i < library.GuidCount; ++i) {
    const LPCGUID guid = library.GuidList[i].Guid;
    if (guid != nullptr && std::memcmp(guid, data_path, sizeof(GUID)) == 0) return i;
  }
  return kNoGuid;
}

// A callback that runs on this thread. Another thread may answer and end the request before the
// callback returns: what is in the context is then no longer this request's.
class Callback {
 public:
  explicit Callback(PSCSIWMI_REQUEST_CONTEXT context)
      : context_(context), outer_(std::exchange(innermost_, this)) {}
  ~Callback() { innermost_ = outer_; }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  [[nodiscard]] bool answered() const { return answered_; }
  static void answer(const SCSIWMI_REQUEST_CONTEXT* context) {
    for (Callback* callback = innermost_; callback != nullptr; callback = callback->outer_) {
      if (callback->context_ == context) callback->answered_ = true;
    }
  }

 private:
  const SCSIWMI_REQUEST_CONTEXT* const context_;
  Callback* const outer_;
  bool answered_ = false;
  static thread_local Callback* innermost_;
};
thread_local Callback* Callback::innermost_ = nullptr;

// One request on its way to a callback.
struct Dispatch {
  const SCSI_WMILIB_CONTEXT& library;
  PVOID device;
  PSCSIWMI_REQUEST_CONTEXT context;
  ULONG guid_index;

  [[nodiscard]] const SCSIWMIGUIDREGINFO& guid() const { return library.GuidList[guid_index]; }

  // Whether the request is pending after the callback. It has answered when it called
  // ScsiPortWmiPostProcess; what it returns is documented in two contradicting ways: TRUE while
  // pending, or the SRB status. One that has not answered, and returns what can only be a status,
  // has ended the request with that.
  template <typename Call>
  [[nodiscard]] bool pending_after(const Call& call) const {
    RequestCheck* const check = RequestCheck::of(context->Buffer);
    check::ResultReading* const reading = check != nullptr ? check->calling() : nullptr;
    const Callback here(context);
    const BOOLEAN returned = call();
    if (reading != nullptr) reading->saw(returned, here.answered());
    if (here.answered()) return false;
    if (SRB_STATUS(returned) <= TRUE) return true;
    return finish(context, SRB_STATUS(returned), 0);
  }

  // The instance that a WNODE asks for: by index for static names, by name for dynamic ones.
  [[nodiscard]] bool instance(ULONG& index) const {
    const WnodeRef wnode(context);
    const bool by_index = (wnode.flags() & WNODE_FLAG_STATIC_INSTANCE_NAMES) != 0;
    index = by_index ? wnode.get(offsetof(WNODE_SINGLE_INSTANCE, InstanceIndex)) : 0;
    if (guid().InstanceCount == kDynamicInstances) {
      return !by_index && ScsiPortWmiGetInstanceName(context) != nullptr;
    }
    return by_index && index < guid().InstanceCount;
  }

  bool query_all() const;
  bool query_single() const;
  bool set_single() const;
  bool set_item() const;
  bool execute() const;
  bool control(SCSIWMI_ENABLE_DISABLE_CONTROL function, BOOLEAN enable) const;
};

bool Dispatch::query_all() const {
  if (library.QueryWmiDataBlock == nullptr) return finish(context, kMalformed, 0);
  if (guid().InstanceCount == kDynamicInstances) {
    begin_dynamic_all(context);
    const check::NullGiven null(true);
    return pending_after([&] {
      return library.QueryWmiDataBlock(device, context, guid_index, 0, kDynamicInstances, nullptr,
                                       0, nullptr);
    });
  }
  const StaticAll all = begin_static_all(context, guid().InstanceCount);
  if (guid().InstanceCount == 0) {
    post_process(context, SRB_STATUS_SUCCESS, 0);
    return FALSE;
  }
  const check::NullGiven null(all.lengths == nullptr);
  return pending_after([&] {
    return library.QueryWmiDataBlock(device, context, guid_index, 0, guid().InstanceCount,
                                     all.lengths, all.available, all.data);
  });
}

bool Dispatch::query_single() const {
  if (library.QueryWmiDataBlock == nullptr) return finish(context, kMalformed, 0);
  const WnodeRef wnode(context);
  if (!wnode.holds(sizeof(WNODE_SINGLE_INSTANCE))) return finish(context, kMalformed, 0);
  const ULONG offset = wnode.get(offsetof(WNODE_SINGLE_INSTANCE, DataBlockOffset));
  if (offset < sizeof(WNODE_SINGLE_INSTANCE) || offset % 8 != 0) {
    return finish(context, kMalformed, 0);
  }
  ULONG index = 0;
  if (!instance(index)) return finish(context, kNotFound, 0);
  const bool room = offset < context->BufferSize;
  // A callback that answers without data is not given a length that is none of its own.
  const bool checked = RequestCheck::of(context->Buffer) != nullptr;
  wnode.put(offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock), checked ? check::kLengthUnset : 0);
  const check::NullGiven null(!room);
  PULONG length = wnode.pointer<ULONG>(offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock));
  return pending_after([&] {
    return library.QueryWmiDataBlock(device, context, guid_index, index, 1, room ? length : nullptr,
                                     room ? context->BufferSize - offset : 0,
                                     room ? context->Buffer + offset : nullptr);
  });
}

bool Dispatch::set_single() const {
  if (library.SetWmiDataBlock == nullptr) return finish(context, kNotFound, 0);
  const WnodeRef wnode(context);
  if (!wnode.holds(sizeof(WNODE_SINGLE_INSTANCE))) return finish(context, kMalformed, 0);
  const ULONG offset = wnode.get(offsetof(WNODE_SINGLE_INSTANCE, DataBlockOffset));
  const ULONG size = wnode.get(offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock));
  if (!wnode.contains(offset, size, sizeof(WNODE_SINGLE_INSTANCE))) {
    return finish(context, kMalformed, 0);
  }
  ULONG index = 0;
  if (!instance(index)) return finish(context, kNotFound, 0);
  return pending_after([&] {
    return library.SetWmiDataBlock(device, context, guid_index, index, size,
                                   context->Buffer + offset);
  });
}

bool Dispatch::set_item() const {
  if (library.SetWmiDataItem == nullptr) return finish(context, kNotFound, 0);
  const WnodeRef wnode(context);
  constexpr ULONG kVariable = offsetof(WNODE_SINGLE_ITEM, VariableData);
  if (!wnode.holds(kVariable)) return finish(context, kMalformed, 0);
  const ULONG offset = wnode.get(offsetof(WNODE_SINGLE_ITEM, DataBlockOffset));
  const ULONG size = wnode.get(offsetof(WNODE_SINGLE_ITEM, SizeDataItem));
  if (!wnode.contains(offset, size, kVariable)) return finish(context, kMalformed, 0);
  ULONG index = 0;
  if (!instance(index)) return finish(context, kNotFound, 0);
  return pending_after([&] {
    return library.SetWmiDataItem(device, context, guid_index, index,
                                  wnode.get(offsetof(WNODE_SINGLE_ITEM, ItemId)), size,
                                  context->Buffer + offset);
  });
}

bool Dispatch::execute() const {
  if (library.ExecuteWmiMethod == nullptr) return finish(context, kMalformed, 0);
  const WnodeRef wnode(context);
  constexpr ULONG kVariable = offsetof(WNODE_METHOD_ITEM, VariableData);
  if (!wnode.holds(kVariable)) return finish(context, kMalformed, 0);
  const ULONG offset = wnode.get(offsetof(WNODE_METHOD_ITEM, DataBlockOffset));
  const ULONG size = wnode.get(offsetof(WNODE_METHOD_ITEM, SizeDataBlock));
  if (!wnode.contains(offset, size, kVariable) || offset % 8 != 0) {
    return finish(context, kMalformed, 0);
  }
  ULONG index = 0;
  if (!instance(index)) return finish(context, kNotFound, 0);
  return pending_after([&] {
    return library.ExecuteWmiMethod(device, context, guid_index, index,
                                    wnode.get(offsetof(WNODE_METHOD_ITEM, MethodId)), size,
                                    context->BufferSize - offset, context->Buffer + offset);
  });
}

bool Dispatch::control(SCSIWMI_ENABLE_DISABLE_CONTROL function, BOOLEAN enable) const {
  // A driver that has nothing to switch need not say so.
  if (library.WmiFunctionControl == nullptr) return finish(context, SRB_STATUS_SUCCESS, 0);
  return pending_after(
      [&] { return library.WmiFunctionControl(device, context, guid_index, function, enable); });
}

bool dispatch(const SCSI_WMILIB_CONTEXT& library, PVOID device, PSCSIWMI_REQUEST_CONTEXT context,
              const void* data_path) {
  if (context->MinorFunction == WMI_REGINFO) {
    write_reginfo(library, device, context);
    return FALSE;
  }
  if (context->MinorFunction > WMI_EXECUTE_METHOD) return finish(context, kMalformed, 0);
  const ULONG guid_index = find_guid(library, data_path);
  if (guid_index == kNoGuid) return finish(context, kNotFound, 0);
  // Nothing can be said in less than a WNODE_TOO_SMALL.
  if (context->BufferSize < sizeof(WNODE_TOO_SMALL)) {
    return finish(context, SRB_STATUS_DATA_OVERRUN, sizeof(WNODE_METHOD_ITEM));
  }
  const Dispatch request{library, device, context, guid_index};
  switch (context->MinorFunction) {
    case WMI_GET_ALL_DATA:
      return request.query_all();
    case WMI_GET_SINGLE_INSTANCE:
      return request.query_single();
    case WMI_SET_SINGLE_INSTANCE:
      return request.set_single();
    case WMI_SET_SINGLE_ITEM:
      return request.set_item();
    case WMI_ENABLE_EVENTS:
      return request.control(ScsiWmiEventControl, TRUE);
    case WMI_DISABLE_EVENTS:
      return request.control(ScsiWmiEventControl, FALSE);
    case WMI_ENABLE_COLLECTION:
      return request.control(ScsiWmiDataBlockControl, TRUE);
    case WMI_DISABLE_COLLECTION:
      return request.control(ScsiWmiDataBlockControl, FALSE);
    default:
      return request.execute();
  }
}

// The answer needs `needed` bytes: WNODE_TOO_SMALL, which is a success of the request.
void too_small(PSCSIWMI_REQUEST_CONTEXT context, std::uint64_t needed) {
  const ULONG size = static_cast<ULONG>(std::min<std::uint64_t>(needed, 0xFFFFFFFFu));
  const WnodeRef wnode(context);
  if (!wnode.holds(sizeof(WNODE_TOO_SMALL))) {
    finish(context, SRB_STATUS_DATA_OVERRUN, size);
    return;
  }
  wnode.put(offsetof(WNODE_HEADER, BufferSize), sizeof(WNODE_TOO_SMALL));
  wnode.put(offsetof(WNODE_HEADER, Flags), wnode.flags() | WNODE_FLAG_TOO_SMALL);
  wnode.put(offsetof(WNODE_TOO_SMALL, SizeNeeded), size);
  finish(context, SRB_STATUS_SUCCESS, sizeof(WNODE_TOO_SMALL));
}

void post_single(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used,
                 std::size_t offset_field, std::size_t size_field) {
  const WnodeRef wnode(context);
  if (!wnode.holds(size_field + sizeof(ULONG))) {
    finish(context, kMalformed, 0);
    return;
  }
  const std::uint64_t offset = wnode.get(offset_field);
  const std::uint64_t end = offset + used;
  if (status == SRB_STATUS_DATA_OVERRUN) {
    too_small(context, beyond_offer(context, offset, end));
    return;
  }
  RequestCheck* const check = RequestCheck::of(context->Buffer);
  if (check != nullptr && context->MinorFunction == WMI_GET_SINGLE_INSTANCE &&
      offset < context->BufferSize) {
    const std::uint32_t length = wnode.get(size_field);
    check->lengths({{&length, 1}, used, static_cast<std::uint32_t>(context->BufferSize - offset)});
  }
  // More data than there was room for cannot have been written rightly.
  if (used != 0 && end > context->BufferSize) {
    finish(context, SRB_STATUS_ERROR, 0);
    return;
  }
  // Without data the answer may end in front of an offset that lies behind the buffer.
  const ULONG size = static_cast<ULONG>(std::min<std::uint64_t>(end, context->BufferSize));
  wnode.put(size_field, used);
  wnode.put(offsetof(WNODE_HEADER, BufferSize), size);
  finish(context, SRB_STATUS_SUCCESS, size);
}

void post_process(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used) {
  // A request that is reported as still pending would never end.
  if (status == SRB_STATUS_PENDING) status = SRB_STATUS_ERROR;
  if (status != SRB_STATUS_SUCCESS && status != SRB_STATUS_DATA_OVERRUN) {
    finish(context, status, 0);
    return;
  }
  switch (context->MinorFunction) {
    case WMI_GET_ALL_DATA: {
      const std::uint64_t needed = end_all(context, status, used);
      if (needed != 0) too_small(context, needed);
      return;
    }
    case WMI_GET_SINGLE_INSTANCE:
      post_single(context, status, used, offsetof(WNODE_SINGLE_INSTANCE, DataBlockOffset),
                  offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock));
      return;
    case WMI_EXECUTE_METHOD:
      post_single(context, status, used, offsetof(WNODE_METHOD_ITEM, DataBlockOffset),
                  offsetof(WNODE_METHOD_ITEM, SizeDataBlock));
      return;
    default:
      // Sets and controls answer without data.
      finish(context, status, 0);
      return;
  }
}

}  // namespace
}  // namespace hbalab::port

using namespace hbalab::port;

BOOLEAN ScsiPortWmiDispatchFunction(PSCSI_WMILIB_CONTEXT WmiLibInfo, UCHAR MinorFunction,
                                    PVOID DeviceContext, PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                    PVOID DataPath, ULONG BufferSize, PVOID Buffer) {
  if (RequestContext == nullptr) return FALSE;
  RequestContext->BufferSize = Buffer == nullptr ? 0 : BufferSize;
  RequestContext->Buffer = static_cast<PUCHAR>(Buffer);
  RequestContext->MinorFunction = MinorFunction;
  RequestContext->ReturnStatus = SRB_STATUS_PENDING;
  RequestContext->ReturnSize = 0;
  if (WmiLibInfo == nullptr) return finish(RequestContext, kMalformed, 0);
  using hbalab::check::RequestCheck;
  RequestCheck* const check = RequestCheck::of(Buffer);
  if (check != nullptr) check->dispatching(RequestContext, MinorFunction == WMI_REGINFO);
  const bool pending = dispatch(*WmiLibInfo, DeviceContext, RequestContext, DataPath);
  // A pended one may have been completed, and its buffer be another request's, by now.
  if (check != nullptr && !pending) {
    check->finished(RequestContext->ReturnStatus, RequestContext->ReturnSize);
  }
  return pending ? TRUE : FALSE;
}

VOID ScsiPortWmiPostProcess(PSCSIWMI_REQUEST_CONTEXT RequestContext, UCHAR SrbStatus,
                            ULONG BufferUsed) {
  if (RequestContext == nullptr) return;
  Callback::answer(RequestContext);
  using hbalab::check::RequestCheck;
  RequestCheck* const check = RequestCheck::of(RequestContext->Buffer);
  if (check != nullptr) {
    check->posted(SrbStatus, static_cast<const char*>(__builtin_return_address(0)) - 1);
  }
  post_process(RequestContext, SrbStatus, BufferUsed);
  if (check != nullptr) {
    check->finished(RequestContext->ReturnStatus, RequestContext->ReturnSize);
  }
}

PWCHAR ScsiPortWmiGetInstanceName(PSCSIWMI_REQUEST_CONTEXT RequestContext) {
  if (RequestContext == nullptr) return nullptr;
  switch (RequestContext->MinorFunction) {
    case WMI_GET_SINGLE_INSTANCE:
    case WMI_SET_SINGLE_INSTANCE:
    case WMI_SET_SINGLE_ITEM:
    case WMI_EXECUTE_METHOD:
      break;
    default:
      return nullptr;
  }
  const WnodeRef wnode(RequestContext);
  if (!wnode.holds(sizeof(WNODE_SINGLE_INSTANCE)) ||
      (wnode.flags() & WNODE_FLAG_STATIC_INSTANCE_NAMES) != 0) {
    return nullptr;
  }
  const ULONG offset = wnode.get(offsetof(WNODE_SINGLE_INSTANCE, OffsetInstanceName));
  if (offset % sizeof(WCHAR) != 0 ||
      !wnode.contains(offset, sizeof(USHORT), sizeof(WNODE_SINGLE_INSTANCE))) {
    return nullptr;
  }
  USHORT size = 0;
  std::memcpy(&size, RequestContext->Buffer + offset, sizeof size);
  if (!wnode.contains(offset + sizeof(USHORT), size, sizeof(WNODE_SINGLE_INSTANCE))) {
    return nullptr;
  }
  return wnode.pointer<WCHAR>(offset);
}

VOID ScsiPortWmiFireLogicalUnitEvent(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId,
                                     UCHAR Lun, LPGUID Guid, ULONG InstanceIndex,
                                     ULONG EventDataSize, PVOID EventData) {
  static_assert(sizeof(WNODE_SINGLE_INSTANCE) == 0x40, "the padding in front of event data");
  if (Guid == nullptr || EventDataSize > 0xFFFFFFFFu - sizeof(WNODE_SINGLE_INSTANCE)) return;
  WNODE_SINGLE_INSTANCE wnode{};
  PVOID event = EventData;
  if (event == nullptr) {
    // Without a buffer there can be no data either.
    EventDataSize = 0;
    event = &wnode;
  }
  ServiceCaller::is(__builtin_return_address(0));
  Core* const core = event == &wnode ? nullptr : Core::of(HwDeviceExtension);
  if (core != nullptr) {
    hbalab::wmi::Guid guid;
    std::memcpy(guid.bytes.data(), Guid, sizeof *Guid);
    if (core->event_overflows(guid, event, sizeof wnode + std::uint64_t{EventDataSize})) return;
  }
  wnode.WnodeHeader.BufferSize = static_cast<ULONG>(sizeof wnode + EventDataSize);
  wnode.WnodeHeader.Guid = *Guid;
  wnode.WnodeHeader.Flags =
      WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_STATIC_INSTANCE_NAMES;
  wnode.InstanceIndex = InstanceIndex;
  wnode.DataBlockOffset = sizeof wnode;
  wnode.SizeDataBlock = EventDataSize;
  if (event != &wnode) std::memcpy(event, &wnode, sizeof wnode);
  StorPortNotification(WMIEvent, HwDeviceExtension, event, static_cast<int>(PathId),
                       static_cast<int>(TargetId), static_cast<int>(Lun));
}
