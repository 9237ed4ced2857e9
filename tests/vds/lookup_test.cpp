// Ids that this process has not asked for: those of what adapters know by themselves.
#include "client.hpp"
#include "iscsidsc.h"
#include "tests/hba-sim/lab_support.hpp"
#include "vds/object_ids.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

namespace {

// "running" has a session when the lab is up, "waiting" only a persistent login, "new" neither.
constexpr std::string_view kLookupLab = R"({
  "name": "lookup", "seed": 7,
  "adapters": [
    { "name": "hba0",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
      "ports": [ { "address": "198.51.100.1" } ], "timing": { "login_timeout": "1s" },
      "persistent_logins": [
        { "target": "iqn.2026-01.org.example:running", "portal": "198.51.100.10" },
        { "target": "iqn.2026-01.org.example:waiting", "portal": "198.51.100.20" } ] } ],
  "targets": [
    { "name": "iqn.2026-01.org.example:running", "portals": [ { "address": "198.51.100.10" } ],
      "luns": [ { "lun": 0 } ] },
    { "name": "iqn.2026-01.org.example:waiting",
      "portals": [ { "address": "198.51.100.20", "state": "refuse" } ], "luns": [ { "lun": 0 } ] },
    { "name": "iqn.2026-01.org.example:new", "portals": [ { "address": "198.51.100.30" } ],
      "luns": [ { "lun": 0 } ] } ]
})";

GUID unasked(std::string_view name) {
  return vds::target_id(IscsiName(wide("iqn.2026-01.org.example:" + std::string(name))));
}

GUID unasked_portal(std::string_view address) {
  return vds::target_portal_id(Portal::from_text(address).value());
}

HRESULT attempt(IVdsIscsiInitiatorAdapter* adapter, const GUID& name, const GUID& portal) {
  Owned<IVdsAsync> async;
  REQUIRE(adapter->LoginToTarget(VDS_ILT_MANUAL, name, portal, GUID_NULL, 0, 0, 0, VDS_IAT_NONE,
                                 async.out()) == S_OK);
  return result_of(async.get(), VDS_ASYNCOUT_LOGINTOTARGET);
}

// SendTargets in a discovery session.
void discover(World& world, const std::string& portal) {
  using Method = iscsi::MSiSCSI_OperationsMethod;
  const auto call = [&](Method method, const dsc::Bytes& in) {
    auto out = world.transport()->call(wmi::Guid{iscsi::MSiSCSI_OperationsGuid}, std::string(kHba0),
                                       static_cast<std::uint32_t>(method), in);
    REQUIRE(out.has_value());
    std::uint32_t status = 1;
    std::memcpy(&status, out->data(), sizeof status);
    REQUIRE(status == iscsi::ISDSC_SUCCESS);
    return *std::move(out);
  };
  lab_test::Login login;
  login.target.clear();
  login.address = portal;
  login.persistent = false;
  login.session_type = 0;
  const auto out = call(Method::LoginToTarget, lab_test::login_in(login));
  std::uint64_t session = 0;
  std::memcpy(&session, out.data() + offsetof(iscsi::LoginToTarget_OUT, UniqueSessionId), 8);
  static_cast<void>(call(Method::SendTargets, lab_test::send_targets_in(session, "All")));
  static_cast<void>(call(Method::LogoutFromTarget, lab_test::session_in(session)));
}

}  // namespace

