// WMI_GET_ALL_DATA of the SCSI port WMI library: the WNODE_ALL_DATA of statically named blocks,
// whose lengths the callback writes into an array, and of dynamically named ones, which the
// callback builds with ScsiPortWmiSetInstanceCount, ...SetInstanceName and ...SetData.
//
// Which of the two a request is stands in the WNODE itself (WNODE_FLAG_STATIC_INSTANCE_NAMES): the
// request context has no room for it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "hba-sim/port/checker/request_check.hpp"
#include "hba-sim/port/scsiwmi_internal.hpp"

namespace hbalab::port {
namespace {

constexpr std::size_t kTable = offsetof(WNODE_ALL_DATA, OffsetInstanceDataAndLength);
constexpr std::uint64_t kHeader = 64;  // fixed part of a WNODE_ALL_DATA, 8-aligned
constexpr ULONG kTableEntry = sizeof(OFFSETINSTANCEDATAANDLENGTH);
constexpr ULONG kMaxUlong = 0xFFFFFFFFu;

std::uint64_t align8(std::uint64_t offset) { return (offset + 7) & ~std::uint64_t{7}; }

// A single instance has a fixed size and no table.
std::uint64_t static_data_offset(ULONG count) {
  if (count <= 1) return kHeader;
  return align8(kTable + std::uint64_t{count} * kTableEntry);
}

void put_flags(const WnodeRef& wnode, ULONG set, ULONG clear) {
  wnode.put(offsetof(WNODE_HEADER, Flags),
            (wnode.flags() & ~(clear | WNODE_FLAG_TOO_SMALL)) | set | WNODE_FLAG_ALL_DATA);
}

// Turns the array of lengths into the table of offsets and lengths, which lies in the same place;
// from the last entry to the first, because entry i of the table covers entries 2i and 2i + 1 of
// the array.
bool expand_lengths(const WnodeRef& wnode, ULONG count, std::uint64_t data_offset, ULONG used) {
  std::uint64_t at = 0;
  for (ULONG i = 0; i < count; ++i) {
    const std::uint64_t length = wnode.get(kTable + std::size_t{i} * sizeof(ULONG));
    if (at + length > used) return false;
    at = align8(at + length);
  }
  for (ULONG i = count; i-- > 0;) {
    const ULONG length = wnode.get(kTable + std::size_t{i} * sizeof(ULONG));
    at -= align8(length);
    const std::size_t entry = kTable + std::size_t{i} * kTableEntry;
    wnode.put(entry, static_cast<ULONG>(data_offset + at));
    wnode.put(entry + sizeof(ULONG), length);
  }
  return true;
}

// Lengths that were not set are 0 afterwards, as without a check.
void check_static(check::RequestCheck& check, PSCSIWMI_REQUEST_CONTEXT context, ULONG count,
                  std::uint64_t data_offset, ULONG used) {
  const WnodeRef wnode(context);
  std::vector<std::uint32_t> lengths(count);
  for (ULONG i = 0; i < count; ++i) {
    const std::size_t at = kTable + std::size_t{i} * sizeof(ULONG);
    lengths[i] = wnode.get(at);
    if (lengths[i] == check::kLengthUnset) wnode.put(at, 0);
  }
  check.lengths({lengths, used, static_cast<std::uint32_t>(context->BufferSize - data_offset)});
}

std::uint64_t end_static(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used) {
  const WnodeRef wnode(context);
  const ULONG count = wnode.get(offsetof(WNODE_ALL_DATA, InstanceCount));
  const std::uint64_t data_offset = static_data_offset(count);
  const std::uint64_t end = data_offset + used;
  if (status == SRB_STATUS_DATA_OVERRUN || data_offset > context->BufferSize) {
    return beyond_offer(context, data_offset, end);
  }
  const auto failed = [context] {
    context->ReturnStatus = SRB_STATUS_ERROR;
    context->ReturnSize = 0;
    return std::uint64_t{0};
  };
  auto* const check = check::RequestCheck::of(context->Buffer);
  if (check != nullptr && data_offset < context->BufferSize) {
    check_static(*check, context, count, data_offset, used);
  }
  // More data than there was room for cannot have been written rightly.
  if (end > context->BufferSize) return failed();
  if (count > 1) {
    if (!expand_lengths(wnode, count, data_offset, used)) return failed();
    put_flags(wnode, WNODE_FLAG_STATIC_INSTANCE_NAMES, WNODE_FLAG_FIXED_INSTANCE_SIZE);
  } else {
    if (count == 1 && wnode.get(offsetof(WNODE_ALL_DATA, FixedInstanceSize)) > used) {
      return failed();
    }
    put_flags(wnode, WNODE_FLAG_STATIC_INSTANCE_NAMES | WNODE_FLAG_FIXED_INSTANCE_SIZE, 0);
  }
  wnode.put(offsetof(WNODE_HEADER, BufferSize), static_cast<ULONG>(end));
  wnode.put(offsetof(WNODE_ALL_DATA, DataBlockOffset), static_cast<ULONG>(data_offset));
  wnode.put(offsetof(WNODE_ALL_DATA, OffsetInstanceNameOffsets), 0);
  context->ReturnStatus = SRB_STATUS_SUCCESS;
  context->ReturnSize = static_cast<ULONG>(end);
  return 0;
}

std::uint64_t end_dynamic(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used) {
  const WnodeRef wnode(context);
  const std::uint64_t size = std::max<std::uint64_t>(used, kHeader);
  if (status == SRB_STATUS_DATA_OVERRUN || size > context->BufferSize) return size;
  wnode.put(offsetof(WNODE_HEADER, BufferSize), static_cast<ULONG>(size));
  context->ReturnStatus = SRB_STATUS_SUCCESS;
  context->ReturnSize = static_cast<ULONG>(size);
  return 0;
}

// Takes `size` bytes at the next offset with that alignment. Returns the offset, or 0 without room:
// the count of what would be needed goes on all the same.
std::uint64_t reserve(PSCSIWMI_REQUEST_CONTEXT context, std::uint64_t size, std::uint64_t alignment,
                      PULONG available, PULONG needed) {
  const std::uint64_t offset = (*needed + alignment - 1) / alignment * alignment;
  const std::uint64_t end = offset + size;
  const std::uint64_t taken = end - *needed;
  const bool room = taken <= *available && end <= context->BufferSize;
  *available = room ? *available - static_cast<ULONG>(taken) : 0;
  // The padding goes out with what lies behind it.
  if (room) std::memset(context->Buffer + *needed, 0, static_cast<std::size_t>(offset - *needed));
  *needed = static_cast<ULONG>(std::min<std::uint64_t>(end, kMaxUlong));
  return room ? offset : 0;
}

bool is_instance(PSCSIWMI_REQUEST_CONTEXT context, ULONG index) {
  const WnodeRef wnode(context);
  return wnode.holds(kHeader) && index < wnode.get(offsetof(WNODE_ALL_DATA, InstanceCount));
}

std::uint64_t dynamic_name_table(ULONG count) {
  return kTable + std::uint64_t{count} * kTableEntry;
}

}  // namespace

StaticAll begin_static_all(PSCSIWMI_REQUEST_CONTEXT context, ULONG instance_count) {
  const WnodeRef wnode(context);
  const std::uint64_t data_offset = static_data_offset(instance_count);
  put_flags(wnode, WNODE_FLAG_STATIC_INSTANCE_NAMES, WNODE_FLAG_FIXED_INSTANCE_SIZE);
  wnode.put(offsetof(WNODE_ALL_DATA, InstanceCount), instance_count);
  if (data_offset >= context->BufferSize) return {};
  StaticAll all;
  all.lengths = wnode.pointer<ULONG>(kTable);
  // The table and the padding behind it: what was in the buffer before does not go out.
  std::memset(context->Buffer + kTable, 0, static_cast<std::size_t>(data_offset - kTable));
  if (check::RequestCheck::of(context->Buffer) != nullptr) {
    for (ULONG i = 0; i < instance_count; ++i) all.lengths[i] = check::kLengthUnset;
  }
  all.available = static_cast<ULONG>(context->BufferSize - data_offset);
  all.data = context->Buffer + data_offset;
  return all;
}

void begin_dynamic_all(PSCSIWMI_REQUEST_CONTEXT context) {
  const WnodeRef wnode(context);
  put_flags(wnode, 0, WNODE_FLAG_STATIC_INSTANCE_NAMES | WNODE_FLAG_FIXED_INSTANCE_SIZE);
  if (!wnode.holds(kHeader)) return;
  wnode.put(offsetof(WNODE_ALL_DATA, DataBlockOffset), 0);
  wnode.put(offsetof(WNODE_ALL_DATA, InstanceCount), 0);
  wnode.put(offsetof(WNODE_ALL_DATA, OffsetInstanceNameOffsets), 0);
  wnode.put(kTable, 0);
}

std::uint64_t end_all(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used) {
  const WnodeRef wnode(context);
  if (!wnode.holds(sizeof(WNODE_TOO_SMALL))) return std::max<std::uint64_t>(used, kHeader);
  return (wnode.flags() & WNODE_FLAG_STATIC_INSTANCE_NAMES) != 0
             ? end_static(context, status, used)
             : end_dynamic(context, status, used);
}

}  // namespace hbalab::port

