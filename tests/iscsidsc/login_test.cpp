// Logins, logouts, connections, and the list of sessions.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
using SessionList = Answer<typename V::Session>;

}  // namespace

TEMPLATE_TEST_CASE("a session is made, listed and ended", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(session_count<TestType>() == 0);
  find_targets<TestType>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  REQUIRE(log_in<TestType>(kDisk1, false, &session) == ERROR_SUCCESS);
  CHECK(session.AdapterUnique != 0);
  CHECK(session.AdapterSpecific != 0);

  const SessionList<TestType> list(Call<TestType>::get_iscsi_session_list);
  REQUIRE(list.count() == 1);
  const auto& listed = list[0];
  CHECK(listed.SessionId.AdapterUnique == session.AdapterUnique);
  CHECK(listed.SessionId.AdapterSpecific == session.AdapterSpecific);
  REQUIRE(list.inside(listed.InitiatorName));
  REQUIRE(list.inside(listed.TargetName));
  REQUIRE(list.inside(listed.TargetNodeName));
  CHECK(ascii(listed.InitiatorName) == "iqn.2026-01.org.hbalab:hba0");
  CHECK(ascii(listed.TargetName) == kDisk1);
  CHECK(ascii(listed.TargetNodeName) == kDisk1);
  REQUIRE(listed.ConnectionCount == 1);
  REQUIRE(list.inside(listed.Connections, sizeof *listed.Connections));
  const auto& connection = listed.Connections[0];
  CHECK(ascii(connection.TargetAddress) == "192.0.2.10");
  CHECK(ascii(connection.InitiatorAddress) == "192.0.2.1");
  CHECK(connection.TargetSocket == 3260);
  // Structures and texts, and nothing between them.
  const std::size_t texts = ascii(listed.InitiatorName).size() + 2 * kDisk1.size() +
                            ascii(connection.TargetAddress).size() +
                            ascii(connection.InitiatorAddress).size() + 5;
  CHECK(list.needed() ==
        sizeof listed + sizeof connection + texts * sizeof(typename TestType::Char));

  CHECK(LogoutIScsiTarget(&session) == ERROR_SUCCESS);
  CHECK(session_count<TestType>() == 0);
  CHECK(LogoutIScsiTarget(&session) == ISDSC_INVALID_SESSION_ID);
}

