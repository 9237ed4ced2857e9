// The statistics of iscsiprf.h through the WMI request path, with the names that come and go.
#include <map>

#include "hba-sim/include/wmistr.h"
#include "iscsiop/iscsiprf.hpp"
#include "lab_support.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::lab_test {
namespace {

using Connection = iscsi::MSiSCSI_ConnectionStatistics;
using Session = iscsi::MSiSCSI_SessionStatistics;
using Times = iscsi::MSiSCSI_RequestTimeStatistics;
using Logins = iscsi::MSiSCSI_InitiatorLoginStatistics;
using Failures = iscsi::MSiSCSI_InitiatorInstanceStatistics;
using Port = iscsi::MSiSCSI_NICPerformance;

constexpr std::string_view kDisk2 = "iqn.2026-01.org.example:disk2";

template <typename Block>
Block as(std::span<const std::uint8_t> bytes, std::size_t size = sizeof(Block)) {
  REQUIRE(bytes.size() == size);
  Block out{};
  std::memcpy(&out, bytes.data(), size);
  return out;
}

struct StatisticsLab : LabFixture {
  using LabFixture::LabFixture;

  wmi::Registration registration(const iscsi::Guid16& guid) {
    const auto all = lab->registry()->registrations(wmi::Guid{guid});
    REQUIRE(all.size() == 2);  // adapters, in the order of their device instances
    REQUIRE(all[0].dynamic());
    return all[0];
  }
  template <typename Block>
  std::map<std::string, Block> named(const iscsi::Guid16& guid) {
    std::map<std::string, Block> out;
    client->query_all(registration(guid), 0, [&](auto answer) {
      REQUIRE(answer.has_value());
      for (const auto& one : answer->all.instances)
        out.emplace(wmi::to_utf8(one.name), as<Block>(one.data));
    });
    return out;
  }
  auto connections() { return named<Connection>(iscsi::MSiSCSI_ConnectionStatisticsGuid); }
  auto all_sessions() { return named<Session>(iscsi::MSiSCSI_SessionStatisticsGuid); }
  auto times() { return named<Times>(iscsi::MSiSCSI_RequestTimeStatisticsGuid); }
  wmi::InstanceRef by_name(const iscsi::Guid16& guid, const std::string& name) {
    return {registration(guid).provider, wmi::Guid{guid}, {wmi::InstanceKey::kByName, wide(name)}};
  }
  Answer query(const iscsi::Guid16& guid, const std::string& name) {
    return client->query_wait(by_name(guid, name), 0);
  }
  Logins logins() {
    return as<Logins>(block(iscsi::MSiSCSI_InitiatorLoginStatisticsGuid),
                      iscsi::MSiSCSI_InitiatorLoginStatistics_SIZE);
  }
  Failures failures() {
    return as<Failures>(block(iscsi::MSiSCSI_InitiatorInstanceStatisticsGuid));
  }
  Port port(std::size_t number) {
    return as<Port>(block(iscsi::MSiSCSI_NICPerformanceGuid, number));
  }
};

std::string name_of(std::string_view target, std::uint64_t session) {
  char number[20];
  std::snprintf(number, sizeof number, "_%016llx", static_cast<unsigned long long>(session));
  return std::string(target) + number;
}

}  // namespace

TEST_CASE("sessions and connections are instances named after target, session and connection") {
  StatisticsLab lab;
  CHECK(lab.connections().empty());
  CHECK(lab.all_sessions().empty());
  const auto first = lab.log_in({});
  const auto second = lab.log_in({.target = std::string(kDisk2), .address = "192.0.2.12"});
  const auto sessions = lab.all_sessions();
  const auto connections = lab.connections();
  const auto times = lab.times();
  REQUIRE(sessions.size() == 2);
  REQUIRE(connections.size() == 2);
  REQUIRE(times.size() == 2);
  const std::pair<std::uint64_t, std::string_view> expected[] = {{first, kDisk}, {second, kDisk2}};
  for (const auto& [id, target] : expected) {
    const std::string name = name_of(target, id);
    const Session& session = sessions.at(name);
    const Connection& connection = connections.at(name + ":0");
    CHECK(session.USID == id);
    CHECK(connection.USID == id);
    CHECK(connection.CID == 0);
    CHECK(session.UniqueAdapterId == connection.UniqueAdapterId);
    CHECK(iscsi::read_fixed_string(session.iSCSIName, "") == wide(target));
    CHECK(iscsi::read_fixed_string(connection.iSCSIName, "") == wide(target));
    CHECK(session.BytesSent == connection.BytesSent);
    CHECK(session.BytesReceived == connection.BytesReceived);
    CHECK(session.PDUCommandsSent == connection.PDUCommandsSent);
    CHECK(session.PDUResponsesReceived == connection.PDUResponsesReceived);
    CHECK(session.PDUCommandsSent >= 3);  // two stages of the login, the list of units
    CHECK(times.at(name + ":0").USID == id);
    // By name, the same.
    const auto single = lab.query(iscsi::MSiSCSI_SessionStatisticsGuid, name);
    REQUIRE(single.has_value());
    CHECK(std::memcmp(single->data.data(), &session, sizeof session) == 0);
    const auto link = lab.query(iscsi::MSiSCSI_ConnectionStatisticsGuid, name + ":0");
    REQUIRE(link.has_value());
    CHECK(std::memcmp(link->data.data(), &connection, sizeof connection) == 0);
  }
  std::uint64_t sent = 0;
  for (const auto& [name, connection] : connections) sent += connection.BytesSent;
  CHECK(lab.port(0).BytesTransmitted + lab.port(1).BytesTransmitted == sent);
}

