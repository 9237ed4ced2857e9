// One element of MSiSCSI_PersistentLogins, straight from the packed record.
#include <algorithm>
#include <cstring>

#include "hba-sim/adapter/login_store_record.hpp"
#include "hba-sim/wtf8.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::ISCSI_LUNList;
using iscsi::ISCSI_Persistent_Login;
using iscsi::ISCSI_TargetMapping;
using iscsi::Le16;

constexpr std::size_t kAlignment = alignof(ISCSI_Persistent_Login);
static_assert(kAlignment == 8);

// WMI strings: the count of bytes, then the characters. The member is zero already.
template <std::size_t N>
void write_text(Le16 (&field)[N], std::string_view text) {
  constexpr std::size_t room = N - 1;
  std::size_t units = 0;
  std::size_t at = 0;
  for (; at < text.size() && units < room; ++at, ++units) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) break;
    field[1 + units] = c;
  }
  while (at < text.size()) {
    const auto c = next_code_point(text, at);
    const std::size_t needed = c && *c >= 0x10000 ? 2 : 1;
    if (!c || units + needed > room) break;
    if (needed == 2) field[1 + units++] = static_cast<std::uint16_t>(0xD7C0 + (*c >> 10));
    field[1 + units++] = static_cast<std::uint16_t>(needed == 2 ? 0xDC00 + (*c & 0x3FF) : *c);
  }
  field[0] = static_cast<std::uint16_t>(2 * units);
}

void write_portal(const RecordView& record, iscsi::ISCSI_TargetPortal& out) {
  out.Address.Type = record.address_type;
  out.Address.IpV4Address = record.ipv4;
  if (record.ipv6 != nullptr) std::memcpy(out.Address.IpV6Address, record.ipv6, 16);
  out.Address.IpV6FlowInfo = record.ipv6_flow_info;
  out.Address.IpV6ScopeId = record.ipv6_scope_id;
  if (!record.address_text.empty()) write_text(out.Address.TextAddress, record.address_text);
  out.Reserved = record.portal_reserved;
  out.Socket = record.socket;
}

void write_mapping(const RecordView& record, ISCSI_TargetMapping& out) {
  out.OSBus = record.os_bus;
  out.OSTarget = record.os_target;
  out.UniqueSessionId = record.unique_session_id;
  out.LUNCount = record.lun_count;
  if (!record.mapping_name.empty()) write_text(out.TargetName, record.mapping_name);
  out.FromPersistentLogin = record.from_persistent_login ? 1 : 0;
  out.Reserved = record.mapping_reserved;
}

}  // namespace

std::size_t element_size(const RecordView& record) {
  const auto size = iscsi::persistent_login_size(record.lun_count, record.username.size());
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

void write_element(const RecordView& record, std::uint8_t* out) {
  std::memset(out, 0, element_size(record));
  // Members up to the LUN list only: what follows lies where the counts put it.
  auto& element = *reinterpret_cast<ISCSI_Persistent_Login*>(out);
  write_text(element.TargetName, record.target);
  element.SecurityFlags = record.security_flags;
  element.InitiatorPortNumber = record.port;
  element.UsernameSize = static_cast<std::uint32_t>(record.username.size());
  element.IsInformationalSession = record.informational ? 1 : 0;
  element.UniqueIdForISID = record.unique_id_for_isid;
  write_portal(record, element.TargetPortal);
  to_wmi(record.options, element.LoginOptions);
  write_mapping(record, element.TargetMapping);
  std::uint8_t* at =
      out + offsetof(ISCSI_Persistent_Login, TargetMapping) + iscsi::target_mapping_size(0);
  LunReader luns(record);
  for (std::uint32_t i = 0; i < record.lun_count; ++i, at += sizeof(ISCSI_LUNList)) {
    const auto from = luns.next();
    auto& to = *reinterpret_cast<ISCSI_LUNList*>(at);
    to.TargetLUN = from.target_lun;
    to.OSLUN = from.os_lun;
    to.Reserved = from.reserved;
  }
  if (!record.username.empty()) std::memcpy(at, record.username.data(), record.username.size());
}

}  // namespace hbalab::adapter
