// SendTargets: what a portal tells of targets, and the list of portals that are asked.
#pragma once

#include <string>
#include <vector>

#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

// What a SendTargets answer tells (RFC 7143 Appendix C). A target without an address is at `asked`.
[[nodiscard]] std::vector<TargetInstance> parse_send_targets(std::string_view text,
                                                             const TargetPortal& asked);

// "SendTargets:*192.0.2.10 0003260 PCI\..._0"
[[nodiscard]] std::u16string mechanism_name(const TargetPortal& portal,
                                            const std::string& initiator);

// A discovery session, SendTargets=All, and the list of discovered targets brought up to date. What
// fails leaves the list as it is. Where the portal names no adapter, one that reaches it is taken.
[[nodiscard]] ISDSC_STATUS discover(Initiators& initiators, const SendTargetPortal& portal);

// Asks all portals of the list, several at a time, and the adapters for what they found themselves.
[[nodiscard]] ISDSC_STATUS refresh_all(Initiators& initiators);

// Takes over what the adapter has discovered itself; what it cannot tell stays as it is.
[[nodiscard]] ISDSC_STATUS refresh_adapter(Initiators& initiators, const std::string& initiator);

}  // namespace hbalab::dsc
