// One step of the surface test: what is done, and small numbers that pick its arguments from the
// pools of surface_world.hpp.
#pragma once

#include <rapidcheck.h>
#include <cstdint>
#include <iosfwd>
#include <vector>

namespace hbalab::surface {

enum class Kind : std::uint8_t {
  // MSiSCSI_Operations
  login,
  save_login,
  remove_login,
  logout,
  add_connection,
  remove_connection,
  send_targets,
  inquiry,
  read_capacity,
  report_luns,
  chap_secret,
  radius_secret,
  set_node,
  delete_node,
  add_isns,
  remove_isns,
  add_radius,
  remove_radius,
  // MSiSCSI_SecurityConfigOperations
  set_key,
  get_key,
  group_key,
  tunnel,
  clear_cache,
  set_guid,
  // the other classes
  report_targets,
  report_targets2,
  load_balance,
  ping,
  // what can be set
  session_config,
  use_radius,
  discovery_config,
  boot_config,
  // the bench
  portal_state,
  refusal,
  redirect,
  portal_redirect,
  link,
  disconnect,
  request_logout,
  announce_drop,
  negotiate,
  damage,
  unit,
  resize,
  nvram_fault,
  reset,
  restart,
  malformed,
  time,
  count
};
inline constexpr Kind kLastMethod = Kind::ping;

struct Command {
  Kind kind = Kind::time;
  int target = 0;  // a name, or one of the targets
  int portal = 0;
  int port = 0;
  int auth = 0;
  int mapping = 0;
  int options = 0;
  int type = 2;    // LOGINSESSIONTYPE, and other kinds of things
  int number = 0;  // UniqueIdForISID, a session, an amount
};

void showValue(const Command& command, std::ostream& out);
// `sessions_only`: none of what is only stored, so that sessions and logins meet more often.
[[nodiscard]] rc::Gen<Command> any_command(bool sessions_only = false);
using Script = std::vector<Command>;

}  // namespace hbalab::surface

template <>
struct rc::Arbitrary<hbalab::surface::Command> {
  static Gen<hbalab::surface::Command> arbitrary() { return hbalab::surface::any_command(); }
};
