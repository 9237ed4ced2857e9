#include "hba-sim/miniport/classes.hpp"

#include <algorithm>
#include <array>

#include "hba-sim/include/wmistr.h"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::miniport {
namespace {

constexpr WmiClass event_class(const iscsi::Guid16& guid) {
  WmiClass it;
  it.guid = &guid;
  it.flags = WMIREG_FLAG_EVENT_ONLY_GUID;
  return it;
}

BOOLEAN refuse(Request& request, std::uint8_t srb_status) {
  complete(request, srb_status, 0);
  return FALSE;
}

}  // namespace

std::span<const WmiClass> adapter_classes() {
  static const std::array kClasses{
      classes::hba_information,   classes::portal_info,
      classes::persistent_logins, classes::session_info,
      classes::target_mappings,   classes::session_config,
      classes::nic_config,        classes::tcpip_config,
      classes::operations,        event_class(iscsi::MSiSCSI_AdapterEventGuid),
  };
  return kClasses;
}

BOOLEAN query_class(Request& request, ULONG guid_index, ULONG instance, ULONG* length,
                    ULONG available, std::uint8_t* buffer) {
  const WmiClass& it = adapter_classes()[guid_index];
  // Methods and events: instances without data.
  const std::size_t size = it.size == nullptr ? 0 : it.size(*request.device, instance);
  if (available < size || (buffer == nullptr && size != 0)) {
    complete(request, SRB_STATUS_DATA_OVERRUN, static_cast<std::uint32_t>(size));
    return FALSE;
  }
  if (it.write != nullptr) it.write(*request.device, instance, {buffer, size});
  if (length != nullptr) *length = static_cast<ULONG>(size);
  complete(request, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(size));
  return FALSE;
}

BOOLEAN set_class(Request& request, ULONG guid_index, ULONG instance,
                  std::span<const std::uint8_t> block) {
  const WmiClass& it = adapter_classes()[guid_index];
  if (it.set == nullptr) return refuse(request, SRB_STATUS_INVALID_REQUEST);
  return it.set(request, instance, block);
}

BOOLEAN set_class_item(Request& request, ULONG guid_index, ULONG instance, ULONG item,
                       std::span<const std::uint8_t> value) {
  const WmiClass& it = adapter_classes()[guid_index];
  if (it.set == nullptr || item == 0 || item > it.items.size()) {
    return refuse(request, SRB_STATUS_INVALID_REQUEST);
  }
  const ItemPlace place = it.items[item - 1];
  if (place.size == 0) return refuse(request, SRB_STATUS_INVALID_REQUEST);
  // Numbers come in their own size; a string with fewer characters than it may have, shorter.
  if (value.size() > place.size) return refuse(request, SRB_STATUS_BAD_SRB_BLOCK_LENGTH);
  // As large as any block of fixed members, aligned as blocks are.
  alignas(8) std::array<std::uint8_t, 4096> block{};
  const std::size_t size = it.size(*request.device, instance);
  if (size > block.size()) return refuse(request, SRB_STATUS_INVALID_REQUEST);
  it.write(*request.device, instance, {block.data(), size});
  std::ranges::fill(block.begin() + place.offset, block.begin() + place.offset + place.size, 0);
  std::ranges::copy(value, block.begin() + place.offset);
  return it.set(request, instance, {block.data(), size});
}

BOOLEAN execute_class(const MethodCall& call, ULONG guid_index, std::uint32_t method) {
  const auto methods = adapter_classes()[guid_index].methods;
  const auto found = std::ranges::find(methods, method, &Method::id);
  // An id that the class does not have, and one that this adapter does not implement, look the
  // same.
  if (found == methods.end()) return refuse(call.request, SRB_STATUS_INVALID_REQUEST);
  return found->run(call);
}

}  // namespace hbalab::miniport