TEST_CASE("a name that has gone, or never was, is an instance that is not found") {
  StatisticsLab lab;
  const auto id = lab.log_in({});
  const std::string name = name_of(kDisk, id);
  const auto missing = [&](const iscsi::Guid16& guid, const std::string& wanted) {
    INFO(wanted);
    const auto answer = lab.query(guid, wanted);
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::wmi_instance_not_found);
  };
  REQUIRE(lab.query(iscsi::MSiSCSI_ConnectionStatisticsGuid, name + ":0").has_value());
  for (const std::string& other : {name + ":1", name, name + ":0 ", std::string(), std::string("_"),
                                   name_of(kDisk2, id) + ":0", name_of(kDisk, id + 1) + ":0"}) {
    missing(iscsi::MSiSCSI_ConnectionStatisticsGuid, other);
    missing(iscsi::MSiSCSI_RequestTimeStatisticsGuid, other);
  }
  REQUIRE(status_of(lab.run(Method::LogoutFromTarget, session_in(id))) == iscsi::ISDSC_SUCCESS);
  missing(iscsi::MSiSCSI_ConnectionStatisticsGuid, name + ":0");
  missing(iscsi::MSiSCSI_SessionStatisticsGuid, name);
  CHECK(lab.all_sessions().empty());
  // Nothing of them can be set.
  std::optional<NtStatus> status;
  lab.client->set(lab.by_name(iscsi::MSiSCSI_SessionStatisticsGuid, name), Bytes(sizeof(Session)),
                  [&](auto done) { status = done ? NtStatus::success : done.error().status; });
  CHECK(status == NtStatus::invalid_device_request);
}

TEST_CASE("a session that lost its connection has no connection, but keeps its numbers") {
  StatisticsLab lab;
  const auto id = lab.log_in({.port = 0});
  const std::string name = name_of(kDisk, id);
  const Session before = lab.all_sessions().at(name);
  lab.control("adapters/hba0/ports/0/link", "down");
  CHECK(lab.connections().empty());
  const Session lost = lab.all_sessions().at(name);
  CHECK(lost.BytesSent == before.BytesSent);
  CHECK(lost.ConnectionTimeoutErrors == 1);
  lab.control("adapters/hba0/ports/0/link", "up");
  lab.pass(100);
  const Session again = lab.all_sessions().at(name);
  const Connection connection = lab.connections().at(name + ":0");
  CHECK(again.BytesSent == before.BytesSent + connection.BytesSent);
  CHECK(again.BytesReceived == before.BytesReceived + connection.BytesReceived);
  CHECK(lab.port(0).BytesTransmitted == again.BytesSent);
  CHECK(lab.port(1).BytesTransmitted == 0);
  CHECK(lab.failures().SessionConnectionTimeoutErrorCount == 1);
  CHECK(lab.failures().SessionFailureCount == 1);
}

TEST_CASE("all instances answer at every buffer size, in one piece or not at all") {
  StatisticsLab lab;
  lab.log_in({});
  lab.log_in({.target = std::string(kDisk2), .address = "192.0.2.12"});
  const auto submit = [&](const wmi::Registration& registration, std::size_t room) {
    std::unique_ptr<wmi::WmiRequest> answered;
    auto request = std::make_unique<wmi::WmiRequest>();
    request->minor = wmi::MinorFunction::query_all_data;
    request->data_path = registration.guid.guid;
    request->buffer = wmi::pack_query_all(registration.guid.guid, room);
    const auto capacity = request->buffer.capacity();
    request->on_complete = [&](std::unique_ptr<wmi::WmiRequest> done) {
      answered = std::move(done);
    };
    registration.provider->submit(std::move(request));
    REQUIRE(answered != nullptr);
    return std::pair(std::move(answered), capacity);
  };
  for (const auto& guid :
       {iscsi::MSiSCSI_ConnectionStatisticsGuid, iscsi::MSiSCSI_SessionStatisticsGuid,
        iscsi::MSiSCSI_RequestTimeStatisticsGuid}) {
    const auto registration = lab.registration(guid);
    std::optional<std::uint32_t> needed;
    bool fitted = false;
    for (std::size_t room = 0; room < 1600; ++room) {
      const auto [done, capacity] = submit(registration, room);
      if (done->status != NtStatus::success) FAIL("room " << room);
      const auto answer = done->buffer.bytes().first(done->information);
      if (const auto more = wmi::too_small(answer)) {
        if (fitted || *more <= capacity || (needed && *needed != *more)) FAIL("room " << room);
        needed = *more;
        continue;
      }
      fitted = true;
      const auto all = wmi::unpack_all_data(answer);
      if (capacity < needed.value() || !all || all->instances.size() != 2) FAIL("room " << room);
    }
    CHECK(fitted);
  }
  // Without instances there is nothing that could be too large.
  StatisticsLab empty;
  const auto [done, capacity] = submit(empty.registration(iscsi::MSiSCSI_SessionStatisticsGuid), 0);
  CHECK(done->status == NtStatus::success);
}

