#include "hba-sim/miniport/convert.hpp"

#include <algorithm>

#include "hba-sim/lab/config_rules.hpp"
#include "iscsiop/enums.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::miniport {
namespace {

// Lab files name functionality as the header does.
struct Functionality {
  std::string_view name;
  std::uint32_t flag;
};
#define HBALAB_FUNCTIONALITY(flag) {#flag, iscsi::flag}
constexpr Functionality kFunctionality[] = {
    HBALAB_FUNCTIONALITY(ISCSI_HBA_PRESHARED_KEY_CACHE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_IPSEC_TUNNEL_MODE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_CHAP_VIA_RADIUS),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_ISNS_DISCOVERY),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_SLP_DISCOVERY),
};
#undef HBALAB_FUNCTIONALITY

}  // namespace

std::uint32_t functionality(const adapter::Hba& hba) {
  const auto& names = hba.config().functionality;
  std::uint32_t flags = 0;
  for (const Functionality& entry : kFunctionality) {
    if (std::ranges::find(names, entry.name) != names.end()) flags |= entry.flag;
  }
  return flags;
}

std::expected<std::string, iscsi::IsdscStatus> server_address(const IpAddress& address) {
  if (address.type > IpAddress::Type::empty)
    return std::unexpected(iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  if (address.type == IpAddress::Type::empty) return std::string();
  std::string canonical = address.canonical();
  if (address.is_name() && lab::check_host_name(canonical))
    return std::unexpected(iscsi::ISDSC_INVALID_PARAMETER);
  if (canonical.empty()) return std::unexpected(iscsi::ISDSC_INVALID_PARAMETER);
  return canonical;
}

ViewResult<IpAddress> from_wmi(const iscsi::ISCSI_IP_Address& address) {
  auto text = iscsi::read_fixed_string(address.TextAddress, "ISCSI_IP_Address.TextAddress");
  if (!text) return std::unexpected(text.error());
  IpAddress result;
  result.type = static_cast<IpAddress::Type>(address.Type.value());
  result.ipv4 = address.IpV4Address;
  std::ranges::copy(address.IpV6Address, result.ipv6.begin());
  result.ipv6_flow_info = address.IpV6FlowInfo;
  result.ipv6_scope_id = address.IpV6ScopeId;
  result.text = *std::move(text);
  return result;
}

ViewResult<Portal> from_wmi(const iscsi::ISCSI_TargetPortal& portal) {
  auto address = from_wmi(portal.Address);
  if (!address) return std::unexpected(address.error());
  Portal result;
  result.address = *std::move(address);
  result.reserved = portal.Reserved;
  result.socket = portal.Socket;
  return result;
}

adapter::LoginOptions from_wmi(const iscsi::ISCSI_LoginOptions& options) {
  adapter::LoginOptions result;
  result.information_specified = options.InformationSpecified;
  result.header_digest = options.HeaderDigest;
  result.data_digest = options.DataDigest;
  result.maximum_connections = options.MaximumConnections;
  result.default_time2wait = options.DefaultTime2Wait;
  result.default_time2retain = options.DefaultTime2Retain;
  result.login_flags = options.LoginFlags;
  result.auth_type = options.AuthType;
  return result;
}

void to_wmi(const IpAddress& address, iscsi::ISCSI_IP_Address& out) {
  out.Type = static_cast<std::uint32_t>(address.type);
  out.IpV4Address = address.ipv4;
  std::ranges::copy(address.ipv6, std::begin(out.IpV6Address));
  out.IpV6FlowInfo = address.ipv6_flow_info;
  out.IpV6ScopeId = address.ipv6_scope_id;
  put_text(out.TextAddress, address.text);
}

void put_text(std::span<iscsi::Le16> field, std::u16string_view text) {
  // Cut to the field, the write cannot fail.
  (void)iscsi::write_fixed_string(field, text.substr(0, field.size() - 1), {});
}

void put_text(std::span<iscsi::Le16> field, std::string_view utf8) {
  put_text(field, std::u16string_view(wmi::to_utf16(utf8).value_or(std::u16string{})));
}

}  // namespace hbalab::miniport
