// Members of WMI structures <-> the strong types.
#pragma once

#include <span>
#include <string_view>

#include "hba-sim/types.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsidef.hpp"

namespace hbalab {

// The error names the string whose count is wrong.
[[nodiscard]] iscsi::ViewResult<IpAddress> from_wmi(const iscsi::ISCSI_IP_Address& address);
[[nodiscard]] iscsi::ViewResult<Portal> from_wmi(const iscsi::ISCSI_TargetPortal& portal);

void to_wmi(const IpAddress& address, iscsi::ISCSI_IP_Address& out);

// Writes a text of ours, cut to what the member can hold.
void put_text(std::span<iscsi::Le16> field, std::u16string_view text);
void put_text(std::span<iscsi::Le16> field, std::string_view utf8);

}  // namespace hbalab
