// MSiSCSI_InitiatorInstanceFailureEvent, MSiSCSI_InitiatorNodeFailureEvent and MSiSCSI_Eventlog:
// fired when it happens, delivered to those who asked.
#include <algorithm>

#include "iscsiop/iscsiprf.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

using Instance = iscsi::MSiSCSI_InitiatorInstanceFailureEvent;
using Node = iscsi::MSiSCSI_InitiatorNodeFailureEvent;
using Kind = iscsi::ISCSI_INITIATOR_NODE_FAILURE;

struct EventLab : LabFixture {
  void listen() {
    token = lab->events()->subscribe([this](const wmi::Event& event) { all.push_back(event); });
    for (const auto& guid :
         {iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid,
          iscsi::MSiSCSI_InitiatorNodeFailureEventGuid, iscsi::MSiSCSI_EventlogGuid}) {
      enable_events(guid);
    }
  }
  std::vector<wmi::Event> of(const iscsi::Guid16& guid) {
    lab->events()->drain();
    std::vector<wmi::Event> out;
    std::ranges::copy_if(all, std::back_inserter(out),
                         [&](const wmi::Event& event) { return event.guid == wmi::Guid{guid}; });
    for (const auto& event : out)
      CHECK(event.instance_name == operations().provider->device_instance() + "_0");
    return out;
  }
  std::vector<Instance> instance_failures() {
    std::vector<Instance> out;
    for (const auto& event : of(iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid)) {
      REQUIRE(event.data.size() == sizeof(Instance));
      std::memcpy(&out.emplace_back(), event.data.data(), sizeof(Instance));
    }
    return out;
  }
  std::vector<Node> node_failures() {
    std::vector<Node> out;
    for (const auto& event : of(iscsi::MSiSCSI_InitiatorNodeFailureEventGuid)) {
      REQUIRE(event.data.size() == iscsi::MSiSCSI_InitiatorNodeFailureEvent_SIZE);
      std::memcpy(&out.emplace_back(), event.data.data(), sizeof(Node));
    }
    return out;
  }
  std::vector<std::uint32_t> log() {
    std::vector<std::uint32_t> out;
    for (const auto& event : of(iscsi::MSiSCSI_EventlogGuid)) {
      const Bytes data(event.data.begin(), event.data.end());
      REQUIRE(data.size() == offsetof(iscsi::MSiSCSI_Eventlog, AdditionalData));
      CHECK(word(data, 4) == 1);  // to the system's log
      CHECK(word(data, 8) == 0);  // without dump data
      out.push_back(word(data, 0));
    }
    return out;
  }
  void on_target(std::string_view what, std::string_view value) {
    control("fabric/targets/" + std::string(kDisk) + "/" + std::string(what), value);
  }

  std::vector<wmi::Event> all;
  std::shared_ptr<void> token;
};

}  // namespace

TEST_CASE("a session that loses its connection fires an instance failure and a log entry") {
  EventLab lab;
  lab.listen();
  lab.log_in({});
  CHECK(lab.instance_failures().empty());
  CHECK(lab.log().empty());
  lab.on_target("disconnect", "1");
  lab.pass(100);
  const auto failures = lab.instance_failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].FailureType == 1);  // SessionCxnTimeoutError
  CHECK(iscsi::read_fixed_string(failures[0].RemoteNodeName, "") == wide(kDisk));
  CHECK(lab.node_failures().empty());
  CHECK(lab.log() == std::vector<std::uint32_t>{iscsi::ISCSI_ERR_CONNECTION_LOST,
                                                iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET});
}

TEST_CASE("a damaged header fires a format error where no digest was agreed on") {
  EventLab lab;
  lab.listen();
  lab.log_in({});
  lab.on_target("damage", "data");
  lab.pass(100);
  CHECK(lab.instance_failures().empty());
  lab.on_target("damage", "header");
  lab.pass(100);
  const auto failures = lab.instance_failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].FailureType == 2);  // SessionFormatError
  CHECK(lab.log() == std::vector<std::uint32_t>{iscsi::ISCSI_ERR_ISCSI_PDU_ERROR,
                                                iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET});
  CHECK(lab.sessions() == 1);
  CHECK(!lab.lab->control()->write("fabric/targets/" + std::string(kDisk) + "/damage", "1"));
}

