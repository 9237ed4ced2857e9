// Targets that the service knows.
#include <cstring>

#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
std::vector<std::string> targets(bool update = false) {
  return listed<V>([&](PULONG size, typename V::Char* buffer) {
    return Call<V>::report_iscsi_targets(update ? TRUE : FALSE, size, buffer);
  });
}

// The bytes of one piece of information.
template <typename V>
std::vector<std::uint8_t> information(std::string_view target, TARGET_INFORMATION_CLASS wanted,
                                      std::string_view mechanism = {}) {
  const auto ask = [&](PULONG size, void* buffer) {
    return Call<V>::get_iscsi_target_information(
        Text<V>(target),
        mechanism.empty() ? nullptr : static_cast<typename V::Char*>(Text<V>(mechanism)), wanted,
        size, buffer);
  };
  ULONG size = 0;
  REQUIRE(ask(&size, nullptr) == ERROR_INSUFFICIENT_BUFFER);
  std::vector<std::uint8_t> bytes(size, 0xA5);
  const ULONG needed = size;
  size = needed - 1;
  CHECK(ask(&size, bytes.data()) == ERROR_INSUFFICIENT_BUFFER);
  CHECK(size == needed);
  CHECK(bytes == std::vector<std::uint8_t>(needed, 0xA5));
  REQUIRE(ask(&size, bytes.data()) == ERROR_SUCCESS);
  CHECK(size == needed);
  return bytes;
}

template <typename V>
std::string text_information(std::string_view target, TARGET_INFORMATION_CLASS wanted) {
  const auto bytes = information<V>(target, wanted);
  return ascii(reinterpret_cast<const typename V::Char*>(bytes.data()));
}

ULONG number(const std::vector<std::uint8_t>& bytes, std::size_t at = 0) {
  ULONG value = 0;
  REQUIRE(bytes.size() >= at + sizeof value);
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <typename V>
ISDSC_STATUS add_static(std::string_view name, ULONG flags = 0, std::string_view address = {},
                        std::string_view alias = {}) {
  typename V::PortalGroup group{};
  group.Count = 1;
  if (!address.empty()) group.Portals[0] = portal<V>(address);
  return Call<V>::add_iscsi_static_target(
      Text<V>(name), alias.empty() ? nullptr : static_cast<typename V::Char*>(Text<V>(alias)),
      flags, TRUE, nullptr, nullptr, address.empty() ? nullptr : &group);
}

}  // namespace

TEMPLATE_TEST_CASE("targets are listed when a portal told of them", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(targets<TestType>().empty());
  find_targets<TestType>("192.0.2.10");  // every portal of the lab tells of all targets
  const auto all = targets<TestType>();
  CHECK(all.size() == 4);
  CHECK(std::count(all.begin(), all.end(), kDisk1) == 1);
  find_targets<TestType>("192.0.2.11");
  CHECK(targets<TestType>() == all);
  auto first = portal<TestType>("192.0.2.10"), second = portal<TestType>("192.0.2.11");
  constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(nullptr, kAll, &first) == ERROR_SUCCESS);
  CHECK(targets<TestType>().size() == 4);
  CHECK(Call<TestType>::remove_iscsi_send_target_portal(nullptr, kAll, &second) == ERROR_SUCCESS);
  CHECK(targets<TestType>().empty());
}

TEMPLATE_TEST_CASE("an update asks all portals, and a dead one does not spoil it", "", Wide,
                   Narrow) {
  const auto world = World::open();
  auto dead = portal<TestType>("192.0.2.30");
  CHECK(Call<TestType>::add_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0,
                                                     &dead) != ERROR_SUCCESS);
  find_targets<TestType>("192.0.2.10");
  world->make("fabric/targets/iqn.2026-01.org.example:new");
  world->make("fabric/targets/iqn.2026-01.org.example:new/portals/192.0.2.10:3260");
  CHECK(targets<TestType>().size() == 4);
  const auto list = targets<TestType>(true);
  CHECK(list.size() == 5);
  CHECK(std::count(list.begin(), list.end(), "iqn.2026-01.org.example:new") == 1);
  CHECK(targets<TestType>() == list);
}

TEMPLATE_TEST_CASE("an adapter tells what it found, and the alias of what it logged in to", "",
                   Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  REQUIRE(log_in<TestType>(kDisk1) == ERROR_SUCCESS);
  const auto all = targets<TestType>(true);
  CHECK(all.size() == 4);
  CHECK(text_information<TestType>(kDisk1, TargetAlias) == "disk1");
  const auto list = information<TestType>(kDisk1, DiscoveryMechanisms);
  CHECK(strings(reinterpret_cast<const typename TestType::Char*>(list.data())).size() == 1);
  // With the portal gone, what is left is what the adapter knows.
  auto at = portal<TestType>("192.0.2.10");
  REQUIRE(Call<TestType>::remove_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS,
                                                          &at) == ERROR_SUCCESS);
  CHECK(targets<TestType>().empty());
  CHECK(targets<TestType>(true).size() == 4);
  CHECK(information<TestType>(kDisk1, PortalGroups, "HBA:" + std::string(kHba0)).size() > 4);
}

