// Logins that adapters store.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
using LoginList = Answer<typename V::PersistentLogin>;

template <typename V>
ISDSC_STATUS report(PULONG size, PULONG count, typename V::PersistentLogin* buffer) {
  return Call<V>::report_iscsi_persistent_logins(count, buffer, size);
}

template <typename V>
ISDSC_STATUS remove(typename V::Char* initiator, ULONG port, std::string_view target,
                    typename V::Portal* at = nullptr) {
  return Call<V>::remove_iscsi_persistent_target(initiator, port, Text<V>(target), at);
}

// Stores a login with a portal and a port.
template <typename V>
ISDSC_STATUS store(std::string_view initiator, ULONG port, std::string_view target,
                   std::string_view address) {
  auto at = portal<V>(address);
  return Call<V>::login_iscsi_target(Text<V>(target), FALSE, Text<V>(initiator), port, &at, 0,
                                     nullptr, nullptr, 0, nullptr, TRUE, nullptr, nullptr);
}

constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;

}  // namespace

TEMPLATE_TEST_CASE("a persistent login is stored, listed and removed", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  UCHAR user[] = "operator", secret[] = "fifteen-bytes-x";
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified = ISCSI_LOGIN_OPTIONS_AUTH_TYPE | ISCSI_LOGIN_OPTIONS_USERNAME |
                                 ISCSI_LOGIN_OPTIONS_PASSWORD |
                                 ISCSI_LOGIN_OPTIONS_DEFAULT_TIME_2_WAIT;
  options.AuthType = ISCSI_CHAP_AUTH_TYPE;
  options.DefaultTime2Wait = 7;
  options.Username = user;
  options.UsernameLength = sizeof user - 1;
  options.Password = secret;
  options.PasswordLength = sizeof secret - 1;
  SCSI_LUN_LIST luns[2] = {{0, 0}, {5, 1}};
  typename TestType::Mapping mapping{};
  mapping.OSTargetNumber = 9;
  mapping.LUNCount = 2;
  mapping.LUNList = luns;
  auto at = portal<TestType>("192.0.2.10");
  Text<TestType> hba(kHba0);
  REQUIRE(Call<TestType>::login_iscsi_target(Text<TestType>(kDisk1), TRUE, hba, 0, &at, 0, &mapping,
                                             &options, 0, nullptr, TRUE, nullptr,
                                             nullptr) == ERROR_SUCCESS);
  CHECK(session_count<TestType>() == 0);

  const LoginList<TestType> list(report<TestType>);
  REQUIRE(list.count() == 1);
  const auto& login = list[0];
  CHECK(ascii(login.TargetName) == kDisk1);
  CHECK(login.IsInformationalSession == TRUE);
  CHECK(ascii(login.InitiatorInstance) == kHba0);
  CHECK(login.InitiatorPortNumber == 0);
  CHECK(ascii(login.TargetPortal.Address) == "192.0.2.10");
  CHECK(login.TargetPortal.Socket == 3260);
  CHECK(login.LoginOptions.DefaultTime2Wait == 7);
  CHECK(login.LoginOptions.AuthType == ISCSI_CHAP_AUTH_TYPE);
  CHECK((login.LoginOptions.InformationSpecified &
         (ISCSI_LOGIN_OPTIONS_USERNAME | ISCSI_LOGIN_OPTIONS_PASSWORD)) == 0);
  CHECK(login.LoginOptions.Username == nullptr);
  CHECK(login.LoginOptions.PasswordLength == 0);
  REQUIRE(list.inside(login.Mappings, sizeof *login.Mappings));
  CHECK(login.Mappings->OSTargetNumber == 9);
  REQUIRE(login.Mappings->LUNCount == 2);
  REQUIRE(list.inside(login.Mappings->LUNList, sizeof luns));
  CHECK(login.Mappings->LUNList[1].OSLUN == 5);
  CHECK(login.Mappings->LUNList[1].TargetLUN == 1);
  CHECK(list.needed() == sizeof login + sizeof *login.Mappings + sizeof luns);

  CHECK(remove<TestType>(hba, kAll, kDisk1) == ERROR_SUCCESS);
  CHECK(LoginList<TestType>(report<TestType>).count() == 0);
  CHECK(remove<TestType>(hba, kAll, kDisk1) == ISDSC_TARGET_NOT_FOUND);
}

