#include "hba-sim/wmi_types.hpp"

#include <algorithm>
#include <string>

#include "wmi-model/text.hpp"

namespace hbalab {

iscsi::ViewResult<IpAddress> from_wmi(const iscsi::ISCSI_IP_Address& address) {
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

iscsi::ViewResult<Portal> from_wmi(const iscsi::ISCSI_TargetPortal& portal) {
  auto address = from_wmi(portal.Address);
  if (!address) return std::unexpected(address.error());
  Portal result;
  result.address = *std::move(address);
  result.reserved = portal.Reserved;
  result.socket = portal.Socket;
  return result;
}

LoginOptions from_wmi(const iscsi::ISCSI_LoginOptions& options) {
  LoginOptions result;
  result.information_specified = options.InformationSpecified;
  result.login_flags = options.LoginFlags;
  result.auth_type = options.AuthType;
  result.header_digest = options.HeaderDigest;
  result.data_digest = options.DataDigest;
  result.maximum_connections = options.MaximumConnections;
  result.default_time2wait = options.DefaultTime2Wait;
  result.default_time2retain = options.DefaultTime2Retain;
  return result;
}

void to_wmi(const LoginOptions& options, iscsi::ISCSI_LoginOptions& out) {
  out.InformationSpecified = options.information_specified;
  out.LoginFlags = options.login_flags;
  out.AuthType = options.auth_type;
  out.HeaderDigest = options.header_digest;
  out.DataDigest = options.data_digest;
  out.MaximumConnections = options.maximum_connections;
  out.DefaultTime2Wait = options.default_time2wait;
  out.DefaultTime2Retain = options.default_time2retain;
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

}  // namespace hbalab
