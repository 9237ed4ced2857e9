#include "hba-sim/miniport/classes.hpp"

#include <algorithm>
#include <array>

#include "hba-sim/include/wmistr.h"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::miniport {
namespace {

using adapter::AdapterSettings;

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

const WmiClass& class_of(const Request& request, ULONG guid_index) {
  return *(*request.device->life)->classes[guid_index];
}

// The block of an instance. `out` has exactly its size.
void write_block(const WmiClass& it, const DeviceExtension& device, ULONG instance,
                 std::span<std::uint8_t> out) {
  if (it.show != nullptr) return it.show(*device.hba, device.hba->settings().now(), instance, out);
  if (it.write != nullptr) it.write(device, instance, out);
}

std::size_t align8(std::size_t offset) { return (offset + 7) & ~std::size_t{7}; }

// What does not fit is counted all the same: the whole size is asked for at once.
BOOLEAN query_all_named(Request& request, const WmiClass& it) {
  const NamedBlocks all = it.named(*request.device, std::nullopt);
  PSCSIWMI_REQUEST_CONTEXT context = &request.context;
  ULONG available = 0;
  ULONG needed = 0;
  bool fits = ScsiPortWmiSetInstanceCount(context, static_cast<ULONG>(all.size()), &available,
                                          &needed) != FALSE;
  for (ULONG i = 0; i < all.size(); ++i) {
    const auto& [name, block] = all[i];
    const auto name_bytes = static_cast<ULONG>(name.size() * sizeof(WCHAR));
    PWCHAR text = ScsiPortWmiSetInstanceName(context, i, name_bytes, &available, &needed);
    if (text != nullptr) std::ranges::copy(name, text);
    PVOID data =
        ScsiPortWmiSetData(context, i, static_cast<ULONG>(block.size()), &available, &needed);
    if (data != nullptr) std::ranges::copy(block, static_cast<std::uint8_t*>(data));
    fits = fits && text != nullptr && data != nullptr;
  }
  complete(request, fits ? SRB_STATUS_SUCCESS : SRB_STATUS_DATA_OVERRUN, needed);
  return FALSE;
}

BOOLEAN query_named(Request& request, const WmiClass& it, const BlockQuery& query) {
  const WCHAR* counted = ScsiPortWmiGetInstanceName(&request.context);
  if (counted == nullptr) return refuse(request, SRB_STATUS_ERROR);
  const std::u16string_view name(counted + 1, counted[0] / sizeof(WCHAR));
  const NamedBlocks found = it.named(*request.device, name);
  // As the WMI library answers for a name that was never there.
  if (found.empty()) return refuse(request, SRB_STATUS_ERROR);
  const Bytes& block = found.front().block;
  const auto size = static_cast<ULONG>(block.size());
  if (query.available < size || query.buffer == nullptr) {
    complete(request, SRB_STATUS_DATA_OVERRUN, size);
    return FALSE;
  }
  std::ranges::copy(block, query.buffer);
  if (query.lengths != nullptr) *query.lengths = size;
  complete(request, SRB_STATUS_SUCCESS, size);
  return FALSE;
}

}  // namespace

std::span<const WmiClass> adapter_classes() {
  static const std::array kClasses{
      classes::hba_information,
      classes::portal_info,
      classes::persistent_logins,
      classes::session_info,
      classes::target_mappings,
      classes::session_config,
      classes::operations,
      classes::security_operations,
      classes::security_capabilities,
      classes::discovery_config,
      classes::radius_config,
      classes::boot_configuration,
      classes::boot_information,
      classes::discovery_operations,
      classes::query_lb_policy,
      classes::lb_operations,
      classes::redirect_portal_info,
      classes::management_operations,
      classes::nic_config,
      classes::tcpip_config,
      classes::instance_statistics,
      classes::login_statistics,
      classes::nic_performance,
      classes::main_mode_statistics,
      classes::quick_mode_statistics,
      classes::connection_statistics,
      classes::session_statistics,
      classes::request_time_statistics,
      event_class(iscsi::MSiSCSI_AdapterEventGuid),
      event_class(iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid),
      event_class(iscsi::MSiSCSI_InitiatorNodeFailureEventGuid),
      event_class(iscsi::MSiSCSI_EventlogGuid),
  };
  return kClasses;
}

