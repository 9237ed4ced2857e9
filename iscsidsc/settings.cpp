#include "iscsidsc/settings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <random>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/state_records.hpp"
#include "iscsiop/builders.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;
using Security = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
using Value = State::Value;

// Somebody who changes the settings again and again is not followed forever.
constexpr int kMostRounds = 8;

// A block that is a size and so many bytes, as methods take secrets.
template <typename In>
SecretBytes sized_block(std::size_t size, const Bytes& value,
                        iscsi::ViewResult<In*> (*append)(iscsi::BlockWriter&,
                                                         std::span<const std::uint8_t>)) {
  SecretBytes block(size);
  iscsi::BlockWriter writer(block);
  (void)append(writer, value);
  return block;
}

ISDSC_STATUS security_call(Initiators& initiators, const std::string& initiator, Security method,
                           const Bytes& in) {
  return initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator, method, in);
}

// Both methods take a name and nothing else.
ISDSC_STATUS node_name_call(Initiators& initiators, const std::string& initiator, Operation method,
                            const std::u16string& name) {
  Request<iscsi::SetInitiatorNodeName_IN> in;
  put_text(in->CreatedInitiatorName, name);
  const auto status = initiators.operation(initiator, method, in.block);
  // One that has no such method keeps its own name.
  return status == ISDSC_REQUEST_NOT_SUPPORTED ? ISDSC_STATUS{ISDSC_SUCCESS} : status;
}

std::u16string text_of(const Bytes& value) { return from_text({value.begin(), value.end()}); }

SecretBytes new_mark() {
  constexpr std::size_t kBytes = 16;
  std::random_device random;
  SecretBytes mark(kBytes);
  for (auto& byte : mark) byte = static_cast<std::uint8_t>(random());
  return mark;
}

struct Settings {
  std::optional<SecretBytes> mark;  // none: nothing was ever set
  std::optional<SecretBytes> node_name, former_node_name, chap_secret, radius_secret, group_key;
  std::vector<TunnelAddress> tunnels;
};

ISDSC_STATUS read_settings(Settings& settings) {
  return read_state([&](State& state) {
    settings = {state.value(Value::settings_mark),
                state.value(Value::node_name),
                state.value(Value::former_node_name),
                state.value(Value::chap_secret),
                state.value(Value::radius_secret),
                state.value(Value::group_key),
                state.tunnel_addresses()};
    return ISDSC_SUCCESS;
  });
}

// The mark that the adapter has; before it was given one it has zeros. nullopt: it does not say.
std::optional<Bytes> mark_of(Initiators& initiators, const std::string& initiator) {
  using Information = iscsi::MSiSCSI_HBAInformation;
  const auto block = initiators.query(iscsi::MSiSCSI_HBAInformationGuid, initiator);
  constexpr auto kAt = offsetof(Information, GenerationalGuid);
  constexpr auto kSize = sizeof(Information::GenerationalGuid);
  if (!block || block->size() < kAt + kSize) return std::nullopt;
  return Bytes(block->begin() + kAt, block->begin() + kAt + kSize);
}

ISDSC_STATUS give_mark(Initiators& initiators, const std::string& initiator, const Bytes& mark) {
  Request<iscsi::SetGenerationalGuid_IN> in(iscsi::SetGenerationalGuid_IN_SIZE);
  std::ranges::copy(mark, in->GenerationalGuid);
  return security_call(initiators, initiator, Security::SetGenerationalGuid, in.block);
}

bool concerns(const TunnelAddress& address, const std::string& initiator) {
  const auto key = [](std::u16string_view text) {
    std::string folded;
    append_folded(folded, text);
    return folded;
  };
  return address.initiator.empty() || key(address.initiator) == key(wide(initiator));
}

// Whether the adapter knows them now.
bool tell_all(Initiators& initiators, const std::string& initiator, const Settings& settings) {
  bool good = true;
  const auto heard = [&](ISDSC_STATUS status) {
    const bool settled = is_done(status) || not_concerned(status) ||
                         status == ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS;  // it never had that one
    good = good && settled;
  };
  if (settings.node_name || settings.former_node_name) {
    const auto text = [](const auto& value) { return value ? text_of(*value) : std::u16string(); };
    heard(tell_node_name(initiators, initiator, text(settings.node_name),
                         text(settings.former_node_name)));
  }
  if (settings.chap_secret) heard(tell_chap_secret(initiators, initiator, *settings.chap_secret));
  if (settings.radius_secret) {
    heard(tell_radius_secret(initiators, initiator, *settings.radius_secret));
  }
  if (settings.group_key) heard(tell_group_key(initiators, initiator, *settings.group_key));
  for (const TunnelAddress& address : settings.tunnels) {
    if (concerns(address, initiator)) heard(tell_tunnel_address(initiators, initiator, address));
  }
  return good;
}

