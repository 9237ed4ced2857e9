// The simulated fabric: targets as the lab file describes them, changeable while they run.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/lab/config.hpp"

namespace hbalab::fabric {

class FabricCore;

struct EditError {
  enum class Kind {
    not_found,  // no such target, portal, LUN, host, network
    exists,     // there is one of that name already
    in_use,     // something depends on it
    invalid,    // breaks a rule of the lab file
  } kind = Kind::invalid;
  std::string reason;
};
using Edit = std::expected<void, EditError>;

struct TargetCounters {
  std::uint64_t logins_tried = 0, logins_refused = 0, logins_ok = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;  // keys, CDBs and data, without headers
  std::size_t sessions = 0, connections = 0;  // now
};

// What a target says before it drops connections. Times that are not given are those that the
// session negotiated.
struct DropNotice {
  std::optional<std::uint16_t> cid;  // of every session; nothing: all of its connections
  std::optional<std::chrono::seconds> time_to_wait, time_to_retain;
};

struct SessionView {
  std::string initiator;  // canonical
  std::array<std::uint8_t, 6> isid{};
  std::uint16_t tsih = 0;
  std::uint16_t group = 0;
  std::vector<std::uint16_t> cids;
};

// Thread-safe. Memory of an attempt that nobody answers: below 200 bytes and what its callbacks
// hold.
class SimulatedFabric final : public Fabric {
 public:
  // Default network of ports and portals.
  static constexpr std::string_view kDefaultNetwork = "san";

  // `config` must have passed parse_lab or be as good: what breaks its rules is left out.
  SimulatedFabric(const lab::LabConfig& config, std::shared_ptr<Clock> clock);
  // Ends all links; no callback runs any more, but one that has begun.
  ~SimulatedFabric() override;
  SimulatedFabric(const SimulatedFabric&) = delete;
  SimulatedFabric& operator=(const SimulatedFabric&) = delete;

  LinkId connect(const IpAddress& from, const Portal& to,
                 std::function<void(const LinkEvent&)> on_event,
                 std::move_only_function<void(ConnectResult)> done) override;
  void login(LinkId link, LoginRequest request,
             std::move_only_function<void(LoginResponse)> done) override;
  void text(LinkId link, Keys keys,
            std::move_only_function<void(bool answered, Keys)> done) override;
  void scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
            std::move_only_function<void(ScsiResponse)> done) override;
  void logout(LinkId link, std::move_only_function<void(bool answered)> done) override;
  void logout_session(LinkId link, std::move_only_function<void(bool answered)> done) override;
  void close(LinkId link) override;
  [[nodiscard]] bool reaches(const IpAddress& from, const Portal& to) const override;
  // Hosts of portals answer, also where the TCP port refuses, after the longest connect_delay of
  // their targets; so do initiator ports that are plugged into the same network.
  [[nodiscard]] EchoResult echo(const IpAddress& from, const IpAddress& to) const override;
  IsnsId query_isns(const IpAddress& from, const IpAddress& server, std::string initiator,
                    std::move_only_function<void(IsnsTargets)> done,
                    std::move_only_function<void()> changed) override;
  void end_isns(IsnsId registration) override;
  [[nodiscard]] std::vector<IpAddress> isns_servers(const IpAddress& from) const override;
  void plug(const IpAddress& address, const std::string& network) override;
  void unplug(const IpAddress& address) override;

  // Targets, by name in any case. Names are listed in the order of their canonical form.
  [[nodiscard]] std::vector<std::string> target_names() const;
  [[nodiscard]] bool has_target(std::string_view name) const;
  // Everything but portals and LUNs.
  [[nodiscard]] std::optional<lab::TargetConfig> target_settings(std::string_view name) const;
  [[nodiscard]] std::vector<lab::PortalConfig> portals(std::string_view name) const;
  [[nodiscard]] std::vector<std::uint64_t> luns(std::string_view name) const;
  [[nodiscard]] std::optional<lab::LunConfig> lun(std::string_view name,
                                                  std::uint64_t number) const;
  [[nodiscard]] TargetCounters counters(std::string_view name) const;
  [[nodiscard]] std::vector<SessionView> sessions(std::string_view name) const;