TEST_CASE("adapters know targets and portals by themselves") {
  const NothingLeft nothing_left;
  const auto world = World::open(kLookupLab);
  const auto hbas = adapters();
  REQUIRE(world->eventually([&] { return sessions(*world, kHba0) == 1; }));
  const GUID running = unasked_portal("198.51.100.10"), waiting = unasked_portal("198.51.100.20"),
             fresh = unasked_portal("198.51.100.30");
  CHECK(attempt(hbas[0].get(), unasked("running"), running) == VDS_S_ISCSI_LOGIN_ALREAD_EXISTS);
  CHECK(attempt(hbas[0].get(), unasked("waiting"), waiting) == VDS_E_ISCSI_LOGIN_FAILED);
  CHECK(attempt(hbas[0].get(), unasked("new"), GUID_NULL) == VDS_E_OBJECT_NOT_FOUND);
  CHECK(attempt(hbas[0].get(), unasked("running"), fresh) == VDS_E_OBJECT_NOT_FOUND);
  discover(*world, "198.51.100.30");
  CHECK(attempt(hbas[0].get(), unasked("new"), fresh) == S_OK);
  Owned<IVdsAsync> logout;
  REQUIRE(hbas[0]->LogoutFromTarget(unasked("running"), logout.out()) == S_OK);
  CHECK(result_of(logout.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
  CHECK(stored_logins(*world, kHba0) == 1);
  CHECK(sessions(*world, kHba0) == 1);
}

TEST_CASE("the adapter chooses among the portals that it has discovered") {
  const NothingLeft nothing_left;
  const auto world = World::open(kLookupLab);
  const auto hbas = adapters();
  discover(*world, "198.51.100.30");
  CHECK(attempt(hbas[0].get(), unasked("new"), GUID_NULL) == S_OK);
}

TEST_CASE("the discovery library's lists know targets and portals") {
  const NothingLeft nothing_left;
  const auto world = World::open(kLookupLab);
  const auto hbas = adapters();
  const GUID fresh = unasked_portal("198.51.100.30");
  CHAR name[] = "iqn.2026-01.org.example:new";
  ISCSI_TARGET_PORTAL_GROUPA group{};
  group.Count = 1;
  std::string_view("198.51.100.30").copy(group.Portals[0].Address, 64);
  group.Portals[0].Socket = 3260;
  const auto add = [&](ISCSI_TARGET_FLAGS flags) {
    return AddIScsiStaticTargetA(name, nullptr, flags, TRUE, nullptr, nullptr, &group);
  };
  REQUIRE(add(ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET) == ERROR_SUCCESS);
  CHECK(attempt(hbas[0].get(), unasked("new"), GUID_NULL) == VDS_E_OBJECT_NOT_FOUND);
  CHECK(attempt(hbas[0].get(), target("iqn.2026-01.org.example:running"), fresh) ==
        VDS_E_OBJECT_NOT_FOUND);
  REQUIRE(add(0) == ERROR_SUCCESS);
  SECTION("with a portal of the list") {
    CHECK(attempt(hbas[0].get(), unasked("new"), fresh) == S_OK);
  }
  SECTION("with whatever portal there is") {
    CHECK(attempt(hbas[0].get(), unasked("new"), GUID_NULL) == S_OK);
    CHECK(attempt(hbas[0].get(), unasked("new"), GUID_NULL) == VDS_S_ISCSI_LOGIN_ALREAD_EXISTS);
  }
  SECTION("a persistent login, through the portal that answered") {
    Owned<IVdsAsync> async;
    REQUIRE(hbas[0]->LoginToTarget(VDS_ILT_PERSISTENT, unasked("new"), GUID_NULL, GUID_NULL, 0, 0,
                                   0, VDS_IAT_NONE, async.out()) == S_OK);
    CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGINTOTARGET) == S_OK);
    CHECK(stored_logins(*world, kHba0) == 3);
  }
  SECTION("what was discovered") {
    REQUIRE(RemoveIScsiStaticTargetA(name) == ERROR_SUCCESS);
    CHECK(attempt(hbas[0].get(), unasked("new"), fresh) == VDS_E_OBJECT_NOT_FOUND);
    REQUIRE(AddIScsiSendTargetPortalA(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0,
                                      &group.Portals[0]) == ERROR_SUCCESS);
    CHECK(attempt(hbas[0].get(), unasked("new"), fresh) == S_OK);
  }
}