// Until the adapter has the newest mark: somebody may have told it older settings meanwhile.
void bring_up_to_date(Initiators& initiators, const std::string& initiator) {
  for (int round = 0; round < kMostRounds; ++round) {
    Settings settings;
    if (read_settings(settings) != ISDSC_SUCCESS || !settings.mark) return;
    const auto mark = mark_of(initiators, initiator);
    if (!mark || *mark == *settings.mark) return;
    if (!tell_all(initiators, initiator, settings)) return;
    if (give_mark(initiators, initiator, *settings.mark) != ISDSC_SUCCESS) return;
  }
}

}  // namespace

ISDSC_STATUS tell_chap_secret(Initiators& initiators, const std::string& initiator,
                              const Bytes& secret) {
  return initiators.operation(initiator, Operation::SetCHAPSharedSecret,
                              sized_block(iscsi::set_chap_shared_secret_in_size(secret.size()),
                                          secret, iscsi::append_set_chap_shared_secret_in));
}

ISDSC_STATUS tell_radius_secret(Initiators& initiators, const std::string& initiator,
                                const Bytes& secret) {
  return initiators.operation(initiator, Operation::SetRADIUSSharedSecret,
                              sized_block(iscsi::set_radius_shared_secret_in_size(secret.size()),
                                          secret, iscsi::append_set_radius_shared_secret_in));
}

ISDSC_STATUS tell_group_key(Initiators& initiators, const std::string& initiator,
                            const Bytes& key) {
  return security_call(initiators, initiator, Security::SetGroupPresharedKey,
                       sized_block(iscsi::set_group_preshared_key_in_size(key.size()), key,
                                   iscsi::append_set_group_preshared_key_in));
}

ISDSC_STATUS tell_tunnel_address(Initiators& initiators, const std::string& initiator,
                                 const TunnelAddress& address) {
  Request<iscsi::SetTunnelModeOuterAddress_IN> in(iscsi::SetTunnelModeOuterAddress_IN_SIZE);
  in->PortNumber = address.port;
  const auto put = [](const std::u16string& text, iscsi::ISCSI_IP_Address& out) {
    to_wmi(text.empty() ? IpAddress{} : IpAddress::from_text(narrow(text)), out);
  };
  put(address.destination, in->DestinationAddress);
  put(address.outer, in->TunnelModeOuterAddress);
  return security_call(initiators, initiator, Security::SetTunnelModeOuterAddress, in.block);
}

ISDSC_STATUS tell_node_name(Initiators& initiators, const std::string& initiator,
                            const std::u16string& name, const std::u16string& former) {
  const auto set = [&] {
    return node_name_call(initiators, initiator, Operation::SetInitiatorNodeName, name);
  };
  const auto take_away = [&](const std::u16string& gone) {
    const auto status =
        node_name_call(initiators, initiator, Operation::DeleteInitiatorNodeName, gone);
    return status == ISDSC_INITIATOR_NODE_NOT_FOUND ? ISDSC_STATUS{ISDSC_SUCCESS} : status;
  };
  if (name.empty()) return take_away(former);
  auto status = set();
  // Among the adapter's names, but perhaps not its newest.
  if (status == ISDSC_INITIATOR_NODE_ALREADY_EXISTS) {
    status = is_done(take_away(name)) ? set() : ISDSC_STATUS{ISDSC_SUCCESS};
    if (status == ISDSC_INITIATOR_NODE_ALREADY_EXISTS) status = ISDSC_SUCCESS;  // its own
  }
  if (is_done(status) && !former.empty() && IscsiName(former) != IscsiName(name)) {
    (void)take_away(former);
  }
  return status;
}

bool not_concerned(ISDSC_STATUS status) {
  return status == ISDSC_REQUEST_NOT_SUPPORTED || status == ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED;
}

ISDSC_STATUS tell_each(const std::vector<std::string>& names, const Tell& tell) {
  Summary summary;
  for (const std::string& name : names) {
    const auto status = tell(name);
    summary.add(status, not_concerned(status));
  }
  return summary.status(ISDSC_INITIATOR_NOT_FOUND);
}