using namespace hbalab::port;

BOOLEAN ScsiPortWmiSetInstanceCount(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceCount,
                                    PULONG BufferAvail, PULONG SizeNeeded) {
  if (RequestContext == nullptr || BufferAvail == nullptr || SizeNeeded == nullptr ||
      RequestContext->MinorFunction != WMI_GET_ALL_DATA) {
    return FALSE;
  }
  const WnodeRef wnode(RequestContext);
  if (!wnode.holds(sizeof(WNODE_TOO_SMALL))) return FALSE;
  put_flags(wnode, 0, WNODE_FLAG_STATIC_INSTANCE_NAMES | WNODE_FLAG_FIXED_INSTANCE_SIZE);
  const std::uint64_t names = dynamic_name_table(InstanceCount);
  const std::uint64_t end = std::max(names + std::uint64_t{InstanceCount} * sizeof(ULONG), kHeader);
  *SizeNeeded = static_cast<ULONG>(std::min<std::uint64_t>(end, kMaxUlong));
  *BufferAvail = 0;
  if (end > RequestContext->BufferSize) return TRUE;
  *BufferAvail = static_cast<ULONG>(RequestContext->BufferSize - end);
  std::memset(RequestContext->Buffer + kTable, 0, static_cast<std::size_t>(end - kTable));
  wnode.put(offsetof(WNODE_ALL_DATA, InstanceCount), InstanceCount);
  wnode.put(offsetof(WNODE_ALL_DATA, DataBlockOffset), static_cast<ULONG>(align8(end)));
  wnode.put(offsetof(WNODE_ALL_DATA, OffsetInstanceNameOffsets), static_cast<ULONG>(names));
  return TRUE;
}

