// What the initiator service knows by itself, as opposed to its adapters: the lists that users
// make, what discovery found, secrets. In $HBALAB_DSC_STATE, else $XDG_STATE_HOME/hbalab/dsc, else
// ~/.local/state/hbalab/dsc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "iscsidsc/arguments.hpp"
#include "iscsidsc/database.hpp"

namespace hbalab::dsc {

// A portal that is asked for targets.
struct SendTargetPortal {
  std::u16string initiator;  // instance name; "": any that reaches the portal
  ULONG port = ISCSI_ALL_INITIATOR_PORTS;
  TargetPortal portal;
  ULONGLONG security_flags = 0;
  LoginOptions options;
};

struct PortalInGroup {
  std::uint16_t tag = 0;
  TargetPortal portal;
};

// A target as one mechanism found it, through one adapter.
struct TargetInstance {
  std::u16string name;
  std::u16string alias;
  std::u16string mechanism;  // "SendTargets:*192.0.2.10 0003260 PCI\..._0"
  std::string source;        // whose finds it is among: State::source_of, or the mechanism's name
  std::u16string initiator;  // instance name
  ULONG port = ISCSI_ALL_INITIATOR_PORTS;
  std::vector<PortalInGroup> portals;
};

struct StaticTarget {
  std::u16string name;
  std::u16string alias;
  ULONG flags = 0;
  bool persist = false;  // false: until the machine starts again
  std::optional<TargetMapping> mapping;
  LoginOptions options;
  std::vector<TargetPortal> portals;
};

struct TunnelAddress {
  std::u16string initiator;  // "": all
  ULONG port = ISCSI_ALL_INITIATOR_PORTS;
  std::u16string destination;
  std::u16string outer;  // "": taken away again, which adapters have to be told
};

// A key that an identity of an adapter shows to targets, for an adapter that cannot keep it.
struct IkeKey {
  std::u16string initiator;  // instance name
  ULONG port = ISCSI_ALL_INITIATOR_PORTS;
  UCHAR id_type = 0;
  Bytes id;
  ULONGLONG security_flags = 0;
  bool persist = false;  // false: until the machine starts again
  SecretBytes key;
};

// The lists, inside of a transaction.
class State {
 public:
  explicit State(Database& database) : db_(database) {}

  [[nodiscard]] std::vector<SendTargetPortal> portals();
  // The same initiator, port and portal, however they are written.
  [[nodiscard]] bool has_portal(const SendTargetPortal& portal);
  void put_portal(const SendTargetPortal& portal);
  bool erase_portal(const SendTargetPortal& portal);
  // What is the same for what has_portal calls the same.
  [[nodiscard]] static std::string source_of(const SendTargetPortal& portal);

  [[nodiscard]] std::vector<TargetInstance> discovered();
  [[nodiscard]] std::vector<TargetInstance> discovered(const std::u16string& target);
  // What a source tells replaces what it told before.
  void replace_discovered(const std::string& source, const std::vector<TargetInstance>& targets);
  void put_discovered(const TargetInstance& target);

  [[nodiscard]] std::vector<StaticTarget> static_targets();
  [[nodiscard]] std::optional<StaticTarget> static_target(const std::u16string& name);
  void put_static_target(const StaticTarget& target);
  bool erase_static_target(const std::u16string& name);

  // Plain lists of texts: iSNS servers, RADIUS servers, bound devices. Compared without regard to
  // case.
  enum class Texts { isns_servers, radius_servers, bound_devices };
  [[nodiscard]] std::vector<std::u16string> texts(Texts list);
  [[nodiscard]] bool has_text(Texts list, const std::u16string& text);
  void put_text(Texts list, const std::u16string& text);
  bool erase_text(Texts list, const std::u16string& text);
  void clear_texts(Texts list);

  // Single values; secrets among them are never shown to anybody.
  enum class Value {
    node_name,
    former_node_name,  // which adapters are to forget
    chap_secret,
    radius_secret,
    group_key,
    settings_mark,  // settings.hpp
  };
  [[nodiscard]] std::optional<SecretBytes> value(Value name);
  void put_value(Value name, const Bytes& value);
  void erase_value(Value name);

  [[nodiscard]] std::vector<TunnelAddress> tunnel_addresses();
  // The one of the same initiator, port and destination.
  [[nodiscard]] std::optional<TunnelAddress> tunnel_address(const TunnelAddress& address);
  void put_tunnel_address(const TunnelAddress& address);
  bool erase_tunnel_address(const TunnelAddress& address);

  [[nodiscard]] std::vector<IkeKey> ike_keys();
  [[nodiscard]] std::vector<IkeKey> ike_keys(const std::u16string& initiator);
  // Takes the place of the one of the same initiator, port and identity.
  void put_ike_key(const IkeKey& key);
  bool erase_ike_key(const IkeKey& key);

  // Numbers that the system gives to devices, from 1: the same for a device as long as the file is.
  [[nodiscard]] ULONG device_number(const std::string& device);

 private:
  Database& db_;
};

[[nodiscard]] std::string state_directory();

// Another one after every change of the file; nullopt: there is none.
struct StateStamp {
  struct Part {
    std::uint64_t inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Part&) const = default;
  };
  Part file, log;
  bool operator==(const StateStamp&) const = default;
};
[[nodiscard]] std::optional<StateStamp> state_stamp();

// Runs `body` in a transaction on the state directory's file. No adapter is asked in it: others
// wait for the file meanwhile.
[[nodiscard]] ISDSC_STATUS read_state(const std::function<ISDSC_STATUS(State&)>& body);
[[nodiscard]] ISDSC_STATUS write_state(const std::function<ISDSC_STATUS(State&)>& body);

}  // namespace hbalab::dsc
