// What management software gives the adapter besides logins: names, secrets, servers, IPsec keys
// and the boot target. Plain values with their rules; SettingsStore makes them durable.
//
// Every list is finite. Addresses of servers are kept in canonical form (IpAddress::canonical).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hba-sim/types.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

struct PersistentLogin;

// RFC 7143 9.2.1 asks for CHAP secrets of at least 96 bits without IPsec; adapters store no more
// than 128.
inline constexpr std::size_t kShortestChapSecret = 12;
inline constexpr std::size_t kLongestChapSecret = 16;
inline constexpr std::size_t kLongestUserName = 255;
// RADIUS secrets and IKE preshared keys.
inline constexpr std::size_t kLongestSharedSecret = 255;

// SetInitiatorNodeName and DeleteInitiatorNodeName.
struct InitiatorNodes {
  static constexpr std::size_t kMost = 8;
  std::vector<std::string> names;  // UTF-8 as written, oldest first; the newest is in force
  bool operator==(const InitiatorNodes&) const = default;
  // `factory`: the name that is in force while the list is empty.
  iscsi::IsdscStatus add(const IscsiName& name, const IscsiName& factory);
  iscsi::IsdscStatus remove(const IscsiName& name);
  [[nodiscard]] std::u16string in_force(std::u16string factory) const;
};

// Servers in the order in which they are asked.
struct ServerList {
  static constexpr std::size_t kMost = 8;
  std::vector<std::string> addresses;
  bool operator==(const ServerList&) const = default;
  // One that is there already stays where it is.
  iscsi::IsdscStatus add(const std::string& address);
  // False: it is not there.
  bool remove(const std::string& address);
  // "" where there are fewer.
  [[nodiscard]] std::string at(std::size_t place) const;
  // Replaces the first servers, one for one; "" takes one away.
  void replace_front(std::span<const std::string> wanted);
};

// MSiSCSI_DiscoveryConfig. The first server of the list is its iSNSServer.
struct DiscoverySettings {
  bool isns = true;  // of no effect on an adapter without ISCSI_HBA_ISNS_DISCOVERY
  bool slp = false;
  bool automatic = false;
  std::string initiator_name;  // UTF-8; empty: the node name in force
  ServerList isns_servers;
  bool operator==(const DiscoverySettings&) const = default;
};

// MSiSCSI_RADIUSConfig. The first two servers of the list are its own two.
struct RadiusSettings {
  bool use_for_chap = false;
  Bytes secret;
  ServerList servers;
  bool operator==(const RadiusSettings&) const = default;
};

// An IKE identification payload and the initiator port that names itself by it.
struct IkeIdentity {
  PortNumber port;
  std::uint8_t type = 0;  // IKE_IDENTIFICATION_PAYLOAD_TYPE
  Bytes id;
};

struct PresharedKey {
  std::uint32_t port = PortNumber::kAnyOrAll;
  std::uint8_t id_type = 0;
  Bytes id;
  std::uint64_t security_flags = 0;
  Bytes key;
  bool operator==(const PresharedKey&) const = default;
};

struct TunnelAddress {
  std::uint32_t port = PortNumber::kAnyOrAll;
  std::string destination;  // "": every one
  std::string outer;
  bool operator==(const TunnelAddress&) const = default;
};

// MSiSCSI_SecurityConfigOperations. 0xFFFFFFFF as a port means all ports: what is set for it takes
// the place of what single ports have.
struct IpsecSettings {
  static constexpr std::size_t kMostKeys = 32;
  static constexpr std::size_t kMostTunnels = 16;
  std::vector<PresharedKey> keys;
  Bytes group_key;
  std::vector<TunnelAddress> tunnels;
  // What the NVRAM has instead and nobody can read; empty: all is well. Nothing is added to such a
  // cache before it is cleared.
  Bytes damaged;
  bool operator==(const IpsecSettings&) const = default;

  // An empty key removes.
  iscsi::IsdscStatus set_key(PresharedKey key);
  iscsi::IsdscStatus set_group_key(Bytes key);
  // The key of that port, or the one of all ports. For any port: the one of all ports, or that of
  // the lowest port that has one. Null: none.
  [[nodiscard]] const PresharedKey* find(const IkeIdentity& identity) const;
  // Whether a login over that port has a key to use, be it the group's.
  [[nodiscard]] bool has_key_for(PortNumber port) const;
  // An empty outer address removes.
  iscsi::IsdscStatus set_tunnel(TunnelAddress tunnel);
};

// ISDSC_SUCCESS, or what is wrong with an identification payload (RFC 2407 4.6.2).
[[nodiscard]] iscsi::IsdscStatus check_ike_id(std::uint8_t type, std::size_t size);

// MSiSCSI_BootConfiguration.
struct BootSettings {
  std::uint64_t lun = 0;
  bool discover = false;
  Bytes record;  // what to log in to, as a login is stored; empty: nothing was set
  bool operator==(const BootSettings&) const = default;
  [[nodiscard]] PersistentLogin login() const;
  void set_login(const PersistentLogin& login);
  [[nodiscard]] bool readable() const;  // whether `record` is one
};

// Secrets are reported as zeros in their length, so a block that is written back as it was read
// keeps them. False: zeros of another length, which nobody means as a secret.
[[nodiscard]] bool take_secret(std::span<const std::uint8_t> given, Bytes& secret);

}  // namespace hbalab::adapter
