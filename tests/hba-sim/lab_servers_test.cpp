// Names, secrets and servers of MSiSCSI_Operations through the WMI request path.
#include "tests/hba-sim/lab_security_support.hpp"

namespace hbalab::lab_test {
namespace {

constexpr std::string_view kFactory = "iqn.2026-01.org.example:factory";

struct ServersLab : SecurityLab {
  std::string name_in_force() {
    const auto config = head<iscsi::MSiSCSI_DiscoveryConfig>(iscsi::MSiSCSI_DiscoveryConfigGuid);
    const auto name = iscsi::read_fixed_string(config.InitiatorName, "name").value();
    return {name.begin(), name.end()};
  }
  std::string isns() {
    return text_of(
        head<iscsi::MSiSCSI_DiscoveryConfig>(iscsi::MSiSCSI_DiscoveryConfigGuid).iSNSServer);
  }
  std::pair<std::string, std::string> radius() {
    const auto config = head<iscsi::MSiSCSI_RADIUSConfig>(iscsi::MSiSCSI_RADIUSConfigGuid);
    return {text_of(config.RADIUSServer), text_of(config.BackupRADIUSServer)};
  }
  std::uint32_t mutual_login() {
    Login login{.target = std::string(kSecure),
                .address = "192.0.2.30",
                .persistent = false,
                .auth_type = 2,
                .username = "hbalab",
                .password = "initiator-key"};
    Bytes in = login_in(login);
    reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data())->LoginOptions.InformationSpecified = 0x80;
    const auto answer = run(Method::LoginToTarget, in);
    const auto status = status_of(answer);
    if (status == iscsi::ISDSC_SUCCESS)
      CHECK(status_of(run(Method::LogoutFromTarget, session_in(session_of(answer)))) == 0);
    return status;
  }
  auto runner(Method method) {
    return [this, method](const Bytes& in, std::size_t out) { return call(method, in, out); };
  }
  auto state(const iscsi::Guid16& guid) {
    return [this, guid] { return block(guid); };
  }
};

}  // namespace

TEST_CASE("SetCHAPSharedSecret sets what targets prove in mutual CHAP") {
  ServersLab lab;
  CHECK(lab.mutual_login() == iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);
  for (const std::size_t size : {17u, 255u}) {
    CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in(std::string(size, 'x'))) ==
          iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  }
  CHECK(lab.mutual_login() == iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);
  lab.expect_manners(lab.runner(Method::SetCHAPSharedSecret), counted_in("target-secret"),
                     lab.state(iscsi::MSiSCSI_BootInformationGuid));
  CHECK(lab.mutual_login() == iscsi::ISDSC_SUCCESS);
  for (const char* fault : {"wrong_response", "no_response"}) {
    lab.control("fabric/targets/" + std::string(kSecure) + "/chap_fault", fault);
    CHECK(lab.mutual_login() == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  }
  lab.control("fabric/targets/" + std::string(kSecure) + "/chap_fault", "");
  CHECK(lab.mutual_login() == iscsi::ISDSC_SUCCESS);
  for (const std::size_t size : {12u, 16u}) {
    CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in(std::string(size, 'x'))) == 0);
    CHECK(lab.mutual_login() == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  }
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("")) == 0);
  CHECK(lab.mutual_login() == iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);
  // Without any optional function too.
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("target-secret"), 1) == 0);
}

TEST_CASE("A short CHAP secret is for IPsec only") {
  ServersLab lab;
  for (const std::size_t size : {1u, 11u}) {
    const Bytes in = counted_in(std::string(size, 'x'));
    CHECK(lab.status(Method::SetCHAPSharedSecret, in) == iscsi::ISDSC_SHORT_CHAP_SECRET);
    CHECK(lab.mutual_login() == iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
    // An adapter without IPsec does not take it.
    CHECK(lab.status(Method::SetCHAPSharedSecret, in, 1) ==
          iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  }
  lab.control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("short")) ==
        iscsi::ISDSC_NON_SPECIFIC_ERROR);
  lab.control("adapters/hba0/faults/nvram_write_fails", "0");
  lab.restart();
  CHECK(lab.mutual_login() == iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("initiator-key")) == 0);
  CHECK(lab.mutual_login() == iscsi::ISDSC_INVALID_CHAP_SECRET);  // the same in both directions
}