BOOLEAN query_class(Request& request, const BlockQuery& query) {
  const WmiClass& it = class_of(request, query.guid_index);
  // A list that cannot be had is not an empty one. Methods and events have no data to be had.
  const bool failed = request.device->hba->health() == iscsi::ISCSI_HBA_STATUS_FAILED;
  if (failed && !it.in_driver && (it.write != nullptr || it.named != nullptr))
    return refuse(request, SRB_STATUS_ERROR);
  if (it.named != nullptr) {
    return ScsiPortWmiIsQueryAllData(&request.context) ? query_all_named(request, it)
                                                       : query_named(request, it, query);
  }
  // Methods and events: instances without data.
  const auto size_of = [&](ULONG i) {
    return it.size == nullptr ? 0 : it.size(*request.device, query.instance + i);
  };
  std::size_t end = 0;
  for (ULONG i = 0; i < query.count; ++i) end = align8(end) + size_of(i);
  if (query.available < end || (query.buffer == nullptr && end != 0)) {
    complete(request, SRB_STATUS_DATA_OVERRUN, static_cast<std::uint32_t>(end));
    return FALSE;
  }
  std::size_t at = 0;
  for (ULONG i = 0; i < query.count; ++i) {
    const std::size_t size = size_of(i);
    if (size != 0) {
      write_block(it, *request.device, query.instance + i, {query.buffer + align8(at), size});
      std::fill(query.buffer + at, query.buffer + align8(at), std::uint8_t{0});
    }
    at = align8(at) + size;
    if (query.lengths != nullptr) query.lengths[i] = static_cast<ULONG>(size);
  }
  complete(request, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(end));
  return FALSE;
}

BOOLEAN set_class(Request& request, ULONG guid_index, ULONG instance,
                  std::span<const std::uint8_t> block) {
  const WmiClass& it = class_of(request, guid_index);
  if (it.set != nullptr) return it.set(request, instance, block);
  if (it.apply == nullptr) return refuse(request, SRB_STATUS_INVALID_REQUEST);
  return set_settings(
      request,
      [&it, &hba = *request.device->hba, instance, block = Bytes(block.begin(), block.end())](
          AdapterSettings& settings) { return it.apply(hba, settings, instance, block); });
}

BOOLEAN set_class_item(Request& request, ULONG guid_index, ULONG instance, ULONG item,
                       std::span<const std::uint8_t> value) {
  const WmiClass& it = class_of(request, guid_index);
  if (it.set_item != nullptr) return it.set_item(request, instance, item, value);
  if (it.apply == nullptr || item == 0 || item > it.items.size()) {
    return refuse(request, SRB_STATUS_INVALID_REQUEST);
  }
  const ItemPlace place = it.items[item - 1];
  if (place.size == 0) return refuse(request, SRB_STATUS_INVALID_REQUEST);
  // Numbers come in their own size; a string with fewer characters than it may have, shorter.
  if (value.size() > place.size) return refuse(request, SRB_STATUS_BAD_SRB_BLOCK_LENGTH);
  return set_settings(
      request,
      [&it, &hba = *request.device->hba, instance, place, size = it.size(*request.device, instance),
       value = Bytes(value.begin(), value.end())](AdapterSettings& settings) {
        Bytes block(size);
        it.show(hba, settings, instance, block);
        const auto member = std::span(block).subspan(place.offset, place.size);
        std::ranges::fill(member, std::uint8_t{0});
        std::ranges::copy(value, member.begin());
        return it.apply(hba, settings, instance, block);
      });
}

BOOLEAN execute_class(const MethodCall& call, ULONG guid_index, std::uint32_t method) {
  const auto methods = class_of(call.request, guid_index).methods;
  const auto found = std::ranges::find(methods, method, &Method::id);
  // An id that the class does not have, and one that this adapter does not implement, look the
  // same.
  if (found == methods.end()) return refuse(call.request, SRB_STATUS_INVALID_REQUEST);
  return found->run(call);
}

}  // namespace hbalab::miniport
