// Load balancing, redirections and pings through the WMI request path.
#include "iscsiop/enums.hpp"
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

const std::string kTarget = "fabric/targets/" + std::string(kDisk);

struct ManagementLab : LabFixture {
  using LabFixture::LabFixture;

  Answer method(const iscsi::Guid16& guid, std::uint32_t id, const Bytes& in,
                std::size_t out = 64) {
    auto slot = std::make_shared<std::optional<Answer>>();
    auto call = client->call(instance(guid), id, in, out, false,
                             [slot](Answer answer) { slot->emplace(std::move(answer)); });
    for (int i = 0; i < 60'000 && !*slot; ++i) clock->advance(std::chrono::milliseconds(1));
    REQUIRE(slot->has_value());
    return std::move(**slot);
  }

  // ---- load balancing
  struct Policy {
    std::uint64_t session = 0;
    std::uint32_t policy = 0;
    std::vector<iscsi::ISCSI_Path> paths;
  };
  std::vector<Policy> policies() {
    const Bytes bytes = block(iscsi::MSiSCSI_QueryLBPolicyGuid);
    const auto view = iscsi::view<iscsi::QueryLbPolicyView>(bytes);
    REQUIRE(view.has_value());
    std::vector<Policy> out;
    for (const auto& one : view->policies) {
      out.push_back({one.head->UniqueSessionId,
                     one.head->LoadBalancePolicy,
                     {one.paths.begin(), one.paths.end()}});
    }
    CHECK(view->head->SessionCount == out.size());
    return out;
  }
  static Bytes policy_in(const Policy& wanted) {
    Bytes bytes(iscsi::supported_lb_policies_size(wanted.paths.size()));
    iscsi::BlockWriter writer(bytes);
    const auto out = iscsi::append_supported_lb_policies(
        writer, static_cast<std::uint32_t>(wanted.paths.size()));
    REQUIRE(out.has_value());
    out->head->UniqueSessionId = wanted.session;
    out->head->LoadBalancePolicy = wanted.policy;
    std::ranges::copy(wanted.paths, out->paths.begin());
    return bytes;
  }
  Answer set_policy(const Bytes& in, std::size_t out = 64) {
    return method(iscsi::MSiSCSI_LB_OperationsGuid, 10, in, out);
  }
  std::uint32_t set_policy(const Policy& wanted) {
    return status_of(set_policy(policy_in(wanted)));
  }

  std::uint32_t add_connection(std::uint64_t session, const std::string& address) {
    Bytes bytes(iscsi::add_connection_in_size(0, 0, 0));
    iscsi::BlockWriter writer(bytes);
    auto out = iscsi::append_add_connection_in(writer, {});
    REQUIRE(out.has_value());
    std::uint64_t adapter = 0;
    std::memcpy(&adapter, block(iscsi::MSiSCSI_HBAInformationGuid).data(), 8);
    (*out)->UniqueAdapterId = adapter;
    (*out)->UniqueSessionId = session;
    (*out)->PortNumber = 0xFFFFFFFFu;
    miniport::to_wmi(address_of(address), (*out)->TargetPortal.Address);
    (*out)->TargetPortal.Socket = 3260;
    const auto status = status_of(run(Method::AddConnectionToSession, bytes));
    pass(10);
    return status;
  }

  // ---- redirections
  struct Redirected {
    std::uint32_t tag = 0;
    std::vector<iscsi::ISCSI_RedirectPortalInfo> connections;
  };
  std::vector<Redirected> redirects() {
    const Bytes bytes = block(iscsi::MSiSCSI_RedirectPortalInfoClassGuid);
    const auto view = iscsi::view<iscsi::RedirectPortalInfoClassView>(bytes);
    REQUIRE(view.has_value());
    std::vector<Redirected> out;
    for (const auto& session : view->sessions) {
      out.push_back(
          {session.head->TargetPortalGroupTag, {session.portals.begin(), session.portals.end()}});
    }
    return out;
  }

  // ---- ping
  static Bytes ping_in(std::string_view address, std::uint32_t count = 1,
                       std::uint32_t timeout = 1000, std::uint32_t size = 32) {
    Bytes bytes(iscsi::PingIPAddress_IN_SIZE);
    auto& in = *reinterpret_cast<iscsi::PingIPAddress_IN*>(bytes.data());
    in.RequestCount = count;
    in.RequestSize = size;
    in.Timeout = timeout;
    miniport::to_wmi(address_of(address), in.Address);
    return bytes;
  }
  Answer ping_call(const Bytes& in, std::size_t out = 64) {
    return method(iscsi::MSiSCSI_ManagementOperationsGuid, 10, in, out);
  }
  // Status and answers.
  std::pair<std::uint32_t, std::uint32_t> ping(const Bytes& in) {
    const auto answer = ping_call(in);
    const auto status = status_of(answer);
    REQUIRE(answer->data.size() == iscsi::PingIPAddress_OUT_SIZE);
    std::uint32_t received = 0;
    std::memcpy(&received, answer->data.data() + 4, 4);
    return {status, received};
  }
  std::uint32_t ping_status(const Bytes& in) {
    const auto [status, received] = ping(in);
    CHECK(received == 0);
    return status;
  }
  std::uint32_t answers(std::string_view address, std::uint32_t count = 1,
                        std::uint32_t timeout = 1000) {
    const auto [status, received] = ping(ping_in(address, count, timeout));
    CHECK(status == iscsi::ISDSC_SUCCESS);
    return received;
  }
};

std::string portal(const iscsi::ISCSI_IP_Address& address, std::uint32_t port) {
  return miniport::from_wmi(address)->canonical() + '|' + std::to_string(port);
}

}  // namespace

