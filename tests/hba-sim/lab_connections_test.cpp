// AddConnectionToSession, RemoveConnectionFromSession and the classes that show connections,
// through the WMI request path.
#include "iscsiop/enums.hpp"
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

const std::string kTarget = "fabric/targets/" + std::string(kDisk);
constexpr std::string_view kV6 = "2001:db8::10";
const std::string kV6State = kTarget + "/portals/[2001:db8::10]:3260/state";

struct Add {
  std::uint64_t session = 0;
  std::optional<std::uint64_t> adapter{};  // default: the right one
  std::uint32_t port = 0xFFFFFFFFu;
  std::string address{kV6};
  std::uint32_t auth_type = 0;
  std::string username{}, password{};
};

struct ConnectionLab : LabFixture {
  using LabFixture::LabFixture;

  Bytes add_in(const Add& add) {
    Bytes block(iscsi::add_connection_in_size(0, add.username.size(), add.password.size()));
    iscsi::BlockWriter writer(block);
    auto out = iscsi::append_add_connection_in(
        writer, {.username = bytes_of(add.username), .password = bytes_of(add.password)});
    REQUIRE(out.has_value());
    auto& in = **out;
    in.UniqueAdapterId = add.adapter.value_or(adapter_id());
    in.UniqueSessionId = add.session;
    in.PortNumber = add.port;
    if (add.auth_type != 0) {
      in.LoginOptions.InformationSpecified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
      in.LoginOptions.AuthType = add.auth_type;
    }
    miniport::to_wmi(address_of(add.address), in.TargetPortal.Address);
    in.TargetPortal.Socket = 3260;
    return block;
  }
  std::uint64_t adapter_id() {
    std::uint64_t id = 0;
    std::memcpy(&id, block(iscsi::MSiSCSI_HBAInformationGuid).data(), 8);
    return id;
  }
  Answer add_call(const Add& add) { return run(Method::AddConnectionToSession, add_in(add)); }
  std::uint32_t add_status(const Add& add) {
    const auto answer = add_call(add);
    const auto status = status_of(answer);
    REQUIRE(answer->data.size() == iscsi::AddConnectionToSession_OUT_SIZE);
    std::uint64_t id = 0;
    std::memcpy(&id, answer->data.data() + 8, 8);
    CHECK((id != 0) == (status == iscsi::ISDSC_SUCCESS));
    return status;
  }
  std::uint64_t add(const Add& wanted) {
    const auto answer = add_call(wanted);
    REQUIRE(status_of(answer) == iscsi::ISDSC_SUCCESS);
    std::uint64_t id = 0;
    std::memcpy(&id, answer->data.data() + 8, 8);
    pass(10);
    return id;
  }
  static Bytes remove_in(std::uint64_t session, std::uint64_t connection) {
    Bytes block = session_in(session);
    const Bytes second = session_in(connection);
    block.insert(block.end(), second.begin(), second.end());
    return block;
  }
  std::uint32_t remove(std::uint64_t session, std::uint64_t connection) {
    return status_of(run(Method::RemoveConnectionFromSession, remove_in(session, connection)));
  }
  // A session that may have several connections.
  std::uint64_t wide_session(std::uint32_t connections = 3) {
    return log_in({.max_connections = connections});
  }
  // Of the first session.
  std::vector<iscsi::ISCSI_ConnectionStaticInfo> connections() {
    const Bytes bytes = block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
    const auto view = iscsi::view<iscsi::InitiatorSessionInfoView>(bytes);
    REQUIRE(view.has_value());
    REQUIRE(!view->sessions.empty());
    const auto first = view->sessions.begin();
    const auto all = first->connections;
    CHECK(first->head->ConnectionCount == all.size());
    return {all.begin(), all.end()};
  }
  std::vector<std::uint32_t> path_states() {
    const Bytes bytes = block(iscsi::MSiSCSI_QueryLBPolicyGuid);
    const auto view = iscsi::view<iscsi::QueryLbPolicyView>(bytes);
    REQUIRE(view.has_value());
    std::vector<std::uint32_t> out;
    const auto first = view->policies.begin();
    for (const auto& path : first->paths) out.push_back(path.ConnectionStatus);
    return out;
  }
  std::string at_target() {
    const auto text = lab->control()->read(kTarget + "/sessions");
    REQUIRE(text.has_value());
    const auto at = text->find("cids=");
    return at == std::string::npos ? std::string()
                                   : text->substr(at + 5, text->find('\n') - at - 5);
  }
};

}  // namespace