ISDSC_STATUS change_settings(Initiators& initiators, const std::vector<std::string>& concerned,
                             const std::function<Undo(State&)>& change, const Tell& tell) {
  const auto all = initiators.all();
  if (!all) return all.error();
  const SecretBytes mark = new_mark();
  std::optional<SecretBytes> before;
  Undo undo;
  // First in the state: who meets an adapter from now on tells it the new settings.
  const auto kept = write_state([&](State& state) {
    before = state.value(Value::settings_mark);
    undo = change(state);
    state.put_value(Value::settings_mark, mark);
    return ISDSC_SUCCESS;
  });
  if (kept != ISDSC_SUCCESS) return kept;
  std::vector<std::string> failed;
  const auto tell_one = [&](const std::string& initiator) {
    const auto heard = tell(initiator);
    if (!is_done(heard) && !not_concerned(heard)) failed.push_back(initiator);
    return heard;
  };
  // Where there is nobody, it is kept for those to come.
  const auto status =
      concerned.empty() ? ISDSC_STATUS{ISDSC_SUCCESS} : tell_each(concerned, tell_one);
  if (!is_done(status)) {
    const auto undone = write_state([&](State& state) {
      if (state.value(Value::settings_mark) != mark) return ISDSC_SUCCESS;  // it goes on from there
      undo(state);
      if (before) {
        state.put_value(Value::settings_mark, *before);
      } else {
        state.erase_value(Value::settings_mark);
      }
      return ISDSC_SUCCESS;
    });
    return undone != ISDSC_SUCCESS ? undone : status;
  }
  // Who knew everything before knows everything now; others have missed something else, too.
  const Bytes zeros(mark.size());
  for (const std::string& initiator : *all) {
    if (std::ranges::find(failed, initiator) != failed.end()) continue;
    if (mark_of(initiators, initiator) == (before ? *before : zeros)) {
      (void)give_mark(initiators, initiator, mark);
    }
    bring_up_to_date(initiators, initiator);
  }
  return status;
}

std::function<Undo(State&)> value_change(State::Value name, const Bytes& value) {
  return [name, value = SecretBytes(value.begin(), value.end())](State& state) -> Undo {
    auto before = state.value(name);
    state.put_value(name, value);
    return [name, before = std::move(before)](State& later) {
      if (before) {
        later.put_value(name, *before);
      } else {
        later.erase_value(name);
      }
    };
  };
}

ISDSC_STATUS set_chap_secret(const Bytes& secret) {
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  return change_settings(initiators, *names, value_change(Value::chap_secret, secret),
                         [&](const std::string& initiator) {
                           return tell_chap_secret(initiators, initiator, secret);
                         });
}

namespace {

std::optional<SecretBytes> newest_mark() {
  std::optional<SecretBytes> mark;
  (void)read_state([&](State& state) {
    mark = state.value(Value::settings_mark);
    return ISDSC_SUCCESS;
  });
  return mark;
}

// What this process has met.
struct Met {
  std::mutex mutex;  // guards what follows; held over no request and no transaction
  std::weak_ptr<Transport> transport;
  std::uint64_t epoch = 0;
  std::vector<std::string> names;
  std::optional<StateStamp> stamp;
  std::optional<SecretBytes> mark;
};

// Never destroyed: a program's own threads may still be in a call when it ends.
Met& met() {
  static auto* const instance = new Met;
  return *instance;
}

}  // namespace

void meet(Initiators& initiators, const std::vector<std::string>& names) {
  const auto stamp = state_stamp();
  const auto epoch = initiators.transport()->epoch();
  std::vector<std::string> known;
  std::optional<SecretBytes> mark;
  {
    Met& before = met();
    const std::scoped_lock lock(before.mutex);
    if (before.transport.lock() == initiators.transport() && before.epoch == epoch) {
      if (before.stamp == stamp && before.names == names) return;
      known = before.names;
    }
    mark = before.mark;
  }
  const auto newest = stamp ? newest_mark() : std::nullopt;
  if (newest) {
    for (const std::string& name : names) {
      const bool met_before = std::ranges::binary_search(known, name);
      if (!met_before || mark != newest) bring_up_to_date(initiators, name);
    }
  }
  Met& now = met();
  const std::scoped_lock lock(now.mutex);
  now.transport = initiators.transport();
  now.epoch = epoch;
  now.names = names;
  now.stamp = stamp;
  now.mark = newest;
}

}  // namespace hbalab::dsc