TEST_CASE("a method without room for its answer asks for it and runs once") {
  ServersLab lab;
  // Each of these would answer something else if it ran a second time.
  for (const std::size_t room : {0u, 1u, 3u}) {
    INFO("room " << room);
    const auto once = [&](Method method, const Bytes& in) {
      const auto answer = lab.call(method, in, room);
      CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
      CHECK(answer->data.size() == 4);
    };
    once(Method::SetInitiatorNodeName, name_in("iqn.2026-01.org.example:once"));
    once(Method::DeleteInitiatorNodeName, name_in("iqn.2026-01.org.example:once"));
    once(Method::AddiSNSServer, name_in("192.0.2.70"));
    once(Method::RemoveiSNSServer, name_in("192.0.2.70"));
    once(Method::AddRADIUSServer, address_in("192.0.2.80"));
    once(Method::RemoveRADIUSServer, address_in("192.0.2.80"));
    once(Method::SetCHAPSharedSecret, counted_in("target-secret"));
    once(Method::SetRADIUSSharedSecret, counted_in("radius-secret"));
  }
}

TEST_CASE("later logins use the newest initiator node name, sessions keep theirs") {
  ServersLab lab;
  const auto set = [&](std::string_view name) {
    return lab.status(Method::SetInitiatorNodeName, name_in(name));
  };
  const auto remove = [&](std::string_view name) {
    return lab.status(Method::DeleteInitiatorNodeName, name_in(name));
  };
  CHECK(lab.name_in_force() == kFactory);
  CHECK(set(kFactory) == iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS);
  CHECK(remove(kFactory) == iscsi::ISDSC_INITIATOR_NODE_NOT_FOUND);
  const auto session = lab.log_in({});
  CHECK(lab.session_initiator() == kFactory);
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == 0);
  for (const auto bad : {"", "disk", "iqn.2026-01", "iqn.2026-01.org.example:a b", "eui.12"}) {
    CHECK(set(bad) == iscsi::ISDSC_INVALID_ISCSI_NAME);
    CHECK(remove(bad) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  }
  lab.expect_manners(lab.runner(Method::SetInitiatorNodeName),
                     name_in("iqn.2026-01.org.example:first"),
                     lab.state(iscsi::MSiSCSI_DiscoveryConfigGuid));
  CHECK(lab.name_in_force() == "iqn.2026-01.org.example:first");
  CHECK(set("IQN.2026-01.org.example:FIRST") == iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS);
  lab.log_in({});
  CHECK(lab.session_initiator() == "iqn.2026-01.org.example:first");
  CHECK(set("iqn.2026-01.org.example:second") == iscsi::ISDSC_OPERATION_REQUIRES_REBOOT);
  CHECK(lab.session_initiator() == "iqn.2026-01.org.example:first");
  CHECK(lab.name_in_force() == "iqn.2026-01.org.example:second");
  CHECK(set("iqn.2026-01.org.example:first") == iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS);
  // The factory name is an ordinary one while others are in force.
  CHECK(set(kFactory) == iscsi::ISDSC_OPERATION_REQUIRES_REBOOT);
  CHECK(lab.name_in_force() == kFactory);
  CHECK(remove(kFactory) == 0);
  CHECK(remove("iqn.2026-01.org.example:FIRST") == iscsi::ISDSC_CONNECTION_ALREADY_EXISTS);
  lab.reset();
  lab.expect_manners(lab.runner(Method::DeleteInitiatorNodeName),
                     name_in("IQN.2026-01.org.example:Second"),
                     lab.state(iscsi::MSiSCSI_DiscoveryConfigGuid));
  CHECK(lab.name_in_force() == "iqn.2026-01.org.example:first");
  CHECK(remove("iqn.2026-01.org.example:first") == 0);
  CHECK(remove("iqn.2026-01.org.example:first") == iscsi::ISDSC_INITIATOR_NODE_NOT_FOUND);
  CHECK(lab.name_in_force() == kFactory);
}

