// Nested blocks that the builders write against the codec that is driven by the MOF: it reads the
// same values, and encoding them again gives the same bytes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "iscsiop/builders.hpp"
#include "iscsiop/views.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"

using namespace hbalab;
using namespace hbalab::iscsi;

namespace {

using Bytes = std::vector<std::uint8_t>;

const wmi::Class& find_class(std::string_view name) {
  static const auto schema = wmi::builtin_schema();
  const wmi::Class* cls = schema->find(name);
  REQUIRE(cls != nullptr);
  return *cls;
}
const wmi::Method& find_method(std::string_view cls, std::string_view name) {
  const wmi::Method* method = find_class(cls).method(name);
  REQUIRE(method != nullptr);
  return *method;
}

// The block as JSON, after the values alone have been encoded to the same bytes.
nlohmann::ordered_json through_codec(const wmi::Shape& shape, const Bytes& block) {
  const auto decoded = wmi::decode(shape, block);
  if (!decoded) FAIL(decoded.error().to_string());
  const auto encoded = wmi::encode(shape, decoded->root);
  if (!encoded) FAIL(encoded.error().to_string());
  CHECK(*encoded == block);
  return wmi::to_json(shape, decoded->root);
}

}  // namespace

TEST_CASE("LoginToTarget: what lies behind a variable LUN list") {
  const wmi::Shape shape = wmi::in_shape(find_method("MSiSCSI_Operations", "LoginToTarget"));
  const Bytes key{0xDE, 0xAD, 0xBE}, user{'b', 'o', 'b'}, password{'x'};
  for (std::uint32_t luns : {0u, 1u, 2u, 7u}) {
    INFO(luns << " LUNs");
    Bytes block(login_to_target_in_size(luns, key.size(), user.size(), password.size()));
    BlockWriter writer(block);
    const auto out = append_login_to_target_in(writer, {luns, key, user, password});
    REQUIRE(out.has_value());
    REQUIRE(write_fixed_string(out->head->TargetName, u"iqn.2004-04.example:a", "n").has_value());
    for (std::uint32_t i = 0; i < luns; ++i) out->mapping.luns[i].TargetLUN = 100 + i;
    const auto json = through_codec(shape, block);
    CHECK(json.at("TargetName") == "iqn.2004-04.example:a");
    CHECK(json.at("Username") == "bob");
    CHECK(json.at("UsernameSize") == 3);
    CHECK(json.at("Password").is_null());  // secret
    REQUIRE(json.at("Mappings").at("LUNList").size() == luns);
    for (std::uint32_t i = 0; i < luns; ++i) {
      CHECK(json.at("Mappings").at("LUNList").at(i).at("TargetLUN") == 100 + i);
    }
  }
}

TEST_CASE("LoginToTarget: what JSON leaves out") {
  const wmi::Shape shape = wmi::in_shape(find_method("MSiSCSI_Operations", "LoginToTarget"));
  const auto object = wmi::parse_json(shape, R"({"TargetName": "iqn.x", "Password": "secret"})");
  if (!object) FAIL(object.error().to_string());
  const auto block = wmi::encode(shape, *object);
  REQUIRE(block.has_value());
  const auto login = view<LoginToTargetView>(*block);
  REQUIRE(login.has_value());
  CHECK(login->head->PortNumber == 0xFFFFFFFFu);
  CHECK(login->head->SessionType == 2u);
  CHECK(login->head->PersistentLogin == 0);
  CHECK(login->head->TargetPortal.Address.Type == 3u);
  CHECK(login->head->TargetPortal.Socket == 3260);
  CHECK(login->head->LoginOptions.InformationSpecified == 0u);
  CHECK(login->mapping.luns.empty());
  CHECK(std::string(login->password.begin(), login->password.end()) == "secret");
  CHECK(login->key.empty());
}

TEST_CASE("RemovePersistentLogin: an omitted port and portal stand for all") {
  const wmi::Shape shape =
      wmi::in_shape(find_method("MSiSCSI_Operations", "RemovePersistentLogin"));
  const auto object = wmi::parse_json(shape, R"({"TargetName": "iqn.x"})");
  REQUIRE(object.has_value());
  const auto block = wmi::encode(shape, *object);
  REQUIRE(block.has_value());
  const auto in = read_block<RemovePersistentLogin_IN>(*block, "RemovePersistentLogin_IN",
                                                       RemovePersistentLogin_IN_SIZE);
  REQUIRE(in.has_value());
  CHECK(in->PortNumber == 0xFFFFFFFFu);
  CHECK(in->TargetPortal.Address.Type == 3u);
}

