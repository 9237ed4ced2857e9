// Names, servers, keys and the boot target as the adapter keeps them.
#include <algorithm>
#include <catch2/catch.hpp>

#include "hba-sim/adapter/login_store_record.hpp"
#include "hba-sim/adapter/security.hpp"
#include "hba-sim/adapter/settings.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

using Addresses = std::vector<std::string>;

const SettingsSection& section(std::string_view name) {
  const auto all = settings_sections();
  const auto found = std::ranges::find(all, name, &SettingsSection::name);
  REQUIRE(found != all.end());
  return *found;
}

AdapterSettings filled() {
  AdapterSettings settings;
  settings.chap_secret = {1, 2, 3};
  settings.nodes.names = {
      "iqn.2026-01.org.example:b\xC3\xBC"
      "cher"};
  settings.discovery = {true, false, true, "eui.0123456789abcdef", {{"192.0.2.70"}}};
  settings.radius = {true, {0, 255, 128}, {{"192.0.2.80", "radius.example"}}};
  settings.ipsec.keys = {{3, 2, {'a', 0, 255}, 7, {9, 8}}};
  settings.ipsec.group_key = {5};
  settings.ipsec.tunnels = {{0, "", "198.51.100.1"}};
  settings.generational_guid = Bytes(16, 4);
  PersistentLogin login;
  login.target = IscsiName(u"iqn.2026-01.org.example:disk");
  login.password = Bytes(12, 6);
  settings.boot.lun = 1;
  settings.boot.set_login(login);
  return settings;
}

}  // namespace

TEST_CASE("Every section loads what it saved, and defaults take no room") {
  const AdapterSettings full = filled();
  AdapterSettings loaded;
  for (const SettingsSection& one : settings_sections()) {
    INFO(one.name);
    CHECK_FALSE(one.save(AdapterSettings{}).has_value());
    if (const auto saved = one.save(full)) CHECK(one.load(loaded, *saved));
  }
  CHECK(loaded == full);
}

TEST_CASE("Sections refuse what they did not write") {
  const auto refuses = [](std::string_view name, std::string_view text) {
    AdapterSettings settings;
    INFO(name << ": " << text);
    CHECK_FALSE(section(name).load(settings, Bytes(text.begin(), text.end())));
  };
  for (const auto name : {"initiator_nodes", "discovery", "radius", "boot"}) {
    for (const auto text : {"", "{", "null", "[]", "{}", "{\"names\":7}"}) refuses(name, text);
  }
  refuses("boot", R"({"lun":0,"discover":false,"record":[1,2,3]})");
  refuses("generational_guid", "fifteen bytes..");
}

TEST_CASE("A cache that cannot be read is kept as it is until it is cleared") {
  const std::string_view text = "{\"keys\":7}";
  const Bytes stored(text.begin(), text.end());
  AdapterSettings settings;
  const SettingsSection& ipsec = section("ipsec");
  REQUIRE(ipsec.load(settings, stored));
  CHECK(ipsec.save(settings) == stored);
  CHECK(settings.ipsec.set_key({0, 2, {1}, 0, {1}}) == iscsi::ISDSC_CACHE_CORRUPTED);
  CHECK(settings.ipsec.set_group_key({1}) == iscsi::ISDSC_CACHE_CORRUPTED);
  CHECK(settings.ipsec.set_tunnel({0, "192.0.2.1", "192.0.2.2"}) == iscsi::ISDSC_CACHE_CORRUPTED);
  settings.ipsec.damaged.clear();
  CHECK_FALSE(ipsec.save(settings).has_value());
  CHECK(settings.ipsec.set_group_key({1}) == 0);
}

TEST_CASE("The first servers are replaced one for one") {
  const auto replaced = [](Addresses list, const Addresses& front) {
    ServerList servers{std::move(list)};
    servers.replace_front(front);
    return servers.addresses;
  };
  CHECK(replaced({}, {""}) == Addresses{});
  CHECK(replaced({}, {"a"}) == Addresses{"a"});
  CHECK(replaced({"a", "b"}, {"a"}) == Addresses{"a", "b"});
  CHECK(replaced({"a", "b"}, {"c"}) == Addresses{"c", "b"});
  CHECK(replaced({"a", "b"}, {"b"}) == Addresses{"b"});
  CHECK(replaced({"a", "b", "c"}, {"", "d"}) == Addresses{"d", "c"});
  CHECK(replaced({"a", "b", "c"}, {"c", "c"}) == Addresses{"c"});
  ServerList full;
  for (std::size_t i = 0; i < ServerList::kMost; ++i) full.addresses.push_back(std::to_string(i));
  full.replace_front(Addresses{"x", "y"});
  CHECK(full.addresses.size() == ServerList::kMost);
}

TEST_CASE("A change of a full cache that is refused is not half done") {
  IpsecSettings ipsec;
  for (std::size_t i = 0; i < IpsecSettings::kMostKeys; ++i)
    CHECK(ipsec.set_key({0, 2, {static_cast<std::uint8_t>(i)}, 0, {1}}) == 0);
  // For all ports it takes the place of port 0's, so there is room.
  CHECK(ipsec.set_key({PortNumber::kAnyOrAll, 2, {5}, 0, {2}}) == 0);
  CHECK(ipsec.set_key({1, 2, {5}, 0, {3}}) == iscsi::ISDSC_HBA_SECURITY_CACHE_FULL);
  const auto* key = ipsec.find({.port = {1}, .type = 2, .id = {5}});
  REQUIRE(key != nullptr);
  CHECK(key->key == Bytes{2});
}

TEST_CASE("Zeros keep a secret of their length and are no secret otherwise") {
  Bytes secret{1, 2};
  CHECK(take_secret(Bytes{0, 0}, secret));
  CHECK(secret == Bytes{1, 2});
  CHECK_FALSE(take_secret(Bytes{0}, secret));
  CHECK_FALSE(take_secret(Bytes{0, 0, 0}, secret));
  CHECK(secret == Bytes{1, 2});
  CHECK(take_secret(Bytes{0, 3}, secret));
  CHECK(secret == Bytes{0, 3});
  CHECK(take_secret({}, secret));
  CHECK(secret.empty());
}
