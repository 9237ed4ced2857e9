// Portals that are asked for targets.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
std::vector<typename V::PortalInfo> portals() {
  return elements<typename V::PortalInfo>(Call<V>::report_iscsi_send_target_portals);
}

template <typename V>
ISDSC_STATUS add(std::string_view address, typename V::Char* initiator = nullptr,
                 ULONG port = ISCSI_ALL_INITIATOR_PORTS) {
  auto at = portal<V>(address);
  return Call<V>::add_iscsi_send_target_portal(initiator, port, nullptr, 0, &at);
}

}  // namespace

TEMPLATE_TEST_CASE("a portal is added, listed and removed", "", Wide, Narrow) {
  using Char = typename TestType::Char;
  const auto world = World::open();
  CHECK(portals<TestType>().empty());
  CHECK(add<TestType>("192.0.2.10") == ERROR_SUCCESS);
  Text<TestType> hba(kHba0);
  CHECK(add<TestType>("192.0.2.12", hba, 0) == ERROR_SUCCESS);
  const auto list = portals<TestType>();
  REQUIRE(list.size() == 2);
  CHECK(ascii(list[0].InitiatorName).empty());
  CHECK(list[0].InitiatorPortNumber == ISCSI_ALL_INITIATOR_PORTS);
  CHECK(ascii(list[0].Address) == "192.0.2.10");
  CHECK(list[0].Socket == 3260);
  CHECK(ascii(list[1].InitiatorName) == kHba0);
  CHECK(list[1].InitiatorPortNumber == 0);

  auto second = portal<TestType>("192.0.2.12");
  Char empty[] = {0};
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(hba, 1, &second) == ISDSC_PORTAL_NOT_FOUND);
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(empty, ISCSI_ALL_INITIATOR_PORTS,
                                                        &second) == ERROR_SUCCESS);
  CHECK(portals<TestType>().size() == 1);
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(hba, 0, &second) == ISDSC_PORTAL_NOT_FOUND);
}

TEMPLATE_TEST_CASE("a portal is the same however it is written", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(add<TestType>("2001:db8::10") == ERROR_SUCCESS);
  CHECK(add<TestType>("[2001:DB8:0::10]") == ISDSC_TARGET_PORTAL_ALREADY_EXISTS);
  auto no_socket = portal<TestType>("2001:db8::10", 0);
  CHECK(Call<TestType>::add_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0,
                                                     &no_socket) ==
        ISDSC_TARGET_PORTAL_ALREADY_EXISTS);
  CHECK(portals<TestType>().size() == 1);
}

TEMPLATE_TEST_CASE("a portal stays although its discovery fails", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(add<TestType>("192.0.2.30") != ERROR_SUCCESS);
  CHECK(portals<TestType>().size() == 1);
  auto dead = portal<TestType>("192.0.2.30");
  CHECK(Call<TestType>::refresh_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS,
                                                         &dead) != ERROR_SUCCESS);
  CHECK(portals<TestType>().size() == 1);
}

TEMPLATE_TEST_CASE("a discovery leaves no session behind, and what users stored alone", "", Wide,
                   Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  REQUIRE(log_in<TestType>(kDisk1, true) == ERROR_SUCCESS);
  auto at = portal<TestType>("192.0.2.10");
  CHECK(Call<TestType>::refresh_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, &at) ==
        ERROR_SUCCESS);
  CHECK(session_count<TestType>() == 0);
  CHECK(persistent_count<TestType>() == 1);
}

TEMPLATE_TEST_CASE("a portal that needs the other adapter is reached through it", "", Wide,
                   Narrow) {
  const auto world = World::open();
  world->control("adapters/hba0/ports/0/link", "down");
  CHECK(add<TestType>("192.0.2.10") == ERROR_SUCCESS);
  // Named, the one without a link cannot.
  auto at = portal<TestType>("192.0.2.10");
  Text<TestType> hba(kHba0);
  CHECK(Call<TestType>::refresh_iscsi_send_target_portal(hba, ISCSI_ALL_INITIATOR_PORTS, &at) !=
        ERROR_SUCCESS);
}