TEST_CASE("a failed login fires a node failure that says of what kind") {
  EventLab lab;
  lab.listen();
  const auto begun = lab.clock->system_time();
  lab.on_target("login_refusal", "unavailable");
  CHECK(lab.try_login({}) == iscsi::ISDSC_SERVICE_UNAVAILABLE);
  lab.on_target("login_refusal", "");
  lab.on_target("chap/user", "operator");
  lab.on_target("chap/secret", "the-right-secret");
  CHECK(lab.try_login({}) == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.try_login({.auth_type = 1, .username = "operator", .password = "a-wrong-secret"}) ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.try_login({.target = std::string(kDead), .address = "192.0.2.30"}) ==
        iscsi::ISDSC_CONNECTION_FAILED);
  const auto failures = lab.node_failures();
  REQUIRE(failures.size() == 4);
  const Kind kinds[] = {Kind::LoginOtherFail, Kind::LoginAuthFail, Kind::LoginAuthenticateFail,
                        Kind::LoginOtherFail};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(failures[i].FailureType == static_cast<std::uint8_t>(kinds[i]));
    CHECK(failures[i].FailureTime >= begun);
    CHECK(failures[i].FailureTime <= lab.clock->system_time());
    CHECK(miniport::from_wmi(failures[i].TargetFailureAddr)->canonical() ==
          (i == 3 ? "192.0.2.30" : "192.0.2.10"));
    CHECK(iscsi::read_fixed_string(failures[i].TargetFailureName, "") ==
          wide(i == 3 ? kDead : kDisk));
  }
  CHECK(lab.instance_failures().empty());
  CHECK(lab.log() == std::vector<std::uint32_t>{
                         iscsi::ISCSI_ERR_LOGIN_FAILED, iscsi::ISCSI_ERR_LOGIN_FAILED,
                         iscsi::ISCSI_ERR_LOGIN_FAILED, iscsi::ISCSI_ERR_TDI_CONNECT_FAILED});
}

TEST_CASE("what the target asks for is logged, and is no failure") {
  EventLab lab;
  lab.listen();
  const auto session = lab.log_in({});
  lab.on_target("request_logout", "1");
  lab.pass(100);
  CHECK(lab.instance_failures().empty());
  CHECK(lab.node_failures().empty());
  CHECK(lab.log() == std::vector<std::uint32_t>{iscsi::ISCSI_WRN_RECEIVED_ASYNC_LOGOUT,
                                                iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET});
  REQUIRE(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) ==
          iscsi::ISDSC_SUCCESS);
  CHECK(lab.node_failures().empty());
}

TEST_CASE("a further connection that is lost is logged, and fails no session") {
  EventLab lab;
  const auto session = lab.log_in({.max_connections = 2});
  Bytes in(iscsi::add_connection_in_size(0, 0, 0));
  iscsi::BlockWriter writer(in);
  auto out = iscsi::append_add_connection_in(writer, {});
  REQUIRE(out.has_value());
  std::memcpy(&(*out)->UniqueAdapterId, lab.block(iscsi::MSiSCSI_HBAInformationGuid).data(), 8);
  (*out)->UniqueSessionId = session;
  (*out)->PortNumber = 0xFFFFFFFFu;
  miniport::to_wmi(address_of("2001:db8::10"), (*out)->TargetPortal.Address);
  (*out)->TargetPortal.Socket = 3260;
  REQUIRE(status_of(lab.run(Method::AddConnectionToSession, in)) == iscsi::ISDSC_SUCCESS);
  lab.listen();
  const bool announced = GENERATE(false, true);
  if (announced) {
    lab.on_target("announce_drop", "connection 1 0");
  } else {
    lab.control("adapters/hba0/ports/1/link", "down");
    lab.pass(10);
    CHECK(lab.log() == std::vector<std::uint32_t>{iscsi::ISCSI_ERR_CONNECTION_LOST});
    lab.control("adapters/hba0/ports/1/link", "up");
  }
  lab.pass(10);
  CHECK(lab.log() == std::vector<std::uint32_t>{iscsi::ISCSI_ERR_CONNECTION_LOST,
                                                iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET});
  CHECK(lab.instance_failures().empty());
  CHECK(lab.node_failures().empty());
  const Bytes failures = lab.block(iscsi::MSiSCSI_InitiatorInstanceStatisticsGuid);
  CHECK(std::all_of(failures.begin() + 8, failures.end(), [](auto byte) { return byte == 0; }));
}

TEST_CASE("events that nobody asked for are not delivered, and outlive a reset") {
  EventLab lab;
  lab.listen();
  lab.enable_events(iscsi::MSiSCSI_EventlogGuid, false);
  lab.log_in({});
  lab.on_target("disconnect", "1");
  lab.pass(100);
  CHECK(lab.log().empty());
  CHECK(lab.instance_failures().size() == 1);
  lab.enable_events(iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid, false);
  lab.on_target("disconnect", "1");
  lab.pass(100);
  CHECK(lab.instance_failures().size() == 1);
  lab.enable_events(iscsi::MSiSCSI_InitiatorInstanceFailureEventGuid);
  lab.reset();
  lab.log_in({});
  lab.on_target("disconnect", "1");
  lab.pass(100);
  CHECK(lab.instance_failures().size() == 2);
}

}  // namespace hbalab::lab_test