TEMPLATE_TEST_CASE("every kind of information about a target", "", Wide, Narrow) {
  using Char = typename TestType::Char;
  using Portal = typename TestType::Portal;
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  CHECK(number(information<TestType>(kDisk1, ProtocolType)) == ISCSI_TCP_PROTOCOL_TYPE);
  CHECK(text_information<TestType>(kDisk1, InitiatorName) == kHba0);
  CHECK(text_information<TestType>(kDisk1, TargetAlias).empty());
  CHECK(number(information<TestType>(kDisk1, TargetFlags)) == 0);
  const auto list = information<TestType>(kDisk1, DiscoveryMechanisms);
  const auto mechanisms = strings(reinterpret_cast<const Char*>(list.data()));
  REQUIRE(mechanisms.size() == 1);
  CHECK(mechanisms[0] == "SendTargets:*192.0.2.10 0003260 " + std::string(kHba0));

  // Two groups of the target, the first with two portals; each begins on a multiple of four.
  const auto groups = information<TestType>(kDisk1, PortalGroups);
  CHECK(number(groups) == 2);
  CHECK(number(groups, 4) == 2);
  Portal first{};
  std::memcpy(&first, groups.data() + 8, sizeof first);
  CHECK(ascii(first.Address) == "192.0.2.10");
  const std::size_t next = (8 + 2 * sizeof(Portal) + 3) / 4 * 4;
  CHECK(number(groups, next) == 1);
  CHECK(groups.size() == next + 4 + sizeof(Portal));

  CHECK(number(information<TestType>(kDisk1, PersistentTargetMappings)) == 0);
  const auto options = information<TestType>(kDisk1, LoginOptions, mechanisms[0]);
  CHECK(options.size() == sizeof(ISCSI_LOGIN_OPTIONS));
  // A restriction to a mechanism.
  CHECK(number(information<TestType>(kDisk1, PortalGroups, mechanisms[0])) == 2);
  ULONG size = 0;
  const auto ask = Call<TestType>::get_iscsi_target_information;
  CHECK(ask(Text<TestType>(kDisk1), Text<TestType>("iSNS:nobody"), PortalGroups, &size, nullptr) ==
        ISDSC_DISCOVERY_MECHANISM_NOT_FOUND);
  CHECK(ask(Text<TestType>(kDisk1), nullptr, LoginOptions, &size, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(ask(Text<TestType>("iqn.nobody"), nullptr, ProtocolType, &size, nullptr) ==
        ISDSC_TARGET_NOT_FOUND);
  CHECK(ask(Text<TestType>(kDisk1), nullptr, static_cast<TARGET_INFORMATION_CLASS>(8), &size,
            nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(ask(nullptr, nullptr, ProtocolType, &size, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(ask(Text<TestType>(kDisk1), nullptr, ProtocolType, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("portals of a target, by adapter and by tag", "", Wide, Narrow) {
  using Portal = typename TestType::Portal;
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  Text<TestType> hba(kHba0), other(kHba1);
  const auto addresses = [&](typename TestType::Char* initiator, const USHORT* tag) {
    std::vector<std::string> found;
    USHORT value = tag == nullptr ? USHORT{0} : *tag;
    for (const auto& at : elements<Portal>([&](PULONG count, Portal* list) {
           return Call<TestType>::report_iscsi_target_portals(
               initiator, Text<TestType>(kDisk1), tag == nullptr ? nullptr : &value, count, list);
         })) {
      found.push_back(ascii(at.Address));
    }
    return found;
  };
  const USHORT second = 2, none = 9;
  CHECK(addresses(nullptr, nullptr).size() == 3);
  CHECK(addresses(hba, nullptr).size() == 3);
  CHECK(addresses(other, nullptr).empty());
  CHECK(addresses(nullptr, &second) == std::vector<std::string>{"192.0.2.11"});
  CHECK(addresses(nullptr, &none).empty());
  ULONG count = 0;
  const auto report = Call<TestType>::report_iscsi_target_portals;
  CHECK(report(nullptr, nullptr, nullptr, &count, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(report(nullptr, Text<TestType>(kDisk1), nullptr, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(report(nullptr, Text<TestType>("iqn.nobody"), nullptr, &count, nullptr) ==
        ISDSC_TARGET_NOT_FOUND);
  CHECK(report(Text<TestType>("PCI\\NOBODY_0"), Text<TestType>(kDisk1), nullptr, &count, nullptr) ==
        ISDSC_INITIATOR_NOT_FOUND);
}

TEMPLATE_TEST_CASE("a static target is known, and can be logged in to", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(add_static<TestType>(kDisk1, 0, "192.0.2.10", "first") == ERROR_SUCCESS);
  CHECK(targets<TestType>() == std::vector<std::string>{std::string(kDisk1)});
  CHECK(text_information<TestType>(kDisk1, TargetAlias) == "first");
  CHECK(log_in<TestType>(kDisk1) == ERROR_SUCCESS);
  // Without the flag the new information takes the place of the old; with it both count.
  CHECK(add_static<TestType>(kDisk1, ISCSI_TARGET_FLAG_MERGE_TARGET_INFORMATION, "192.0.2.11") ==
        ERROR_SUCCESS);
  CHECK(text_information<TestType>(kDisk1, TargetAlias) == "first");
  CHECK(number(information<TestType>(kDisk1, PortalGroups), 4) == 2);
  CHECK(add_static<TestType>(kDisk1) == ERROR_SUCCESS);
  CHECK(text_information<TestType>(kDisk1, TargetAlias).empty());
  CHECK(number(information<TestType>(kDisk1, PortalGroups)) == 0);

  CHECK(Call<TestType>::remove_iscsi_static_target(Text<TestType>(kDisk1)) == ERROR_SUCCESS);
  CHECK(Call<TestType>::remove_iscsi_static_target(Text<TestType>(kDisk1)) ==
        ISDSC_TARGET_NOT_FOUND);
  CHECK(targets<TestType>().empty());
}

TEMPLATE_TEST_CASE("a hidden static target shows when it is discovered", "", Wide, Narrow) {
  const auto world = World::open();
  CHECK(add_static<TestType>(kDisk1, ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET, "192.0.2.10", "mine") ==
        ERROR_SUCCESS);
  CHECK(targets<TestType>().empty());
  CHECK(log_in<TestType>(kDisk1) == ISDSC_TARGET_NOT_FOUND);
  find_targets<TestType>("192.0.2.10");
  CHECK(targets<TestType>().size() == 4);
  CHECK(number(information<TestType>(kDisk1, TargetFlags)) == ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET);
  CHECK(text_information<TestType>(kDisk1, TargetAlias) == "mine");
}

TEMPLATE_TEST_CASE("a static target has the defaults of a login, and shows no secret", "", Wide,
                   Narrow) {
  const auto world = World::open();
  UCHAR user[] = "operator", secret[] = "fifteen-bytes-x";
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified =
      ISCSI_LOGIN_OPTIONS_AUTH_TYPE | ISCSI_LOGIN_OPTIONS_USERNAME | ISCSI_LOGIN_OPTIONS_PASSWORD;
  options.AuthType = ISCSI_CHAP_AUTH_TYPE;
  options.Username = user;
  options.UsernameLength = sizeof user - 1;
  options.Password = secret;
  options.PasswordLength = sizeof secret - 1;
  SCSI_LUN_LIST lun{3, 0};
  typename TestType::Mapping mapping{};
  mapping.OSTargetNumber = 5;
  mapping.LUNCount = 1;
  mapping.LUNList = &lun;
  typename TestType::PortalGroup group{};
  group.Count = 1;
  group.Portals[0] = portal<TestType>("192.0.2.20");
  REQUIRE(Call<TestType>::add_iscsi_static_target(Text<TestType>(kSecure), nullptr, 0, TRUE,
                                                  &mapping, &options, &group) == ERROR_SUCCESS);
  CHECK(log_in<TestType>(kSecure) == ERROR_SUCCESS);
  const auto bytes = information<TestType>(kSecure, LoginOptions, "Static:");
  ISCSI_LOGIN_OPTIONS shown{};
  std::memcpy(&shown, bytes.data(), sizeof shown);
  CHECK(shown.AuthType == ISCSI_CHAP_AUTH_TYPE);
  CHECK(shown.InformationSpecified == ISCSI_LOGIN_OPTIONS_AUTH_TYPE);
  CHECK(shown.PasswordLength == 0);
  const auto mappings = information<TestType>(kSecure, PersistentTargetMappings);
  CHECK(number(mappings) == 1);
  CHECK(mappings.size() == 4 + sizeof mapping + sizeof lun);
  std::memcpy(&mapping, mappings.data() + 4, sizeof mapping);
  CHECK(mapping.OSTargetNumber == 5);
  CHECK(mapping.LUNCount == 1);
}

TEMPLATE_TEST_CASE("wrong arguments of a static target", "", Wide, Narrow) {
  const auto world = World::open();
  const auto add = Call<TestType>::add_iscsi_static_target;
  CHECK(add(nullptr, nullptr, 0, TRUE, nullptr, nullptr, nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(add_static<TestType>("no iSCSI name") == ISDSC_INVALID_ISCSI_NAME);
  CHECK(add_static<TestType>(kDisk1, 0x100) == ERROR_INVALID_PARAMETER);
  CHECK(add_static<TestType>(kDisk1, 0, {}, std::string(300, 'a')) == ERROR_INVALID_PARAMETER);
  typename TestType::PortalGroup group{};
  group.Count = 0xFFFFFFFF;
  CHECK(add(Text<TestType>(kDisk1), nullptr, 0, TRUE, nullptr, nullptr, &group) ==
        ERROR_INVALID_PARAMETER);
  group.Count = 1;  // of nothing
  CHECK(add(Text<TestType>(kDisk1), nullptr, 0, TRUE, nullptr, nullptr, &group) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::remove_iscsi_static_target(nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(targets<TestType>().empty());
}