  Edit add_target(lab::TargetConfig config);
  Edit remove_target(std::string_view name);  // drops its links
  // Changes settings: `change` edits a copy, which is checked and then taken. Portals, LUNs and the
  // name in the copy are ignored. Applies to logins that begin afterwards.
  Edit edit_target(std::string_view name, const std::function<void(lab::TargetConfig&)>& change);
  // Sets one member of the target's CHAP. The parts come one after the other, so halves are kept:
  // logins need CHAP once user and secret are both there, and the target answers mutual CHAP once
  // both of those parts are there.
  Edit set_chap_part(std::string_view name, std::string lab::ChapConfig::* part,
                     std::string_view text);
  // What is set, with the secrets left out.
  [[nodiscard]] std::optional<lab::ChapConfig> chap_names(std::string_view name) const;
  // Adds a portal, or changes the one of the same address and TCP port. Links through a portal that
  // moves away or does not answer any more are dropped.
  Edit put_portal(std::string_view name, const lab::PortalConfig& portal);
  // Changes an existing one in place; address and TCP port stay.
  Edit edit_portal(std::string_view name, const Portal& portal,
                   const std::function<void(lab::PortalConfig&)>& change);
  Edit remove_portal(std::string_view name, const Portal& portal);
  // Adds or changes a LUN; every session of the target is told when one comes or goes, and finds a
  // unit attention when one has another size.
  Edit put_lun(std::string_view name, const lab::LunConfig& lun);
  Edit edit_lun(std::string_view name, std::uint64_t number,
                const std::function<void(lab::LunConfig&)>& change);
  Edit remove_lun(std::string_view name, std::uint64_t number);
  // Asks the initiators of a target to log out (async message 1), or drops its links.
  Edit request_logout(std::string_view name);
  // Announces the drop (async messages 2 and 3), then drops. It is an error when there is no such
  // connection.
  Edit announce_drop(std::string_view name, const DropNotice& notice);
  // Asks for a Text Request on every connection (async message 4).
  Edit request_negotiation(std::string_view name);
  // A ping to the initiators of a target is changed on its way: its header, or its data.
  Edit damage(std::string_view name, bool header);
  Edit drop_links(std::string_view name);

  // Name resolution. A portal that is known by the name moves with it: its links are dropped.
  [[nodiscard]] std::vector<lab::HostConfig> hosts() const;
  [[nodiscard]] std::optional<std::string> host(std::string_view name) const;
  Edit put_host(const lab::HostConfig& host);
  Edit remove_host(std::string_view name);

  // iSNS servers, by address; listed in the order of their canonical form.
  [[nodiscard]] std::vector<std::string> isns_server_addresses() const;
  [[nodiscard]] std::optional<lab::IsnsServerConfig> isns_server(std::string_view address) const;
  // Initiator nodes that are registered there now, in the order of their names.
  [[nodiscard]] std::vector<std::string> isns_initiators(std::string_view address) const;
  Edit add_isns_server(std::string_view address);
  // `change` edits a copy, which is checked and then taken; the address stays. Moving the server to
  // another network, or out of the state "up", ends the registrations with it.
  Edit edit_isns_server(std::string_view address,
                        const std::function<void(lab::IsnsServerConfig&)>& change);
  Edit remove_isns_server(std::string_view address);

  // Networks: those that ports and portals name, and those that were added.
  [[nodiscard]] std::vector<std::string> networks() const;
  [[nodiscard]] std::optional<bool> network_up(std::string_view name) const;
  Edit add_network(std::string_view name);
  Edit remove_network(std::string_view name);
  Edit set_network_up(std::string_view name, bool up);  // down: drops every link of the network

  // Links and attempts that are open.
  [[nodiscard]] std::size_t link_count() const;

 private:
  std::shared_ptr<FabricCore> core_;
};

}  // namespace hbalab::fabric
