// What this library asks adapters for, in WMI requests. One object serves one operation; what it
// reaches is settled when it is made.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hba-sim/types.hpp"
#include "iscsidsc/initiators.hpp"
#include "vds/object_ids.hpp"

namespace hbalab::vds {

using dsc::Outcome;

struct Session {
  std::string initiator;  // the adapter's instance name
  std::uint64_t id = 0;
  auto operator<=>(const Session&) const = default;
};

// Persistent logins that an adapter has of one target.
struct Stored {
  std::string initiator;
  std::u16string target;  // in the spelling of one of them
};

// What is known of a target. `failure`: why an adapter, or all, could not be asked.
struct Survey {
  std::vector<Session> sessions;
  std::vector<Stored> stored;
  ISDSC_STATUS failure = ISDSC_SUCCESS;
};

struct InitiatorPort {
  std::uint32_t index = 0;
  bool complete = true;  // false: the address is malformed
  IpAddress address;
  std::uint32_t tcp_port = 0;
};

struct LoginRequest {
  std::uint32_t port = PortNumber::kAnyOrAll;
  IscsiName target;
  Portal portal;  // empty: the adapter's choice
  std::uint32_t login_flags = 0;
  bool header_digest = false, data_digest = false;
  std::uint32_t auth_type = 0;
  Bytes secret;  // CHAP: proves the initiator to the target
};

// Portals of the target in the discovery library's lists, those found through the adapter first.
[[nodiscard]] std::vector<Portal> listed_portals(const IscsiName& target,
                                                 const std::string& initiator);

class Adapters {
 public:
  [[nodiscard]] Outcome<std::vector<std::string>> all() { return initiators_.all(); }
  // ISDSC_INITIATOR_NOT_FOUND.
  [[nodiscard]] ISDSC_STATUS check_present(const std::string& initiator);
  [[nodiscard]] Outcome<std::vector<InitiatorPort>> ports(const std::string& initiator);

  [[nodiscard]] Survey survey(const VDS_OBJECT_ID& target);
  [[nodiscard]] ISDSC_STATUS log_out(const Session& session);
  // All of them, whatever their port and portal.
  [[nodiscard]] ISDSC_STATUS remove(const Stored& logins);
  // `persistent`: stores the login for the adapter's next start and does not log in.
  [[nodiscard]] ISDSC_STATUS log_in(const std::string& initiator, const LoginRequest& request,
                                    bool persistent);
  // By the ids that this process has asked for, then by what the discovery library's lists and the
  // adapters know. nullopt: nobody knows it.
  [[nodiscard]] Outcome<std::optional<IscsiName>> find_target(const VDS_OBJECT_ID& id);
  [[nodiscard]] Outcome<std::optional<Portal>> find_portal(const VDS_OBJECT_ID& id);

 private:
  // Targets and portals of the lists, and of adapters' sessions, persistent logins and discoveries;
  // either may be given again, and is empty where there is none.
  using Visitor = std::function<void(const IscsiName&, const Portal&)>;
  [[nodiscard]] ISDSC_STATUS visit(const Visitor& visitor);
  [[nodiscard]] ISDSC_STATUS visit_sessions(const std::string& initiator, const Visitor& visitor);
  [[nodiscard]] ISDSC_STATUS visit_stored(const std::string& initiator, const Visitor& visitor);
  [[nodiscard]] ISDSC_STATUS visit_discovered(const std::string& initiator, const Visitor& visitor);
  [[nodiscard]] ISDSC_STATUS survey_sessions(const std::string& initiator,
                                             const VDS_OBJECT_ID& target, Survey& found);
  [[nodiscard]] ISDSC_STATUS survey_stored(const std::string& initiator,
                                           const VDS_OBJECT_ID& target, Survey& found);

  dsc::Initiators initiators_;
};

}  // namespace hbalab::vds
