// WMI structures <-> the types of the HBA.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hba-sim/adapter/hba.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsidef.hpp"

namespace hbalab::miniport {

using iscsi::ViewResult;

// The error names the string whose count is wrong.
[[nodiscard]] ViewResult<IpAddress> from_wmi(const iscsi::ISCSI_IP_Address& address);
[[nodiscard]] ViewResult<Portal> from_wmi(const iscsi::ISCSI_TargetPortal& portal);
[[nodiscard]] adapter::LoginOptions from_wmi(const iscsi::ISCSI_LoginOptions& options);

// The canonical form in which the address of a server is kept, "" for none, or what is wrong with
// it.
[[nodiscard]] std::expected<std::string, iscsi::IsdscStatus> server_address(
    const IpAddress& address);

// ISCSI_HBA_FUNCTIONALITY of the adapter.
[[nodiscard]] std::uint32_t functionality(const adapter::Hba& hba);
[[nodiscard]] inline bool has_functionality(const adapter::Hba& hba, std::uint32_t any_of) {
  return (functionality(hba) & any_of) != 0;
}

void to_wmi(const IpAddress& address, iscsi::ISCSI_IP_Address& out);

// Writes a text of ours, cut to what the member can hold.
void put_text(std::span<iscsi::Le16> field, std::u16string_view text);
void put_text(std::span<iscsi::Le16> field, std::string_view utf8);

}  // namespace hbalab::miniport