TEST_CASE("logins and logouts are counted by how they ended") {
  StatisticsLab lab;
  const auto target = "fabric/targets/" + std::string(kDisk) + "/";
  CHECK(lab.logins().LoginAcceptRsps == 0);
  const auto session = lab.log_in({});
  CHECK(lab.logins().LoginAcceptRsps == 1);
  CHECK(lab.logins().UniqueAdapterId == lab.failures().UniqueAdapterId);
  REQUIRE(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) ==
          iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins().LogoutNormals == 1);
  CHECK(lab.logins().LogoutOtherCodes == 0);

  const auto refused = [&](std::string_view refusal) {
    lab.control(target + "login_refusal", refusal);
    CHECK(lab.try_login({}) != iscsi::ISDSC_SUCCESS);
    lab.control(target + "login_refusal", "");
  };
  refused("authorization");
  refused("not_found");
  refused("unavailable");
  CHECK(lab.logins().LoginOtherFailRsps == 3);
  CHECK(lab.logins().LoginFailures == 3);
  refused("auth");  // before any credentials were sent: no method in common
  CHECK(lab.logins().LoginAuthFailRsps == 1);

  lab.control(target + "chap/user", "operator");
  lab.control(target + "chap/secret", "the-right-secret");
  CHECK(lab.try_login({}) == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.logins().LoginAuthFailRsps == 2);
  CHECK(lab.try_login({.auth_type = 1, .username = "operator", .password = "a-wrong-secret"}) ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.logins().LoginAuthenticateFails == 1);
  CHECK(lab.logins().LoginFailures == 6);
  // Nobody answers: no response, still a failed login.
  CHECK(lab.try_login({.target = std::string(kDead), .address = "192.0.2.30"}) ==
        iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(lab.logins().LoginFailures == 7);
  CHECK(lab.logins().LoginOtherFailRsps == 3);
  CHECK(lab.logins().LoginNegotiateFails == 0);
  CHECK(lab.logins().LoginAcceptRsps == 1);
  lab.reset();
  CHECK(lab.logins().LoginFailures == 0);
  CHECK(lab.port(0).BytesTransmitted == 0);
}

TEST_CASE("a redirected login is counted as redirected and as accepted") {
  StatisticsLab lab;
  const auto target = "fabric/targets/" + std::string(kDisk) + "/";
  lab.control(target + "redirect_to", "192.0.2.12:3260");
  lab.control(target + "login_refusal", "moved_temporarily");
  CHECK(lab.try_login({}) != iscsi::ISDSC_SUCCESS);  // the other portal knows no such target
  CHECK(lab.logins().LoginRedirectRsps == 1);
  CHECK(lab.logins().LoginOtherFailRsps == 1);
  CHECK(lab.logins().LoginFailures == 1);
}

TEST_CASE("IPsec statistics are there where the adapter can do IPsec, and count nothing without") {
  StatisticsLab without;
  CHECK(without.lab->registry()->registrations(wmi::Guid{iscsi::MSiSCSI_MMIPSECStatsGuid}).empty());
  CHECK(without.lab->registry()->registrations(wmi::Guid{iscsi::MSiSCSI_QMIPSECStatsGuid}).empty());
  std::string text(kLabText);
  const std::string at = "\"vendor_model\": \"EX4010\",";
  text.insert(text.find(at), "\"functionality\": [ \"ISCSI_HBA_PRESHARED_KEY_CACHE\" ], ");
  StatisticsLab with{text};
  with.log_in({});
  const auto zeros = [](const Bytes& block) {
    return std::ranges::all_of(block, [](auto byte) { return byte == 0; });
  };
  CHECK(with.lab->registry()->static_instances(wmi::Guid{iscsi::MSiSCSI_MMIPSECStatsGuid}).size() ==
        1);
  const Bytes main = with.block(iscsi::MSiSCSI_MMIPSECStatsGuid);
  const Bytes quick = with.block(iscsi::MSiSCSI_QMIPSECStatsGuid);
  CHECK(main.size() == iscsi::MSiSCSI_MMIPSECStats_SIZE);
  CHECK(quick.size() == iscsi::MSiSCSI_QMIPSECStats_SIZE);
  CHECK(zeros(main));
  CHECK(zeros(quick));
}

}  // namespace hbalab::lab_test