TEST_CASE("what was negotiated is listed") {
  const auto world = World::open();
  find_targets<Wide>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  REQUIRE(log_in<Wide>(kDisk1, false, &session) == ERROR_SUCCESS);
  const Answer<ISCSI_SESSION_INFO_EX> list(GetIScsiSessionListEx);
  REQUIRE(list.count() == 1);
  CHECK(list.needed() == sizeof(ISCSI_SESSION_INFO_EX) + sizeof(ISCSI_CONNECTION_INFO_EX));
  CHECK(list[0].SessionId.AdapterSpecific == session.AdapterSpecific);
  CHECK(list[0].MaxBurstLength > 0);
  REQUIRE(list[0].ConnectionCount == 1);
  REQUIRE(list.inside(list[0].Connections, sizeof(ISCSI_CONNECTION_INFO_EX)));
  CHECK(list[0].Connections[0].MaxRecvDataSegmentLength > 0);
  CHECK(GetIScsiSessionListEx(nullptr, nullptr, nullptr) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("a target has to be known before a login", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(log_in<TestType>(kDisk1, false, nullptr, {}, "192.0.2.10") == ISDSC_TARGET_NOT_FOUND);
  CHECK(log_in<TestType>(kDisk1, true) == ISDSC_TARGET_NOT_FOUND);
  find_targets<TestType>("192.0.2.10");
  CHECK(log_in<TestType>("IQN.2026-01.ORG.EXAMPLE:DISK1") == ERROR_SUCCESS);
}

TEMPLATE_TEST_CASE("credentials are used", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.20");
  UCHAR user[] = "operator", secret[] = "fifteen-bytes-x", wrong[] = "another-15-byte";
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified =
      ISCSI_LOGIN_OPTIONS_AUTH_TYPE | ISCSI_LOGIN_OPTIONS_USERNAME | ISCSI_LOGIN_OPTIONS_PASSWORD;
  options.AuthType = ISCSI_CHAP_AUTH_TYPE;
  options.Username = user;
  options.UsernameLength = sizeof user - 1;
  options.PasswordLength = sizeof secret - 1;
  ISCSI_UNIQUE_SESSION_ID session{};
  ISCSI_UNIQUE_CONNECTION_ID connection{};
  for (const ULONG version : {0u, 1u}) {
    options.Version = version;
    const auto login = [&](UCHAR* password) {
      options.Password = password;
      return Call<TestType>::login_iscsi_target(Text<TestType>(kSecure), FALSE, nullptr,
                                                ISCSI_ANY_INITIATOR_PORT, nullptr, 0, nullptr,
                                                &options, 0, nullptr, FALSE, &session, &connection);
    };
    CHECK(login(wrong) == ISDSC_AUTHENTICATION_FAILURE);
    REQUIRE(login(secret) == ERROR_SUCCESS);
    CHECK(connection.AdapterSpecific != 0);
    CHECK(LogoutIScsiTarget(&session) == ERROR_SUCCESS);
  }
  CHECK(log_in<TestType>(kSecure) == ISDSC_AUTHENTICATION_FAILURE);
}

TEMPLATE_TEST_CASE("connections come and go", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified = ISCSI_LOGIN_OPTIONS_MAXIMUM_CONNECTIONS;
  options.MaximumConnections = 2;
  auto at = portal<TestType>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  ISCSI_UNIQUE_CONNECTION_ID leading{}, second{};
  Text<TestType> hba(kHba0);
  REQUIRE(Call<TestType>::login_iscsi_target(Text<TestType>(kDisk1), FALSE, hba,
                                             ISCSI_ANY_INITIATOR_PORT, &at, 0, nullptr, &options, 0,
                                             nullptr, FALSE, &session, &leading) == ERROR_SUCCESS);
  const auto add = Call<TestType>::add_iscsi_connection;
  REQUIRE(add(&session, nullptr, ISCSI_ANY_INITIATOR_PORT, &at, 0, nullptr, 0, nullptr, &second) ==
          ERROR_SUCCESS);
  CHECK(second.AdapterUnique == session.AdapterUnique);
  CHECK(second.AdapterSpecific != leading.AdapterSpecific);
  {
    const SessionList<TestType> list(Call<TestType>::get_iscsi_session_list);
    REQUIRE(list.count() == 1);
    CHECK(list[0].ConnectionCount == 2);
  }
  CHECK(add(&session, nullptr, ISCSI_ANY_INITIATOR_PORT, &at, 0, nullptr, 0, nullptr, nullptr) ==
        ISDSC_TOO_MANY_CONNECTIONS);
  CHECK(RemoveIScsiConnection(&session, &leading) == ISDSC_CANNOT_REMOVE_LEADING_CONNECTION);
  CHECK(RemoveIScsiConnection(&session, &second) == ERROR_SUCCESS);
  CHECK(RemoveIScsiConnection(&session, &second) == ISDSC_INVALID_CONNECTION_ID);
  ISCSI_UNIQUE_CONNECTION_ID foreign{session.AdapterUnique + 1, leading.AdapterSpecific};
  CHECK(RemoveIScsiConnection(&session, &foreign) == ISDSC_INVALID_CONNECTION_ID);
  CHECK(RemoveIScsiConnection(nullptr, &second) == ERROR_INVALID_PARAMETER);
  CHECK(RemoveIScsiConnection(&session, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(add(nullptr, nullptr, ISCSI_ANY_INITIATOR_PORT, &at, 0, nullptr, 0, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
  ISCSI_UNIQUE_SESSION_ID nobody{1, 2};
  CHECK(add(&nobody, nullptr, ISCSI_ANY_INITIATOR_PORT, &at, 0, nullptr, 0, nullptr, nullptr) ==
        ISDSC_INVALID_SESSION_ID);
}

TEMPLATE_TEST_CASE("several sessions of a target, where they are asked for", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  Text<TestType> hba(kHba0);
  auto at = portal<TestType>("192.0.2.10");
  ISCSI_LOGIN_OPTIONS options{};
  options.LoginFlags = ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED;
  ISCSI_UNIQUE_SESSION_ID session{};
  ISCSI_UNIQUE_CONNECTION_ID connection{};
  const auto login = [&](PISCSI_LOGIN_OPTIONS given) {
    return Call<TestType>::login_iscsi_target(Text<TestType>(kDisk1), FALSE, hba, 0, &at, 0,
                                              nullptr, given, 0, nullptr, FALSE, &session,
                                              &connection);
  };
  CHECK(login(nullptr) == ERROR_SUCCESS);
  CHECK(login(nullptr) == ISDSC_TARGET_ALREADY_LOGGED_IN);
  CHECK(login(&options) == ERROR_SUCCESS);
  CHECK(login(&options) == ERROR_SUCCESS);
  CHECK(session_count<TestType>() == 3);
}

TEMPLATE_TEST_CASE("wrong arguments of a login", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  ISCSI_UNIQUE_CONNECTION_ID connection{};
  Text<TestType> name(kDisk1), nobody("PCI\\NOBODY_0"), longer(std::string(224, 'a'));
  struct Arguments {
    typename TestType::Char* target = nullptr;
    typename TestType::Char* initiator = nullptr;
    ULONG port = ISCSI_ANY_INITIATOR_PORT;
    PISCSI_UNIQUE_SESSION_ID session = nullptr;
    typename TestType::Mapping* mapping = nullptr;
    ULONG key_size = 0;
    bool persistent = false;
  } good;
  good.target = name;
  good.session = &session;
  const auto login = [&](const Arguments& with) {
    return Call<TestType>::login_iscsi_target(with.target, FALSE, with.initiator, with.port,
                                              nullptr, 0, with.mapping, nullptr, with.key_size,
                                              nullptr, with.persistent, with.session, &connection);
  };
  const auto refused = [&](auto change) {
    Arguments with = good;
    change(with);
    return login(with);
  };
  CHECK(refused([](Arguments& a) { a.target = nullptr; }) == ERROR_INVALID_PARAMETER);
  CHECK(refused([&](Arguments& a) { a.target = longer; }) == ERROR_INVALID_PARAMETER);
  CHECK(refused([](Arguments& a) { a.port = 0; }) == ERROR_INVALID_PARAMETER);
  CHECK(refused([](Arguments& a) { a.session = nullptr; }) == ERROR_INVALID_PARAMETER);
  CHECK(refused([](Arguments& a) { a.key_size = 1; }) == ERROR_INVALID_PARAMETER);
  CHECK(refused([&](Arguments& a) { a.initiator = nobody; }) == ISDSC_INITIATOR_NOT_FOUND);
  typename TestType::Mapping mapping{};
  mapping.LUNCount = 1;
  CHECK(refused([&](Arguments& a) { a.mapping = &mapping; }) == ERROR_INVALID_PARAMETER);
  mapping.LUNCount = 0xFFFFFFFF;
  SCSI_LUN_LIST lun{};
  mapping.LUNList = &lun;
  CHECK(refused([&](Arguments& a) { a.mapping = &mapping; }) == ERROR_INVALID_PARAMETER);
  CHECK(session_count<TestType>() == 0);
  // One that is only stored has no ids to give.
  CHECK(refused([](Arguments& a) {
          a.session = nullptr;
          a.persistent = true;
        }) == ERROR_SUCCESS);
  CHECK(login(good) == ERROR_SUCCESS);
  CHECK(LogoutIScsiTarget(nullptr) == ERROR_INVALID_PARAMETER);
}
