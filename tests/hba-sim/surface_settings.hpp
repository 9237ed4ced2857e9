// The model of what management software gives the adapter: names, secrets, servers, keys. It is in
// the NVRAM and knows nothing of sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "iscsiop/status.hpp"
#include "tests/hba-sim/surface_command.hpp"
#include "tests/hba-sim/surface_world.hpp"

namespace hbalab::surface {

using Status = iscsi::IsdscStatus;

struct SessionConfig {
  bool initial_r2t = false, immediate_data = true;
  std::uint32_t max_recv = 262144, max_burst = 262144, first_burst = 65536, max_r2t = 1;
  bool operator==(const SessionConfig&) const = default;
};
[[nodiscard]] SessionConfig session_config_at(int index);
[[nodiscard]] bool valid(const SessionConfig& config);

// ---- the pools

// Names for SetInitiatorNodeName: more than fit, one in two spellings, the factory's, a bad one.
struct NodeName {
  std::string written, canonical;
  bool well_formed = true;
};
[[nodiscard]] NodeName node_at(int index);

// Servers: more than fit, in several spellings, and what is none.
struct Server {
  std::string text;       // "" with an address that is none
  std::string canonical;  // "" for none
  enum { good, empty, bad_host, bad_type } kind = good;
};
[[nodiscard]] Server server_at(int index);
// As the iSNS methods are given it.
[[nodiscard]] std::string isns_text(const Server& server);
// The outer address of a SetTunnelModeOuterAddress.
[[nodiscard]] Server tunnel_end(const Command& command);

// What MSiSCSI_DiscoveryConfig is set to.
struct DiscoveryConfig {
  bool isns, slp, automatic;
  NodeName name;  // "": none
  Server server;
};
[[nodiscard]] DiscoveryConfig discovery_config_at(const Command& command);

// What MSiSCSI_BootConfiguration is set to.
struct BootConfig {
  NodeName node;  // "": none
  int target;     // a name
  int portal;     // a portal choice
  bool discover;
  std::uint64_t lun;
  std::string_view user, secret;
};
inline constexpr int kBootConfigs = 32;
[[nodiscard]] BootConfig boot_config_at(int index);

struct Identity {
  std::uint8_t type = 2;
  std::string id;
};
[[nodiscard]] Identity identity_at(int index);
[[nodiscard]] std::string shared_key_at(int index);
[[nodiscard]] std::string radius_secret_at(int index);

class Settings {
 public:
  static constexpr std::size_t kMostListed = 8, kMostKeys = 32, kMostTunnels = 16;
  struct Key {
    std::uint32_t port;
    std::uint8_t type;
    std::string id;
    std::uint64_t flags;
    std::string key;
    bool operator==(const Key&) const = default;
  };
  struct Tunnel {
    std::uint32_t port;
    std::string destination, outer;
    bool operator==(const Tunnel&) const = default;
  };
  bool operator==(const Settings&) const = default;

  // What the method answers, and the change when it is ISDSC_SUCCESS; the NVRAM is not thought of.
  Status apply(const Command& command);
  // GetPresharedKeyForId.
  [[nodiscard]] Status find_key(const Command& command, std::uint64_t& flags) const;

  // A login over that port finds a key for IPsec.
  [[nodiscard]] bool has_key_for(std::uint32_t port) const;

  [[nodiscard]] std::string node() const { return nodes.empty() ? factory() : nodes.back(); }
  [[nodiscard]] static std::string factory() { return std::string(kFactoryName); }
  [[nodiscard]] std::string canonical_node() const;

  SessionConfig session;
  std::string chap_secret, radius_secret, group_key;
  bool use_radius = false;
  bool isns_discovery = true, automatic_isns = false;
  std::string discovery_name;      // "": follows the node's
  std::vector<std::string> nodes;  // as written
  std::vector<std::string> isns, radius;
  std::vector<Key> keys;
  std::vector<Tunnel> tunnels;
  int boot = -1;  // a boot configuration; -1: never set
  int guid = -1;  // each of its bytes; -1: never set, which shows as zeros but is not the same

 private:
  Status set_node(const NodeName& name);
  Status delete_node(const NodeName& name);
  Status set_discovery(const DiscoveryConfig& wanted);
  Status set_chap_secret(const std::string& secret);
  Status set_boot(int index);
  Status set_key(const Command& command);
  Status set_tunnel(const Command& command);
};

}  // namespace hbalab::surface