TEMPLATE_TEST_CASE("a removal means port and portal as it is told", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  Text<TestType> hba(kHba0);
  const auto fill = [&] {
    REQUIRE(store<TestType>(kHba0, 0, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
    REQUIRE(store<TestType>(kHba0, 0, kDisk1, "192.0.2.11") == ERROR_SUCCESS);
    REQUIRE(store<TestType>(kHba0, 1, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
    REQUIRE(persistent_count<TestType>() == 3);
  };
  fill();
  auto first = portal<TestType>("192.0.2.10"), second = portal<TestType>("192.0.2.11"),
       other = portal<TestType>("192.0.2.99"), empty = portal<TestType>("");
  CHECK(remove<TestType>(hba, 0, kDisk1, &other) == ISDSC_PORTAL_NOT_FOUND);
  // The adapter says what its nearest record differs in.
  CHECK(remove<TestType>(hba, 1, kDisk1, &second) == ISDSC_INVALID_PORT_NUMBER);
  CHECK(remove<TestType>(hba, 0, kDisk1, &first) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 2);
  CHECK(remove<TestType>(hba, kAll, kDisk1, &first) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 1);
  CHECK(remove<TestType>(hba, kAll, kDisk1, &empty) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 0);
  fill();
  CHECK(remove<TestType>(hba, 0, kDisk1) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 1);
  CHECK(remove<TestType>(hba, 1, kDisk1) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 0);
}

TEMPLATE_TEST_CASE("without an instance all adapters are asked", "", Wide, Narrow) {
  using Char = typename TestType::Char;
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  Char empty[] = {0};
  for (Char* const nobody : {static_cast<Char*>(nullptr), empty}) {
    REQUIRE(store<TestType>(kHba0, kAll, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
    REQUIRE(store<TestType>(kHba1, kAll, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
    CHECK(remove<TestType>(nobody, kAll, kDisk1) == ERROR_SUCCESS);
    CHECK(persistent_count<TestType>() == 0);
    REQUIRE(store<TestType>(kHba1, kAll, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
    auto other = portal<TestType>("192.0.2.99");
    CHECK(remove<TestType>(nobody, kAll, kDisk1, &other) == ISDSC_PORTAL_NOT_FOUND);
    CHECK(remove<TestType>(nobody, kAll, kDisk1) == ERROR_SUCCESS);
    CHECK(remove<TestType>(nobody, kAll, kDisk1) == ISDSC_TARGET_NOT_FOUND);
  }
}

TEMPLATE_TEST_CASE("what one adapter cannot do is told", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  REQUIRE(store<TestType>(kHba0, kAll, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
  REQUIRE(store<TestType>(kHba1, kAll, kDisk1, "192.0.2.10") == ERROR_SUCCESS);
  world->control("adapters/hba1/faults/nvram_write_fails", "1");
  CHECK(remove<TestType>(nullptr, kAll, kDisk1) == ISDSC_OPERATION_NOT_ALL_SUCCESS);
  CHECK(persistent_count<TestType>() == 1);
  CHECK(remove<TestType>(nullptr, kAll, kDisk1) == ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA);
  world->control("adapters/hba1/faults/nvram_write_fails", "0");
  CHECK(remove<TestType>(nullptr, kAll, kDisk1) == ERROR_SUCCESS);
}

TEMPLATE_TEST_CASE("names are compared as they are meant", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("2001:db8::10");
  REQUIRE(store<TestType>(kHba0, kAll, kDisk1, "2001:db8::10") == ERROR_SUCCESS);
  std::string lower(kHba0);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Text<TestType> hba(lower);
  auto at = portal<TestType>("[2001:DB8:0:0::10]", 0);
  CHECK(remove<TestType>(hba, kAll, "IQN.2026-01.org.example:DISK1", &at) == ERROR_SUCCESS);
  CHECK(persistent_count<TestType>() == 0);
}

TEMPLATE_TEST_CASE("wrong arguments of a removal", "", Wide, Narrow) {
  const auto world = World::open();
  Text<TestType> hba(kHba0), nobody("PCI\\NOBODY_0"), name(kDisk1);
  const auto call = Call<TestType>::remove_iscsi_persistent_target;
  CHECK(call(hba, kAll, nullptr, nullptr) == ERROR_INVALID_PARAMETER);
  Text<TestType> empty("");
  CHECK(call(hba, kAll, empty, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(call(nobody, kAll, name, nullptr) == ISDSC_INITIATOR_NOT_FOUND);
  Text<TestType> longer(std::string(300, 'a'));
  CHECK(call(longer, kAll, name, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(call(hba, kAll, longer, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(call(hba, kAll, name, nullptr) == ISDSC_TARGET_NOT_FOUND);
  CHECK(call(hba, 77, name, nullptr) != ERROR_SUCCESS);
  ULONG size = 0, count = 0;
  CHECK(Call<TestType>::report_iscsi_persistent_logins(nullptr, nullptr, &size) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::report_iscsi_persistent_logins(&count, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
}