TEMPLATE_TEST_CASE("options of a portal are listed without credentials", "", Wide, Narrow) {
  const auto world = World::open();
  ISCSI_LOGIN_OPTIONS options{};
  options.Version = 1;
  options.InformationSpecified = ISCSI_LOGIN_OPTIONS_HEADER_DIGEST | ISCSI_LOGIN_OPTIONS_USERNAME |
                                 ISCSI_LOGIN_OPTIONS_PASSWORD;
  options.HeaderDigest = ISCSI_DIGEST_TYPE_CRC32C;
  UCHAR user[] = "operator", secret[] = "fifteen-bytes-x";
  options.Username = user;
  options.UsernameLength = sizeof user - 1;
  options.Password = secret;
  options.PasswordLength = sizeof secret - 1;
  auto at = portal<TestType>("192.0.2.10");
  CHECK(Call<TestType>::add_iscsi_send_target_portal(
            nullptr, ISCSI_ALL_INITIATOR_PORTS, &options,
            ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_PFS_ENABLED, &at) == ERROR_SUCCESS);
  const Answer<typename TestType::PortalInfoEx> list([](PULONG size, PULONG count, auto* buffer) {
    return Call<TestType>::report_iscsi_send_target_portals_ex(count, size, buffer);
  });
  REQUIRE(list.count() == 1);
  CHECK(list.needed() == sizeof(typename TestType::PortalInfoEx));
  CHECK(ascii(list[0].Address) == "192.0.2.10");
  CHECK(list[0].SecurityFlags == (ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_PFS_ENABLED));
  CHECK(list[0].LoginOptions.InformationSpecified == ISCSI_LOGIN_OPTIONS_HEADER_DIGEST);
  CHECK(list[0].LoginOptions.HeaderDigest == ISCSI_DIGEST_TYPE_CRC32C);
  CHECK(list[0].LoginOptions.UsernameLength == 0);
  CHECK(list[0].LoginOptions.PasswordLength == 0);
  CHECK(list[0].LoginOptions.Username == nullptr);
  CHECK(list[0].LoginOptions.Password == nullptr);
}

TEMPLATE_TEST_CASE("wrong arguments change no list of portals", "", Wide, Narrow) {
  const auto world = World::open();
  const auto add_to = Call<TestType>::add_iscsi_send_target_portal;
  constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;
  auto at = portal<TestType>("192.0.2.10");
  CHECK(add_to(nullptr, kAll, nullptr, 0, nullptr) == ERROR_INVALID_PARAMETER);
  auto nowhere = portal<TestType>("");
  CHECK(add_to(nullptr, kAll, nullptr, 0, &nowhere) == ERROR_INVALID_PARAMETER);
  // A port of which adapter?
  CHECK(add_to(nullptr, 0, nullptr, 0, &at) == ERROR_INVALID_PARAMETER);
  Text<TestType> nobody("PCI\\NOBODY_0");
  CHECK(add_to(nobody, kAll, nullptr, 0, &at) == ISDSC_INITIATOR_NOT_FOUND);
  auto unterminated = at;
  std::fill(std::begin(unterminated.Address), std::end(unterminated.Address), 'a');
  CHECK(add_to(nullptr, kAll, nullptr, 0, &unterminated) == ERROR_INVALID_PARAMETER);
  ISCSI_LOGIN_OPTIONS options{};
  options.Version = 2;
  CHECK(add_to(nullptr, kAll, &options, 0, &at) == ERROR_INVALID_PARAMETER);
  options.Version = 0;
  options.InformationSpecified = ISCSI_LOGIN_OPTIONS_PASSWORD;
  options.PasswordLength = 12;
  CHECK(add_to(nullptr, kAll, &options, 0, &at) == ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::refresh_iscsi_send_target_portal(nullptr, kAll, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(nullptr, kAll, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::report_iscsi_send_target_portals(nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
  ULONG count = 0;
  CHECK(Call<TestType>::report_iscsi_send_target_portals_ex(&count, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(portals<TestType>().empty());
}