PWCHAR ScsiPortWmiSetInstanceName(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceIndex,
                                  ULONG InstanceNameLength, PULONG BufferAvail, PULONG SizeNeeded) {
  if (RequestContext == nullptr || BufferAvail == nullptr || SizeNeeded == nullptr ||
      RequestContext->MinorFunction != WMI_GET_ALL_DATA || InstanceNameLength > 0xFFFF) {
    return nullptr;
  }
  const std::uint64_t offset =
      reserve(RequestContext, sizeof(USHORT) + std::uint64_t{InstanceNameLength}, sizeof(WCHAR),
              BufferAvail, SizeNeeded);
  if (offset == 0 || !is_instance(RequestContext, InstanceIndex)) return nullptr;
  const WnodeRef wnode(RequestContext);
  const ULONG count = wnode.get(offsetof(WNODE_ALL_DATA, InstanceCount));
  const std::uint64_t entry =
      dynamic_name_table(count) + std::uint64_t{InstanceIndex} * sizeof(ULONG);
  if (!wnode.contains(entry, sizeof(ULONG), kTable)) return nullptr;
  wnode.put(entry, static_cast<ULONG>(offset));
  const USHORT length = static_cast<USHORT>(InstanceNameLength);
  std::memcpy(RequestContext->Buffer + offset, &length, sizeof length);
  return wnode.pointer<WCHAR>(offset + sizeof length);
}

PVOID ScsiPortWmiSetData(PSCSIWMI_REQUEST_CONTEXT RequestContext, ULONG InstanceIndex,
                         ULONG DataLength, PULONG BufferAvail, PULONG SizeNeeded) {
  if (RequestContext == nullptr || BufferAvail == nullptr || SizeNeeded == nullptr ||
      RequestContext->MinorFunction != WMI_GET_ALL_DATA) {
    return nullptr;
  }
  const std::uint64_t offset = reserve(RequestContext, DataLength, 8, BufferAvail, SizeNeeded);
  if (offset == 0 || !is_instance(RequestContext, InstanceIndex)) return nullptr;
  const WnodeRef wnode(RequestContext);
  const std::uint64_t entry = kTable + std::uint64_t{InstanceIndex} * kTableEntry;
  if (!wnode.contains(entry, kTableEntry, kTable)) return nullptr;
  wnode.put(entry, static_cast<ULONG>(offset));
  wnode.put(entry + sizeof(ULONG), DataLength);
  return RequestContext->Buffer + offset;
}
