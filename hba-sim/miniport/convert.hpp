// WMI structures <-> the types of the HBA.
#pragma once

#include <string>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/wmi_types.hpp"

namespace hbalab::miniport {

using iscsi::ViewResult;

using hbalab::from_wmi;
using hbalab::put_text;
using hbalab::to_wmi;

// The canonical form in which the address of a server is kept, "" for none, or what is wrong with
// it.
[[nodiscard]] std::expected<std::string, iscsi::IsdscStatus> server_address(
    const IpAddress& address);

// ISCSI_HBA_FUNCTIONALITY of the adapter.
[[nodiscard]] std::uint32_t functionality(const adapter::Hba& hba);
[[nodiscard]] inline bool has_functionality(const adapter::Hba& hba, std::uint32_t any_of) {
  return (functionality(hba) & any_of) != 0;
}

}  // namespace hbalab::miniport
