// Members of WMI structures <-> the strong types.
#pragma once

#include <span>
#include <string_view>

#include "hba-sim/types.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsidef.hpp"

namespace hbalab {

// ISCSI_LoginOptions as given.
struct LoginOptions {
  std::uint32_t information_specified = 0;  // iscsi::ISCSI_LOGIN_OPTIONS_INFO_SPECIFIED
  std::uint32_t header_digest = 0;
  std::uint32_t data_digest = 0;
  std::uint32_t maximum_connections = 0;
  std::uint32_t default_time2wait = 0;
  std::uint32_t default_time2retain = 0;
  std::uint32_t login_flags = 0;
  std::uint32_t auth_type = 0;
  [[nodiscard]] bool specifies(iscsi::ISCSI_LOGIN_OPTIONS_INFO_SPECIFIED member) const {
    return (information_specified & member) != 0;
  }
  // ISCSI_AUTH_TYPES; none where AuthType does not count.
  [[nodiscard]] std::uint32_t named_auth_type() const {
    return specifies(iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE) ? auth_type : 0;
  }
  bool operator==(const LoginOptions&) const = default;
};

// The error names the string whose count is wrong.
[[nodiscard]] iscsi::ViewResult<IpAddress> from_wmi(const iscsi::ISCSI_IP_Address& address);
[[nodiscard]] iscsi::ViewResult<Portal> from_wmi(const iscsi::ISCSI_TargetPortal& portal);
[[nodiscard]] LoginOptions from_wmi(const iscsi::ISCSI_LoginOptions& options);

void to_wmi(const IpAddress& address, iscsi::ISCSI_IP_Address& out);
void to_wmi(const LoginOptions& options, iscsi::ISCSI_LoginOptions& out);

// Writes a text of ours, cut to what the member can hold.
void put_text(std::span<iscsi::Le16> field, std::u16string_view text);
void put_text(std::span<iscsi::Le16> field, std::string_view utf8);

}  // namespace hbalab