TEST_CASE("a node name stays while a login with it is under way") {
  ServersLab lab;
  const auto status = [&](Method method, std::string_view name) {
    return lab.status(method, name_in(name));
  };
  const std::string state =
      "fabric/targets/iqn.2026-01.org.example:disk1/portals/192.0.2.10:3260/state";
  CHECK(status(Method::SetInitiatorNodeName, "iqn.2026-01.org.example:old") == 0);
  lab.control(state, "unreachable");
  const auto login = lab.begin(Method::LoginToTarget, login_in({.persistent = false}));
  CHECK(status(Method::DeleteInitiatorNodeName, "iqn.2026-01.org.example:old") ==
        iscsi::ISDSC_CONNECTION_ALREADY_EXISTS);
  CHECK(status(Method::SetInitiatorNodeName, "iqn.2026-01.org.example:new") ==
        iscsi::ISDSC_OPERATION_REQUIRES_REBOOT);
  CHECK_FALSE(login.answer->has_value());
  lab.clock->advance(std::chrono::minutes(1));
  REQUIRE(login.answer->has_value());
  CHECK(status_of(**login.answer) == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(status(Method::DeleteInitiatorNodeName, "iqn.2026-01.org.example:old") == 0);
}

TEST_CASE("a login that names its initiator node uses that one") {
  ServersLab lab;
  CHECK(lab.status(Method::SetInitiatorNodeName, name_in("iqn.2026-01.org.example:set")) == 0);
  Bytes in = login_in({.persistent = false});
  auto& head = *reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data());
  miniport::put_text(head.InitiatorNode, "iqn.2026-01.org.example:named");
  session_of(lab.run(Method::LoginToTarget, in));
  CHECK(lab.session_initiator() == "iqn.2026-01.org.example:named");
  // It has the name that its caller gave it, and nothing to wait for.
  CHECK(lab.status(Method::SetInitiatorNodeName, name_in("iqn.2026-01.org.example:other")) == 0);
}

