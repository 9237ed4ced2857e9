#include "tests/hba-sim/surface_command.hpp"

#include <ostream>
#include <string_view>

#include "tests/hba-sim/surface_world.hpp"

namespace hbalab::surface {
namespace {

using rc::gen::inRange;

struct KindRow {
  Kind kind;
  std::string_view name;
  int weight;  // how often it is drawn
};
constexpr KindRow kKinds[] = {
    {Kind::login, "LoginToTarget", 34},
    {Kind::save_login, "LoginToTarget(persistent)", 18},
    {Kind::remove_login, "RemovePersistentLogin", 12},
    {Kind::logout, "LogoutFromTarget", 16},
    {Kind::add_connection, "AddConnectionToSession", 14},
    {Kind::remove_connection, "RemoveConnectionFromSession", 8},
    {Kind::send_targets, "SendTargets", 10},
    {Kind::inquiry, "ScsiInquiry", 3},
    {Kind::read_capacity, "ScsiReadCapacity", 3},
    {Kind::report_luns, "ScsiReportLuns", 3},
    {Kind::chap_secret, "SetCHAPSharedSecret", 5},
    {Kind::radius_secret, "SetRADIUSSharedSecret", 2},
    {Kind::set_node, "SetInitiatorNodeName", 5},
    {Kind::delete_node, "DeleteInitiatorNodeName", 3},
    {Kind::add_isns, "AddiSNSServer", 5},
    {Kind::remove_isns, "RemoveiSNSServer", 3},
    {Kind::add_radius, "AddRADIUSServer", 5},
    {Kind::remove_radius, "RemoveRADIUSServer", 3},
    {Kind::set_key, "SetPresharedKeyForId", 12},
    {Kind::get_key, "GetPresharedKeyForId", 6},
    {Kind::group_key, "SetGroupPresharedKey", 2},
    {Kind::tunnel, "SetTunnelModeOuterAddress", 7},
    {Kind::clear_cache, "ClearCache", 1},
    {Kind::set_guid, "SetGenerationalGuid", 2},
    {Kind::report_targets, "ReportDiscoveredTargets", 3},
    {Kind::report_targets2, "ReportDiscoveredTargets2", 3},
    {Kind::load_balance, "SetLoadBalancePolicy", 6},
    {Kind::ping, "PingIPAddress", 4},
    {Kind::session_config, "set MSiSCSI_HBASessionConfig", 4},
    {Kind::use_radius, "set MSiSCSI_RADIUSConfig.UseRADIUSForCHAP", 3},
    {Kind::discovery_config, "set MSiSCSI_DiscoveryConfig", 5},
    {Kind::boot_config, "set MSiSCSI_BootConfiguration", 4},
    {Kind::portal_state, "bench: portal state", 10},
    {Kind::refusal, "bench: login_refusal", 6},
    {Kind::redirect, "bench: redirect_to", 4},
    {Kind::portal_redirect, "bench: redirect_to of a portal", 6},
    {Kind::link, "bench: link", 9},
    {Kind::disconnect, "bench: disconnect", 6},
    {Kind::request_logout, "bench: request_logout", 4},
    {Kind::announce_drop, "bench: announce_drop", 4},
    {Kind::negotiate, "bench: request_negotiation", 3},
    {Kind::damage, "bench: damage", 4},
    {Kind::unit, "bench: unit", 7},
    {Kind::resize, "bench: blocks of a unit", 4},
    {Kind::nvram_fault, "bench: nvram_write_fails", 4},
    {Kind::reset, "bench: reset", 6},
    {Kind::restart, "bench: restart of the lab", 2},
    {Kind::malformed, "half an IN block", 5},
    {Kind::time, "time", 20},
};
static_assert(std::size(kKinds) == static_cast<std::size_t>(Kind::count));

bool only_stored(Kind kind) {
  return (kind > Kind::chap_secret && kind <= Kind::set_guid) || kind == Kind::discovery_config ||
         kind == Kind::boot_config;
}

rc::Gen<Kind> any_kind(bool sessions_only) {
  std::vector<Kind> drawn;
  for (const auto& row : kKinds) {
    if (sessions_only && only_stored(row.kind)) continue;

    drawn.insert(drawn.end(), static_cast<std::size_t>(row.weight), row.kind);
  }
  return rc::gen::elementOf(std::move(drawn));
}

// Mostly a target's own portal: the rest is soon refused.
rc::Gen<int> portal_for(int name) {
  const int target = name_at(name).target;
  if (target < 0) return inRange(0, kPortals);
  std::vector<int> own;
  for (int i = 0; i < kPortals; ++i) {
    if (portal_at(i).target == target) own.push_back(i);
  }
  return rc::gen::weightedOneOf<int>({{6, rc::gen::elementOf(own)}, {1, inRange(0, kPortals)}});
}

rc::Gen<int> seldom(int range) {
  return rc::gen::weightedOneOf<int>({{4, rc::gen::just(0)}, {3, inRange(0, range)}});
}

}  // namespace

rc::Gen<Command> any_command(bool sessions_only) {
  return rc::gen::mapcat(
      rc::gen::weightedOneOf<int>({{7, inRange(0, 5)}, {1, inRange(0, kNames)}}),
      [sessions_only](int name) {
        return rc::gen::build<Command>(
            rc::gen::set(&Command::kind, any_kind(sessions_only)),
            rc::gen::set(&Command::target, rc::gen::just(name)),
            rc::gen::set(&Command::portal, portal_for(name)),
            rc::gen::set(&Command::port,
                         rc::gen::weightedElement<int>({{4, 0}, {3, 1}, {3, 2}, {1, 3}})),
            rc::gen::set(
                &Command::auth,
                name_at(name).target == 2
                    ? rc::gen::weightedOneOf<int>(
                          {{3, rc::gen::just(1)}, {2, rc::gen::just(2)}, {1, inRange(0, kAuths)}})
                    : rc::gen::weightedOneOf<int>(
                          {{9, rc::gen::just(0)}, {1, inRange(0, kAuths)}})),
            rc::gen::set(&Command::mapping, seldom(kMappings)),
            rc::gen::set(&Command::options, rc::gen::weightedElement<int>(
                                                {{4, 0}, {4, 1}, {4, 2}, {1, 3}, {1, 4}, {2, 5}})),
            rc::gen::set(&Command::type,
                         rc::gen::weightedElement<int>({{12, 2}, {3, 1}, {3, 0}, {1, 3}})),
            rc::gen::set(&Command::number, inRange(0, 64)));
      });
}

void showValue(const Command& c, std::ostream& out) {
  out << '{' << kKinds[static_cast<std::size_t>(c.kind)].name << " name=" << name_at(c.target).text
      << " portal=" << portal_at(c.portal).address << '/' << portal_at(c.portal).socket
      << " port=" << static_cast<std::int32_t>(port_number(c.port)) << " auth=" << c.auth
      << " mapping=" << c.mapping << " options=" << c.options << " type=" << c.type
      << " number=" << c.number << '}';
}

}  // namespace hbalab::surface