TEST_CASE("the load balance policy of each session is shown with its paths, and can be set") {
  ManagementLab lab;
  CHECK(lab.policies().empty());
  const auto session = lab.log_in({.max_connections = 4});
  REQUIRE(lab.add_connection(session, "2001:db8::10") == iscsi::ISDSC_SUCCESS);
  auto now = lab.policies();
  REQUIRE(now.size() == 1);
  CHECK(now[0].session == session);
  CHECK(now[0].policy == iscsi::MSiSCSI_LB_ROUND_ROBIN);
  REQUIRE(now[0].paths.size() == 2);
  CHECK(now[0].paths[0].PrimaryPath == 1);
  CHECK(now[0].paths[1].PrimaryPath == 0);
  for (const auto& path : now[0].paths) {
    CHECK(path.EstimatedLinkSpeed == 10'000);
    CHECK(path.PathWeight == 0);
    CHECK(path.ConnectionStatus == 1);
    CHECK(path.TCPOffLoadAvailable == 1);
  }
  auto wanted = now[0];
  wanted.policy = iscsi::MSiSCSI_LB_WEIGHTED_PATHS;
  wanted.paths[0].PathWeight = 3;
  wanted.paths[1].PathWeight = 7;
  wanted.paths[1].PrimaryPath = 1;
  std::swap(wanted.paths[0], wanted.paths[1]);  // in any order
  CHECK(lab.set_policy(wanted) == iscsi::ISDSC_SUCCESS);
  now = lab.policies();
  CHECK(now[0].policy == iscsi::MSiSCSI_LB_WEIGHTED_PATHS);
  CHECK(now[0].paths[0].PathWeight == 3);
  CHECK(now[0].paths[1].PathWeight == 7);
  CHECK(now[0].paths[1].PrimaryPath == 1);
  // It outlives the loss of the session, and ends with it.
  lab.control(kTarget + "/disconnect", "1");
  lab.pass(100);
  now = lab.policies();
  CHECK(now[0].policy == iscsi::MSiSCSI_LB_WEIGHTED_PATHS);
  REQUIRE(now[0].paths.size() == 2);
  CHECK(now[0].paths[0].PathWeight == 3);
  CHECK(now[0].paths[1].PathWeight == 7);
  lab.reset();
  CHECK(lab.policies().empty());
}

TEST_CASE("SetLoadBalancePolicy says what is wrong, and changes nothing") {
  ManagementLab lab;
  const auto session = lab.log_in({.max_connections = 4});
  REQUIRE(lab.add_connection(session, "2001:db8::10") == iscsi::ISDSC_SUCCESS);
  const auto before = lab.policies().at(0);
  const auto refused = [&](auto change) {
    auto wanted = before;
    wanted.policy = iscsi::MSiSCSI_LB_FAILOVER;
    change(wanted);
    const auto status = lab.set_policy(wanted);
    CHECK(lab.policies().at(0).policy == before.policy);
    return status;
  };
  using Policy = ManagementLab::Policy;
  CHECK(refused([](Policy& p) { ++p.session; }) == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(refused([](Policy& p) { p.policy = 0; }) == iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY);
  CHECK(refused([](Policy& p) { p.policy = 7; }) == iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY);
  CHECK(refused([](Policy& p) { p.policy = 6; }) == iscsi::ISDSC_LB_POLICY_NOT_SUPPORTED);
  CHECK(refused([](Policy& p) { p.paths.pop_back(); }) == iscsi::ISDSC_PATH_COUNT_MISMATCH);
  CHECK(refused([](Policy& p) { p.paths.push_back(p.paths[0]); }) ==
        iscsi::ISDSC_PATH_COUNT_MISMATCH);
  CHECK(refused([](Policy& p) { p.paths[1].UniqueConnectionId = 5; }) ==
        iscsi::ISDSC_INVALID_PATH_ID);
  CHECK(refused([](Policy& p) { p.paths[1] = p.paths[0]; }) ==
        iscsi::ISDSC_DUPLICATE_PATH_SPECIFIED);
  CHECK(refused([](Policy& p) { p.paths[1].PrimaryPath = 1; }) ==
        iscsi::ISDSC_MULTIPLE_PRIMARY_PATHS_SPECIFIED);
  CHECK(refused([](Policy& p) { p.paths[0].PrimaryPath = 0; }) ==
        iscsi::ISDSC_NO_PRIMARY_PATH_SPECIFIED);
  const auto discovery = lab.log_in({.target = "", .session_type = 0});
  CHECK(refused([&](Policy& p) { p.session = discovery; }) ==
        iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
  const Bytes in = ManagementLab::policy_in(before);
  for (std::size_t size = 0; size < in.size(); ++size) {
    const auto answer = lab.set_policy(Bytes(in.begin(), in.begin() + static_cast<long>(size)));
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
  auto wanted = before;
  wanted.policy = iscsi::MSiSCSI_LB_FAILOVER;
  CHECK(status_of(lab.set_policy(ManagementLab::policy_in(wanted), 0)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.policies().at(0).policy == iscsi::MSiSCSI_LB_FAILOVER);
}

TEST_CASE("redirected logins are shown with the portal asked for and the one they went to") {
  ManagementLab lab;
  CHECK(lab.redirects().empty());
  const bool temporary = GENERATE(false, true);
  lab.control(kTarget + "/connect_delay_ms", "100");
  lab.control(kTarget + "/redirect_to", "192.0.2.11");
  lab.control(kTarget + "/login_refusal", temporary ? "moved_temporarily" : "moved_permanently");
  Pending login =
      lab.begin(Method::LoginToTarget, login_in({.persistent = false, .max_connections = 2}));
  lab.pass(150);  // on the way to the other portal
  lab.control(kTarget + "/login_refusal", "");
  lab.pass(150);
  REQUIRE(login.answer->has_value());
  const auto session = session_of(**login.answer);
  lab.log_in({.target = "iqn.2026-01.org.example:disk2", .address = "192.0.2.12"});

  auto all = lab.redirects();
  REQUIRE(all.size() == 2);
  CHECK(all[0].tag == 2);
  REQUIRE(all[0].connections.size() == 1);
  const auto& moved = all[0].connections[0];
  CHECK(portal(moved.OriginalIPAddr, moved.OriginalPort) == "192.0.2.10|3260");
  CHECK(portal(moved.RedirectedIPAddr, moved.RedirectedPort) == "192.0.2.11|3260");
  CHECK(moved.Redirected == 1);
  CHECK(moved.TemporaryRedirect == (temporary ? 1 : 0));
  REQUIRE(all[1].connections.size() == 1);
  const auto& plain = all[1].connections[0];
  CHECK(portal(plain.OriginalIPAddr, plain.OriginalPort) == "192.0.2.12|3260");
  CHECK(portal(plain.RedirectedIPAddr, plain.RedirectedPort) == "|0");
  CHECK(plain.Redirected == 0);
  CHECK(plain.TemporaryRedirect == 0);

  // A further connection was asked for at its own portal.
  REQUIRE(lab.add_connection(session, "192.0.2.11") == iscsi::ISDSC_SUCCESS);
  all = lab.redirects();
  REQUIRE(all[0].connections.size() == 2);
  CHECK(all[0].connections[1].Redirected == 0);
  CHECK(portal(all[0].connections[1].OriginalIPAddr, 0) == "192.0.2.11|0");

  // A permanent redirect holds for later logins, a temporary one for its own.
  lab.control(kTarget + "/disconnect", "1");
  CHECK(lab.redirects()[0].connections.empty());
  lab.pass(500);
  all = lab.redirects();
  REQUIRE(!all[0].connections.empty());
  CHECK(all[0].connections[0].Redirected == (temporary ? 0 : 1));
  CHECK(all[0].connections[0].TemporaryRedirect == 0);
  CHECK(all[0].tag == (temporary ? 1 : 2));
}

TEST_CASE("PingIPAddress counts the answers that come in time") {
  ManagementLab lab;
  CHECK(lab.answers("192.0.2.10", 5) == 5);
  CHECK(lab.answers("2001:db8::10") == 1);
  CHECK(lab.answers("text:array.example", 2) == 2);
  CHECK(lab.answers("192.0.2.1") == 1);  // the adapter itself
  CHECK(lab.answers("192.0.2.99", 3) == 0);
  CHECK(lab.answers("192.0.2.30", 2) == 0);  // does not answer at all
  // A host answers also where its TCP port refuses.
  lab.control(kTarget + "/portals/192.0.2.10:3260/state", "refuse");
  CHECK(lab.answers("192.0.2.10") == 1);
  lab.control(kTarget + "/connect_delay_ms", "100");
  CHECK(lab.answers("192.0.2.10", 3, 100) == 3);
  CHECK(lab.answers("192.0.2.10", 3, 99) == 0);
}

TEST_CASE("pings take the time that answers and waiting take") {
  ManagementLab lab;
  lab.control(kTarget + "/connect_delay_ms", "100");
  const auto ref = lab.instance(iscsi::MSiSCSI_ManagementOperationsGuid);
  const auto begin = [&](const Bytes& in) {
    Pending pending;
    pending.call = lab.client->call(ref, 10, in, 64, false, [slot = pending.answer](Answer answer) {
      slot->emplace(std::move(answer));
    });
    return pending;
  };
  Pending answered = begin(ManagementLab::ping_in("192.0.2.10", 10));
  lab.pass(990);
  CHECK(!answered.answer->has_value());
  lab.pass(20);
  REQUIRE(answered.answer->has_value());
  Pending waiting = begin(ManagementLab::ping_in("192.0.2.99", 3, 500));
  lab.pass(1'490);
  CHECK(!waiting.answer->has_value());
  lab.pass(20);
  REQUIRE(waiting.answer->has_value());
  CHECK(status_of(**waiting.answer) == iscsi::ISDSC_SUCCESS);

  // The network changes while they run: five are answered, five are not.
  Pending changing = begin(ManagementLab::ping_in("192.0.2.10", 10));
  lab.pass(450);
  lab.control("adapters/hba0/ports/0/link", "down");
  lab.pass(10'000);
  REQUIRE(changing.answer->has_value());
  REQUIRE((*changing.answer)->has_value());
  CHECK(LabFixture::word(Bytes((**changing.answer)->data.begin(), (**changing.answer)->data.end()),
                         4) == 5);

  Pending cancelled = begin(ManagementLab::ping_in("2001:db8::10", 100));
  lab.pass(10);
  cancelled.call.cancel();
  REQUIRE(cancelled.answer->has_value());
  Pending stopped = begin(ManagementLab::ping_in("2001:db8::10", 100));
  lab.reset();
  REQUIRE(stopped.answer->has_value());
  CHECK(!(*stopped.answer)->has_value());
  lab.pass(1'000);
}

TEST_CASE("PingIPAddress refuses what it cannot send") {
  ManagementLab lab;
  using L = ManagementLab;
  CHECK(lab.ping_status(L::ping_in("192.0.2.10", 0)) == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.ping_status(L::ping_in("192.0.2.10", 1001)) == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.ping_status(L::ping_in("192.0.2.10", 1, 0)) == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.ping_status(L::ping_in("192.0.2.10", 1, 1000, 65508)) ==
        iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.ping_status(L::ping_in("")) == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.ping_status(L::ping_in("text:no.such.host")) == iscsi::ISDSC_DNS_NAME_UNRESOLVED);
  CHECK(lab.ping(L::ping_in("192.0.2.10", 1000, 1, 65507)) ==
        std::pair<std::uint32_t, std::uint32_t>{iscsi::ISDSC_SUCCESS, 1000});
  Bytes odd = L::ping_in("192.0.2.10");
  reinterpret_cast<iscsi::PingIPAddress_IN*>(odd.data())->Address.Type = 4;
  CHECK(lab.ping_status(odd) == iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  lab.control("adapters/hba0/ports/0/link", "down");
  lab.control("adapters/hba0/ports/1/link", "down");
  CHECK(lab.ping_status(L::ping_in("192.0.2.10")) == iscsi::ISDSC_CONNECTION_FAILED);
  lab.control("adapters/hba0/ports/0/link", "up");
  Bytes in = L::ping_in("192.0.2.10");
  for (std::size_t size = 0; size < in.size(); size += 11) {
    const auto answer = lab.ping_call(Bytes(in.begin(), in.begin() + static_cast<long>(size)));
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
  reinterpret_cast<iscsi::PingIPAddress_IN*>(in.data())->Address.TextAddress[0] = 3;
  CHECK(!lab.ping_call(in).has_value());
  CHECK(status_of(lab.ping_call(L::ping_in("192.0.2.10"), 0)) == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("a portal can send logins on, for now or for good") {
  for (const bool permanently : {false, true}) {
    ManagementLab lab;
    const std::string files = kTarget + "/portals/192.0.2.10:3260/";
    lab.control(files + "redirect_to", "192.0.2.11");
    lab.control(files + "redirect_permanently", permanently ? "1" : "0");
    lab.log_in({});
    const auto all = lab.redirects();
    REQUIRE(all.size() == 1);
    const auto& moved = all[0].connections[0];
    CHECK(portal(moved.OriginalIPAddr, moved.OriginalPort) == "192.0.2.10|3260");
    CHECK(portal(moved.RedirectedIPAddr, moved.RedirectedPort) == "192.0.2.11|3260");
    CHECK(moved.TemporaryRedirect == (permanently ? 0 : 1));
    CHECK(lab.lab->control()->write(files + "redirect_to", "not:a:portal").has_value() == false);
    CHECK(lab.lab->control()->read(files + "redirect_to") == "192.0.2.11\n");
    lab.control(files + "redirect_to", "");
  }
}

}  // namespace hbalab::lab_test