TEST_CASE("the list of initiator node names is finite") {
  ServersLab lab;
  const auto name = [](std::size_t i) { return "iqn.2026-01.org.example:n" + std::to_string(i); };
  const auto set = [&](std::size_t i) {
    return lab.status(Method::SetInitiatorNodeName, name_in(name(i)));
  };
  for (std::size_t i = 0; i < adapter::InitiatorNodes::kMost; ++i) CHECK(set(i) == 0);
  CHECK(set(100) == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(set(0) == iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS);
  CHECK(lab.status(Method::DeleteInitiatorNodeName, name_in(name(3))) == 0);
  CHECK(set(100) == 0);
  CHECK(lab.name_in_force() == name(100));
}

TEST_CASE("iSNS servers are added once, removed by any spelling, and finite") {
  ServersLab lab;
  const auto add = [&](std::string_view name) {
    return lab.status(Method::AddiSNSServer, name_in(name));
  };
  const auto remove = [&](std::string_view name) {
    return lab.status(Method::RemoveiSNSServer, name_in(name));
  };
  CHECK(remove("192.0.2.70") == iscsi::ISDSC_ISNS_SERVER_NOT_FOUND);
  for (const auto bad : {"", " ", "192.0.2.300", "a..b", "isns.example:3205", "-x.example"}) {
    INFO(bad);
    CHECK(add(bad) == iscsi::ISDSC_INVALID_PARAMETER);
    CHECK(remove(bad) == iscsi::ISDSC_INVALID_PARAMETER);
  }
  lab.expect_manners(lab.runner(Method::AddiSNSServer), name_in("iSNS.example.org."),
                     lab.state(iscsi::MSiSCSI_DiscoveryConfigGuid));
  CHECK(lab.isns() == "isns.example.org");
  CHECK(add("isns.example.org") == 0);
  CHECK(add("2001:DB8:0::1") == 0);
  lab.expect_manners(lab.runner(Method::RemoveiSNSServer), name_in("ISNS.Example.Org"),
                     lab.state(iscsi::MSiSCSI_DiscoveryConfigGuid));
  CHECK(lab.isns() == "2001:db8::1");
  CHECK(remove("[2001:db8::1]") == 0);
  CHECK(remove("2001:db8::1") == iscsi::ISDSC_ISNS_SERVER_NOT_FOUND);
  CHECK(lab.isns().empty());
  for (std::size_t i = 0; i < adapter::ServerList::kMost; ++i)
    CHECK(add("192.0.2." + std::to_string(70 + i)) == 0);
  CHECK(add("192.0.2.99") == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(add("192.0.2.70") == 0);
  // The second adapter has no iSNS client.
  CHECK(lab.status(Method::AddiSNSServer, name_in("192.0.2.70"), 1) ==
        iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  CHECK(lab.status(Method::RemoveiSNSServer, name_in("192.0.2.70"), 1) ==
        iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
}

TEST_CASE("RADIUS servers are added once, removed by any spelling, and finite") {
  ServersLab lab;
  const auto add = [&](std::string_view address) {
    return lab.status(Method::AddRADIUSServer, address_in(address));
  };
  const auto remove = [&](std::string_view address) {
    return lab.status(Method::RemoveRADIUSServer, address_in(address));
  };
  Bytes odd = address_in("192.0.2.80");
  odd[0] = 4;
  CHECK(lab.status(Method::AddRADIUSServer, odd) == iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(lab.status(Method::RemoveRADIUSServer, odd) == iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(add("") == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(remove("") == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(add("text:a b") == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(add("text:") == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(remove("192.0.2.80") == iscsi::ISDSC_NOT_FOUND);
  lab.expect_manners(lab.runner(Method::AddRADIUSServer), address_in("192.0.2.80"),
                     lab.state(iscsi::MSiSCSI_RADIUSConfigGuid));
  CHECK(add("text:192.0.2.80") == 0);
  CHECK(add("text:Radius.Example") == 0);
  CHECK(lab.radius() == std::pair<std::string, std::string>("192.0.2.80", "radius.example"));
  lab.expect_manners(lab.runner(Method::RemoveRADIUSServer), address_in("text:192.0.2.80"),
                     lab.state(iscsi::MSiSCSI_RADIUSConfigGuid));
  CHECK(lab.radius() == std::pair<std::string, std::string>("radius.example", ""));
  for (std::size_t i = 1; i < adapter::ServerList::kMost; ++i)
    CHECK(add("192.0.2." + std::to_string(80 + i)) == 0);
  CHECK(add("192.0.2.99") == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(lab.status(Method::AddRADIUSServer, address_in("192.0.2.80"), 1) ==
        iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  CHECK(lab.status(Method::RemoveRADIUSServer, address_in("192.0.2.80"), 1) ==
        iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
}

TEST_CASE("the RADIUS secret is kept and never shown") {
  ServersLab lab;
  lab.expect_manners(lab.runner(Method::SetRADIUSSharedSecret), counted_in("radius-secret"),
                     lab.state(iscsi::MSiSCSI_RADIUSConfigGuid));
  const Bytes shown = lab.block(iscsi::MSiSCSI_RADIUSConfigGuid);
  CHECK(shown.size() == iscsi::radius_config_size(13));
  CHECK(std::string(shown.begin(), shown.end()).find("radius") == std::string::npos);
  CHECK(lab.status(Method::SetRADIUSSharedSecret, counted_in(std::string(256, 'x'))) ==
        iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.status(Method::SetRADIUSSharedSecret, counted_in(std::string(255, 'x'))) == 0);
  CHECK(lab.status(Method::SetRADIUSSharedSecret, counted_in("")) == 0);
  CHECK(lab.block(iscsi::MSiSCSI_RADIUSConfigGuid).size() == iscsi::radius_config_size(0));
  CHECK(lab.status(Method::SetRADIUSSharedSecret, counted_in("secret"), 1) ==
        iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
}

TEST_CASE("with RADIUS for CHAP the adapter's own secret does not judge targets") {
  ServersLab lab;
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("target-secret")) == 0);
  CHECK(lab.mutual_login() == 0);
  CHECK(lab.set_item(iscsi::MSiSCSI_RADIUSConfigGuid, 1, {1}) == NtStatus::success);
  CHECK(lab.mutual_login() == iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);
  CHECK(lab.set_item(iscsi::MSiSCSI_RADIUSConfigGuid, 1, {0}) == NtStatus::success);
  CHECK(lab.mutual_login() == 0);
}

}  // namespace hbalab::lab_test