TEST_CASE("connections join a session with its ISID and TSIH and a CID of their own") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto leading = lab.connections().at(0);
  CHECK(lab.at_target() == "0");
  const auto second = lab.add({.session = session});
  const auto third = lab.add({.session = session, .address = "192.0.2.10"});
  CHECK(lab.at_target() == "0,1,2");
  const auto all = lab.connections();
  REQUIRE(all.size() == 3);
  CHECK(all[0].UniqueConnectionId == leading.UniqueConnectionId);
  CHECK(all[1].UniqueConnectionId == second);
  CHECK(all[2].UniqueConnectionId == third);
  CHECK(second != third);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(all[i].CID == i);
    CHECK(all[i].State == 1);
  }
  // Each went over the port that reaches its portal.
  CHECK(miniport::from_wmi(all[1].LocalAddr)->canonical() == "2001:db8::1");
  CHECK(miniport::from_wmi(all[2].LocalAddr)->canonical() == "192.0.2.1");
  CHECK(lab.luns() == 2);
  CHECK(lab.sessions() == 1);
  // The session ends as a whole.
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.at_target().empty());
  CHECK(lab.sessions() == 0);
}

TEST_CASE("a removed connection gives its CID back") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto second = lab.add({.session = session});
  const auto third = lab.add({.session = session});
  CHECK(lab.remove(session, second) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.at_target() == "0,2");
  CHECK(lab.connections().size() == 2);
  CHECK(lab.remove(session, second) == iscsi::ISDSC_INVALID_CONNECTION_ID);
  const auto again = lab.add({.session = session});
  CHECK(again != second);
  CHECK(lab.at_target() == "0,1,2");
  CHECK(lab.remove(session, third) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.remove(session, again) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.at_target() == "0");
  CHECK(lab.luns() == 2);
}