TEST_CASE("MSiSCSI_PersistentLogins: elements of different sizes") {
  const Bytes user{'a', 'l', 'i', 'c', 'e'};
  ListSize size = persistent_logins_size();
  for (std::uint32_t i = 0; i < 4; ++i) size.add(persistent_login_size(i, i));
  Bytes block(size.size());
  BlockWriter writer(block);
  REQUIRE(begin_persistent_logins(writer, 4).has_value());
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto out = append_persistent_login(writer, i, ByteView(user).first(i));
    REQUIRE(out.has_value());
    out->head->InitiatorPortNumber = 10 + i;
  }
  REQUIRE(writer.finish().value_or(0) == block.size());
  const auto json = through_codec(wmi::shape_of(find_class("MSiSCSI_PersistentLogins")), block);
  REQUIRE(json.at("PersistentLogins").size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto& login = json.at("PersistentLogins").at(i);
    CHECK(login.at("InitiatorPortNumber") == 10 + i);
    CHECK(login.at("TargetMapping").at("LUNList").size() == i);
    CHECK(login.at("Username") == std::string("alice").substr(0, i));
  }
}

TEST_CASE("MSiSCSI_InitiatorSessionInfo: sessions with connections") {
  const std::uint16_t connections[] = {2, 0, 1};
  ListSize size = initiator_session_info_size();
  for (std::uint16_t n : connections) size.add(session_static_info_size(n));
  Bytes block(size.size());
  BlockWriter writer(block);
  REQUIRE(begin_initiator_session_info(writer, 3).has_value());
  for (std::uint16_t n : connections) {
    const auto out = append_session_static_info(writer, n);
    REQUIRE(out.has_value());
    for (std::size_t i = 0; i < n; ++i) out->connections[i].CID = static_cast<std::uint16_t>(i);
  }
  const auto json = through_codec(wmi::shape_of(find_class("MSiSCSI_InitiatorSessionInfo")), block);
  REQUIRE(json.at("SessionsList").size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& list = json.at("SessionsList").at(i).at("ConnectionsList");
    REQUIRE(list.size() == connections[i]);
    for (std::size_t c = 0; c < list.size(); ++c) CHECK(list.at(c).at("CID") == c);
  }
}

TEST_CASE("ReportDiscoveredTargets2: names behind keys, three levels deep") {
  const Bytes key{1, 2, 3};
  ListSize groups = discovered_target2_size();
  for (std::size_t g = 0; g < 2; ++g) {
    ListSize portals = discovered_portal_group2_size();
    for (std::size_t p = 0; p < 3; ++p) portals.add(discovered_portal2_size(p));
    groups.add(portals.size());
  }
  ListSize size = report_discovered_targets2_out_size();
  size.add(groups.size()).add(groups.size());
  Bytes block(size.size());
  BlockWriter writer(block);
  REQUIRE(begin_report_discovered_targets2_out(writer, 2).has_value());
  for (int t = 0; t < 2; ++t) {
    REQUIRE(begin_discovered_target2(writer, 2).has_value());
    for (int g = 0; g < 2; ++g) {
      REQUIRE(begin_discovered_portal_group2(writer, 3).has_value());
      for (std::size_t p = 0; p < 3; ++p) {
        const auto portal = append_discovered_portal2(writer, ByteView(key).first(p));
        REQUIRE(portal.has_value());
        const std::u16string name(1, static_cast<char16_t>(u'a' + p));
        REQUIRE(write_fixed_string(portal->symbolic_name, name, "n").has_value());
      }
    }
  }
  REQUIRE(writer.finish().value_or(0) == block.size());
  const auto json = through_codec(
      wmi::out_shape(find_method("MSiSCSI_DiscoveryOperations", "ReportDiscoveredTargets2")),
      block);
  for (const auto& target : json.at("Targets")) {
    REQUIRE(target.at("TargetDiscoveredPortalGroups").size() == 2);
    for (const auto& group : target.at("TargetDiscoveredPortalGroups")) {
      REQUIRE(group.at("Portals").size() == 3);
      for (std::size_t p = 0; p < 3; ++p) {
        CHECK(group.at("Portals").at(p).at("SymbolicName") ==
              std::string(1, static_cast<char>('a' + p)));
        CHECK(group.at("Portals").at(p).at("KeySize") == p);
      }
    }
  }
}
