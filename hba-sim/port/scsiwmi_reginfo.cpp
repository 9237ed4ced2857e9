// WMI_REGINFO of the SCSI port WMI library.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "hba-sim/port/scsiwmi_internal.hpp"

namespace hbalab::port {
namespace {

// A MOF resource name is a resource identifier; a counted string cannot hold more than this anyway.
constexpr std::size_t kMaxMofName = 0x7FFE;

std::size_t bounded_length(const WCHAR* text) {
  std::size_t length = 0;
  while (text != nullptr && length < kMaxMofName && text[length] != 0) ++length;
  return length;
}

WMIREGGUIDW describe(const SCSIWMIGUIDREGINFO& entry) {
  WMIREGGUIDW guid{};
  guid.Guid = *entry.Guid;
  guid.InstanceCount = entry.InstanceCount;
  guid.Flags = entry.Flags;
  // The miniport cannot give names: static ones come from the device object.
  if (entry.InstanceCount != kDynamicInstances) guid.Flags |= WMIREG_FLAG_INSTANCE_PDO;
  return guid;
}

}  // namespace

void write_reginfo(const SCSI_WMILIB_CONTEXT& library, PVOID device,
                   PSCSIWMI_REQUEST_CONTEXT context) {
  PWCHAR mof = nullptr;
  if (library.QueryWmiRegInfo != nullptr) {
    const UCHAR status = library.QueryWmiRegInfo(device, context, &mof);
    if (status != SRB_STATUS_SUCCESS) {
      context->ReturnStatus = status == SRB_STATUS_PENDING ? UCHAR{SRB_STATUS_ERROR} : status;
      context->ReturnSize = 0;
      return;
    }
  }
  const SCSIWMIGUIDREGINFO* list = library.GuidList;
  const std::size_t entries = list == nullptr ? 0 : library.GuidCount;
  const auto valid = [](const SCSIWMIGUIDREGINFO& entry) { return entry.Guid != nullptr; };
  const std::size_t count = static_cast<std::size_t>(std::count_if(list, list + entries, valid));
  const std::size_t mof_length = bounded_length(mof);
  const std::size_t mof_at = sizeof(WMIREGINFOW) + count * sizeof(WMIREGGUIDW);
  const std::size_t size = mof_at + sizeof(USHORT) + mof_length * sizeof(WCHAR);
  const ULONG needed = static_cast<ULONG>((size + 7) & ~std::size_t{7});
  if (context->BufferSize < needed) {
    // No WNODE here: the size needed stands alone at the beginning.
    if (context->BufferSize >= sizeof needed) std::memcpy(context->Buffer, &needed, sizeof needed);
    context->ReturnStatus = SRB_STATUS_DATA_OVERRUN;
    context->ReturnSize = needed;
    return;
  }
  std::memset(context->Buffer, 0, needed);
  WMIREGINFOW info{};
  info.BufferSize = needed;
  info.GuidCount = static_cast<ULONG>(count);
  info.MofResourceName = mof_length == 0 ? 0 : static_cast<ULONG>(mof_at);
  std::memcpy(context->Buffer, &info, sizeof info);
  std::size_t at = sizeof info;
  for (std::size_t i = 0; i < entries; ++i) {
    if (!valid(list[i])) continue;
    const WMIREGGUIDW guid = describe(list[i]);
    std::memcpy(context->Buffer + at, &guid, sizeof guid);
    at += sizeof guid;
  }
  const USHORT mof_bytes = static_cast<USHORT>(mof_length * sizeof(WCHAR));
  std::memcpy(context->Buffer + at, &mof_bytes, sizeof mof_bytes);
  if (mof != nullptr) std::memcpy(context->Buffer + at + sizeof mof_bytes, mof, mof_bytes);
  context->ReturnStatus = SRB_STATUS_SUCCESS;
  context->ReturnSize = needed;
}

}  // namespace hbalab::port
