// What the initiator service tells every adapter: node name, secrets, the group's key, tunnel
// addresses. They are kept for adapters that appear later. Each change gives them another mark, and
// an adapter keeps the mark of what it was told last as its GenerationalGuid (which is there for
// that), so that whoever meets an adapter sees whether it has missed something. Any number of
// processes may change and tell at once: a mark that is not the newest is told once more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

// To one adapter. An empty secret takes it away, an empty outer address the tunnel.
[[nodiscard]] ISDSC_STATUS tell_chap_secret(Initiators& initiators, const std::string& initiator,
                                            const Bytes& secret);
[[nodiscard]] ISDSC_STATUS tell_radius_secret(Initiators& initiators, const std::string& initiator,
                                              const Bytes& secret);
[[nodiscard]] ISDSC_STATUS tell_group_key(Initiators& initiators, const std::string& initiator,
                                          const Bytes& key);
[[nodiscard]] ISDSC_STATUS tell_tunnel_address(Initiators& initiators, const std::string& initiator,
                                               const TunnelAddress& address);
// The name is the newest that the adapter has then, and the former one is gone, unless sessions
// have it. Without a name it is the former one's going that counts.
[[nodiscard]] ISDSC_STATUS tell_node_name(Initiators& initiators, const std::string& initiator,
                                          const std::u16string& name, const std::u16string& former);

// One that cannot do it is not concerned.
[[nodiscard]] bool not_concerned(ISDSC_STATUS status);

// Sums up what `tell` hears from each of the adapters. ISDSC_INITIATOR_NOT_FOUND: there is none.
using Tell = std::function<ISDSC_STATUS(const std::string& initiator)>;
[[nodiscard]] ISDSC_STATUS tell_each(const std::vector<std::string>& names, const Tell& tell);

// Changes the settings and tells those of the adapters that are concerned. Where there are such and
// none of them does it, nothing has changed. `change` runs in a transaction and gives what undoes
// it in a later one.
using Undo = std::function<void(State&)>;
[[nodiscard]] ISDSC_STATUS change_settings(Initiators& initiators,
                                           const std::vector<std::string>& concerned,
                                           const std::function<Undo(State&)>& change,
                                           const Tell& tell);
// The change of a single value; an empty one is one to be told, too.
[[nodiscard]] std::function<Undo(State&)> value_change(State::Value name, const Bytes& value);

// For all adapters. An empty one removes theirs.
[[nodiscard]] ISDSC_STATUS set_chap_secret(const Bytes& secret);

// Tells those of the adapters, all that there are, that this process has not met yet what they have
// missed. Costs no request where nothing was ever set, or nothing has come since the last time.
// What fails is tried again by the next process that meets the adapter.
void meet(Initiators& initiators, const std::vector<std::string>& names);

}  // namespace hbalab::dsc