TEST_CASE("AddConnectionToSession says what is wrong, and leaves no connection") {
  ConnectionLab lab;
  const auto session = lab.wide_session(2);
  CHECK(lab.add_status({.session = session, .adapter = 1}) ==
        iscsi::ISDSC_INITIATOR_INSTANCE_NOT_FOUND);
  CHECK(lab.add_status({.session = session + 1}) == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(lab.add_status({.session = session, .port = 2}) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(lab.add_status({.session = session, .auth_type = 3}) ==
        iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE);
  CHECK(lab.add_status({.session = session, .auth_type = 1, .password = "short"}) ==
        iscsi::ISDSC_INVALID_TARGET_CHAP_SECRET);
  CHECK(lab.add_status({.session = session, .username = std::string(256, 'u')}) ==
        iscsi::ISDSC_LOGIN_USER_INFO_BAD);
  CHECK(lab.add_status({.session = session, .address = "text:no.such.host"}) ==
        iscsi::ISDSC_DNS_NAME_UNRESOLVED);
  CHECK(lab.add_status({.session = session, .address = "192.0.2.12"}) == iscsi::ISDSC_NOT_FOUND);
  CHECK(lab.add_status({.session = session, .address = "192.0.2.30"}) ==
        iscsi::ISDSC_CONNECTION_FAILED);
  // Another portal group.
  CHECK(lab.add_status({.session = session, .address = "192.0.2.11"}) ==
        iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  lab.control(kTarget + "/login_refusal", "too_many");
  CHECK(lab.add_status({.session = session}) == iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  lab.control(kTarget + "/login_refusal", "");
  CHECK(lab.connections().size() == 1);
  // As many as both sides agreed on.
  lab.add({.session = session});
  CHECK(lab.add_status({.session = session}) == iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  Bytes odd = lab.add_in({.session = session});
  auto& in = *reinterpret_cast<iscsi::AddConnectionToSession_IN*>(odd.data());
  in.TargetPortal.Address.Type = 4;
  CHECK(status_of(lab.call(Method::AddConnectionToSession, odd)) ==
        iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(lab.at_target() == "0,1");
}

TEST_CASE("sessions that can have no further connection") {
  ConnectionLab lab;
  const auto narrow = lab.log_in({});
  CHECK(lab.add_status({.session = narrow}) == iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  CHECK(lab.remove(narrow, lab.connections().at(0).UniqueConnectionId) ==
        iscsi::ISDSC_CANT_REMOVE_LAST_CONNECTION);
  const auto discovery = lab.log_in({.target = "", .session_type = 0});
  CHECK(lab.add_status({.session = discovery}) == iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  // The target's limit counts too.
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(narrow))) == iscsi::ISDSC_SUCCESS);
  lab.control(kTarget + "/keys", "MaxConnections=1");
  const auto limited = lab.wide_session();
  CHECK(lab.add_status({.session = limited}) == iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  lab.control(kTarget + "/portals/192.0.2.10:3260/state", "unreachable");
  lab.pass(10);
  CHECK(lab.add_status({.session = limited}) == iscsi::ISDSC_NO_CONNECTION_AVAILABLE);
}

TEST_CASE("RemoveConnectionFromSession keeps the leading connection") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const std::uint64_t leading = lab.connections().at(0).UniqueConnectionId;
  const auto second = lab.add({.session = session});
  CHECK(lab.remove(session + 1, second) == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(lab.remove(session, 0) == iscsi::ISDSC_INVALID_CONNECTION_ID);
  CHECK(lab.remove(session, session) == iscsi::ISDSC_INVALID_CONNECTION_ID);
  CHECK(lab.remove(session, leading) == iscsi::ISDSC_CANNOT_REMOVE_LEADING_CONNECTION);
  CHECK(lab.at_target() == "0,1");
  CHECK(lab.remove(session, second) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.remove(session, leading) == iscsi::ISDSC_CANT_REMOVE_LAST_CONNECTION);
}

TEST_CASE("a lost connection leaves the session alone and comes back with its id") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto second = lab.add({.session = session});
  const auto luns = lab.luns();
  lab.control(kV6State, "unreachable");
  lab.pass(10);
  CHECK(lab.connections().size() == 1);
  CHECK(lab.path_states() == std::vector<std::uint32_t>{1, 3});
  CHECK(lab.at_target() == "0");
  CHECK(status_of(lab.run(Method::ScsiReportLuns, session_in(session), 512)) ==
        iscsi::ISDSC_SUCCESS);
  lab.pass(70'000);
  CHECK(lab.luns() == luns);
  lab.control(kV6State, "up");
  lab.pass(8'000);
  REQUIRE(lab.connections().size() == 2);
  CHECK(lab.connections()[1].UniqueConnectionId == second);
  CHECK(lab.path_states() == std::vector<std::uint32_t>{1, 1});
  CHECK(lab.at_target() == "0,1");
  // Without a link of its port nothing is tried.
  lab.control("adapters/hba0/ports/1/link", "down");
  lab.pass(10);
  CHECK(lab.path_states() == std::vector<std::uint32_t>{1, 2});
  // Also a lost one can be removed.
  const bool removed = GENERATE(false, true);
  if (removed) {
    CHECK(lab.remove(session, second) == iscsi::ISDSC_SUCCESS);
  }
  lab.control("adapters/hba0/ports/1/link", "up");
  lab.pass(100);
  CHECK(lab.at_target() == (removed ? "0" : "0,1"));
}

TEST_CASE("with the leading connection the session is lost, and all come back") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto second = lab.add({.session = session});
  const std::string how = GENERATE("disconnect", "request_logout", "port");
  INFO(how);
  if (how == "port") {
    lab.control(kTarget + "/portals/192.0.2.10:3260/state", "unreachable");
    lab.pass(10);
    CHECK(lab.connections().empty());
    CHECK(lab.path_states() == std::vector<std::uint32_t>{3, 3});
    CHECK(lab.at_target().empty());
    lab.control(kTarget + "/portals/192.0.2.10:3260/state", "up");
    lab.pass(8'000);
  } else {
    lab.control(kTarget + "/" + how, "1");
    lab.pass(100);
  }
  REQUIRE(lab.connections().size() == 2);
  CHECK(lab.connections()[1].UniqueConnectionId == second);
  CHECK(lab.at_target() == "0,1");
  CHECK(lab.sessions() == 1);
  CHECK(lab.luns() == 2);
}

TEST_CASE("connections that a target announces to drop come back when it has said") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto second = lab.add({.session = session});
  const auto tried = [&] {
    const auto counters = lab.lab->control()->read(kTarget + "/counters");
    return counters.value().substr(0, counters->find('\n'));
  };
  const auto announced = [&](const std::string& what) {
    lab.control(kTarget + "/announce_drop", what);
    lab.pass(10);
  };
  const auto before = tried();
  SECTION("a further connection, while the session goes on") {
    announced("connection 1 3 60");
    CHECK(lab.at_target() == "0");
    CHECK(lab.path_states() == std::vector<std::uint32_t>{1, 3});
    // Its port being there again is no reason to come earlier.
    lab.control("adapters/hba0/ports/1/link", "down");
    lab.control("adapters/hba0/ports/1/link", "up");
    lab.pass(2'980);
    CHECK(lab.at_target() == "0");
    CHECK(tried() == before);
    lab.pass(20);
  }
  SECTION("the leading one, and with it the session") {
    announced("connection 0 3");
    CHECK(lab.at_target().empty());
    lab.control("adapters/hba0/ports/0/link", "down");
    lab.control("adapters/hba0/ports/0/link", "up");
    lab.pass(2'980);
    CHECK(lab.at_target().empty());
    CHECK(tried() == before);
    lab.pass(20);
  }
  SECTION("all of them") {
    announced("session 7");
    CHECK(lab.at_target().empty());
    CHECK(lab.luns() == 2);
    lab.pass(6'980);
    CHECK(tried() == before);
    lab.pass(20);
  }
  SECTION("as was negotiated, where nothing is said") {
    announced("session");
    lab.pass(1'980);
    CHECK(tried() == before);
    lab.pass(20);
  }
  SECTION("at once") {
    announced("session 0 0");
    lab.pass(10);
  }
  CHECK(lab.at_target() == "0,1");
  CHECK(tried() != before);
  REQUIRE(lab.connections().size() == 2);
  CHECK(lab.connections()[1].UniqueConnectionId == second);
  // A later loss has not been announced.
  lab.control(kTarget + "/disconnect", "1");
  lab.pass(10);
  CHECK(lab.at_target() == "0,1");
}

TEST_CASE("a session that waits before it comes back can be logged out") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  lab.control(kTarget + "/announce_drop", "session 60");
  lab.pass(10);
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == iscsi::ISDSC_SUCCESS);
  lab.pass(70'000);
  CHECK(lab.sessions() == 0);
  CHECK(lab.at_target().empty());
  lab.clock->advance({});  // a checker's request that is due
  CHECK(lab.clock->pending() == 0);
}

TEST_CASE("a target that asks for a negotiation hears what the adapter takes now") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  lab.add({.session = session});
  const auto lengths = [&] {
    std::vector<std::uint32_t> out;
    for (const auto& connection : lab.connections())
      out.push_back(connection.MaxRecvDataSegmentLength);
    return out;
  };
  const auto usual = lengths();
  constexpr std::uint32_t kLess = 4096, kItem = 3;
  REQUIRE(usual != std::vector(2, kLess));
  const Bytes value{kLess & 0xFF, kLess >> 8, 0, 0};
  REQUIRE(
      lab.client->set_item_wait(lab.instance(iscsi::MSiSCSI_HBASessionConfigGuid), kItem, value));
  CHECK(lengths() == usual);  // of sessions to come
  lab.control(kTarget + "/request_negotiation", "1");
  lab.pass(10);
  CHECK(lengths() == std::vector(2, kLess));
  // Also after a loss; a session that logs in later has what is set then.
  lab.control(kTarget + "/disconnect", "1");
  lab.pass(10);
  CHECK(lengths() == std::vector(2, kLess));
}

TEST_CASE("an empty portal is one of the session's group that has no connection yet") {
  ConnectionLab lab;
  const auto session = lab.wide_session(4);
  lab.add({.session = session, .address = ""});  // nothing is known of other portals
  CHECK(status_of(lab.run(Method::SendTargets, send_targets_in(session, ""), 4096)) ==
        iscsi::ISDSC_SUCCESS);
  lab.add({.session = session, .address = ""});
  const auto all = lab.connections();
  REQUIRE(all.size() == 3);
  CHECK(miniport::from_wmi(all[1].RemoteAddr)->canonical() == "192.0.2.10");
  CHECK(miniport::from_wmi(all[2].RemoteAddr)->canonical() == kV6);
}

TEST_CASE("connections are authenticated as sessions are") {
  ConnectionLab lab;
  lab.control(kTarget + "/chap/user", "operator");
  lab.control(kTarget + "/chap/secret", "twelve-bytes");
  const Login login{.persistent = false,
                    .username = "operator",
                    .password = "twelve-bytes",
                    .max_connections = 3};
  Bytes in = login_in(login);
  auto& options = reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data())->LoginOptions;
  options.InformationSpecified =
      options.InformationSpecified | iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  options.AuthType = iscsi::ISCSI_CHAP_AUTH_TYPE;
  const auto session = session_of(lab.run(Method::LoginToTarget, in));
  CHECK(lab.add_status({.session = session}) == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.add_status({.session = session,
                        .auth_type = 1,
                        .username = "operator",
                        .password = "other-secret"}) == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.add_status({.session = session,
                        .auth_type = 1,
                        .username = "operator",
                        .password = "twelve-bytes"}) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.connections().at(1).AuthType == 1);
}

TEST_CASE("a connection that is being added can be cancelled, and a reset ends all") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  lab.control(kTarget + "/login_delay_ms", "500");
  Pending adding = lab.begin(Method::AddConnectionToSession, lab.add_in({.session = session}));
  lab.pass(100);
  REQUIRE(!adding.answer->has_value());
  const bool reset = GENERATE(false, true);
  if (reset) {
    lab.reset();
  } else {
    adding.call.cancel();
  }
  REQUIRE(adding.answer->has_value());
  CHECK(!(*adding.answer)->has_value());
  lab.pass(5'000);
  CHECK(lab.at_target() == (reset ? "" : "0"));
  CHECK(lab.sessions() == (reset ? 0 : 1));
  if (!reset) lab.add({.session = session});
}

TEST_CASE("logging out ends a connection that is being added") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  lab.control(kTarget + "/login_delay_ms", "500");
  Pending adding = lab.begin(Method::AddConnectionToSession, lab.add_in({.session = session}));
  lab.pass(100);
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == iscsi::ISDSC_SUCCESS);
  lab.pass(10);
  REQUIRE(adding.answer->has_value());
  CHECK(status_of(**adding.answer) == iscsi::ISDSC_TRANSPORT_ERROR);
  lab.pass(3'000);
  CHECK(lab.at_target().empty());
}

TEST_CASE("connection methods refuse short IN blocks, and do nothing without room for OUT") {
  ConnectionLab lab;
  const auto session = lab.wide_session();
  const auto second = lab.add({.session = session});
  const auto add = lab.add_in({.session = session});
  const auto remove = ConnectionLab::remove_in(session, second);
  for (std::size_t size = 0; size < add.size(); size += 7) {
    const auto answer = lab.call(Method::AddConnectionToSession,
                                 Bytes(add.begin(), add.begin() + static_cast<long>(size)));
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
  for (std::size_t size = 0; size < remove.size(); ++size) {
    const auto answer = lab.call(Method::RemoveConnectionFromSession,
                                 Bytes(remove.begin(), remove.begin() + static_cast<long>(size)));
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
  CHECK(lab.at_target() == "0,1");
  // The client comes back with room: each ran once.
  const auto added = lab.run(Method::AddConnectionToSession, add, 0);
  CHECK(status_of(added) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.at_target() == "0,1,2");
  CHECK(status_of(lab.run(Method::RemoveConnectionFromSession, remove, 0)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.at_target() == "0,2");
}

}  // namespace hbalab::lab_test
