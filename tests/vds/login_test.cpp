// LoginToTarget: types, options, secrets, and every result that it has.
#include "client.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/views.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

namespace {

constexpr std::string_view kChapLab = R"({
  "name": "chap", "seed": 7,
  "adapters": [
    { "name": "hba0", "initiator_name": "iqn.2026-01.org.example:host",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
      "ports": [ { "address": "192.0.2.1" } ], "timing": { "login_timeout": "1s" } } ],
  "targets": [
    { "name": "iqn.2026-01.org.example:secure", "portals": [ { "address": "192.0.2.20" } ],
      "luns": [ { "lun": 0 } ],
      "chap": { "user": "iqn.2026-01.org.example:host", "secret": "fifteen-bytes-x",
                "mutual_user": "target", "mutual_secret": "fourteen-bytes" } } ]
})";

HRESULT remember(std::string_view name, std::string secret) {
  VDS_ISCSI_SHARED_SECRET given{reinterpret_cast<UCHAR*>(secret.data()),
                                static_cast<ULONG>(secret.size())};
  if (secret.empty()) given = {};
  return service()->RememberTargetSharedSecret(target(name), &given);
}

HRESULT set_own_secret(std::string secret) {
  VDS_ISCSI_SHARED_SECRET given{reinterpret_cast<UCHAR*>(secret.data()),
                                static_cast<ULONG>(secret.size())};
  if (secret.empty()) given = {};
  return service()->SetInitiatorSharedSecret(&given, GUID_NULL);
}

// The leading connection of the adapter's only session.
struct Connection {
  std::uint8_t header, data;
  std::uint32_t local_v4;
  std::uint32_t auth;
};
Connection connection(World& world) {
  const auto block = world.transport()->query(wmi::Guid{iscsi::MSiSCSI_InitiatorSessionInfoGuid},
                                              std::string(kHba0));
  REQUIRE(block.has_value());
  const auto view = iscsi::view<iscsi::InitiatorSessionInfoView>(*block);
  REQUIRE(view.has_value());
  REQUIRE(view->sessions.size() == 1);
  const auto session = *view->sessions.begin();
  REQUIRE(session.connections.size() == 1);
  const auto& first = session.connections.front();
  return {first.HeaderIntegrity, first.DataIntegrity, first.LocalAddr.IpV4Address, first.AuthType};
}

}  // namespace

TEST_CASE("a manual login makes a session and stores nothing") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  CHECK(log_in(hbas[0].get(), {}) == S_OK);
  CHECK(sessions(*world, kHba0) == 1);
  CHECK(stored_logins(*world, kHba0) == 0);
  CHECK(log_in(hbas[0].get(), {}) == VDS_S_ISCSI_LOGIN_ALREAD_EXISTS);
  CHECK(sessions(*world, kHba0) == 1);
}

TEST_CASE("persistent and boot logins make a session and come back at the next start") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto type = GENERATE(VDS_ILT_PERSISTENT, VDS_ILT_BOOT);
  CHECK(log_in(hbas[0].get(), {.type = type}) == S_OK);
  CHECK(sessions(*world, kHba0) == 1);
  CHECK(stored_logins(*world, kHba0) == 1);
  world->control("adapters/hba0/reset", "1");
  CHECK(world->eventually([&] { return sessions(*world, kHba0) == 1; }));
  // What is there already is only stored.
  REQUIRE(log_in(hbas[0].get(), {.name = kDisk2, .portal = "192.0.2.12"}) == S_OK);
  CHECK(log_in(hbas[0].get(), {.name = kDisk2, .portal = "192.0.2.12", .type = type}) ==
        VDS_S_ISCSI_LOGIN_ALREAD_EXISTS);
  CHECK(stored_logins(*world, kHba0) == 2);
}

TEST_CASE("logins that fail") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  SECTION("nobody answers") {
    CHECK(log_in(hbas[0].get(),
                 {.name = kDead, .portal = "192.0.2.30", .type = VDS_ILT_PERSISTENT}) ==
          VDS_E_ISCSI_LOGIN_FAILED);
    CHECK(stored_logins(*world, kHba0) == 0);
  }
  SECTION("a target that nobody has told of") {
    CHECK(log_in(hbas[0].get(), {.name = "iqn.2026-01.org.example:nobody"}) ==
          VDS_E_ISCSI_LOGIN_FAILED);
  }
  SECTION("no portal, and the adapter knows none") {
    CHECK(log_in(hbas[0].get(), {.portal = ""}) == VDS_E_ISCSI_LOGIN_FAILED);
  }
  SECTION("there is no IPsec, and it is required") {
    CHECK(log_in(hbas[0].get(), {.flags = VDS_ILF_REQUIRE_IPSEC}) == VDS_E_ISCSI_LOGIN_FAILED);
    CHECK(log_in(hbas[1].get(), {.flags = VDS_ILF_REQUIRE_IPSEC}) == VDS_E_ISCSI_LOGIN_FAILED);
    CHECK(sessions(*world, kHba0) == 0);
  }
  SECTION("the NVRAM is full: the session is there, the persistent login is not") {
    world->control("adapters/hba0/faults/nvram_full", "1");
    CHECK(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) ==
          static_cast<HRESULT>(0xEFFF0014u));  // ISDSC_OUT_OF_RESOURCES
    CHECK(sessions(*world, kHba0) == 1);
  }
  SECTION("the adapter fails") {
    world->control("adapters/hba0/faults/health", "failed");
    CHECK(log_in(hbas[0].get(), {}) == VDS_E_ISCSI_LOGIN_FAILED);
  }
}

TEST_CASE("ids that nobody knows") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const GUID unknown{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
  const auto attempt = [&](const GUID& target_id, const GUID& portal, const GUID& port) {
    Owned<IVdsAsync> async;
    REQUIRE(hbas[0]->LoginToTarget(VDS_ILT_MANUAL, target_id, portal, port, 0, 0, 0, VDS_IAT_NONE,
                                   async.out()) == S_OK);
    return result_of(async.get(), VDS_ASYNCOUT_LOGINTOTARGET);
  };
  const GUID disk = target(kDisk1), portal = target_portal("192.0.2.10");
  CHECK(attempt(unknown, portal, GUID_NULL) == VDS_E_OBJECT_NOT_FOUND);
  CHECK(attempt(disk, unknown, GUID_NULL) == VDS_E_OBJECT_NOT_FOUND);
  CHECK(attempt(disk, portal, unknown) == VDS_E_OBJECT_NOT_FOUND);
  const GUID others = portal_id(portals(hbas[1].get())[0].get());
  CHECK(attempt(disk, portal, others) == VDS_E_OBJECT_NOT_FOUND);
  CHECK(attempt(disk, portal, GUID_NULL) == S_OK);
}

TEST_CASE("arguments of a login that are none") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const GUID disk = target(kDisk1), portal = target_portal("192.0.2.10");
  const auto refused = [&](int type, const GUID& name, ULONG flags, int auth) {
    IVdsAsync* async = reinterpret_cast<IVdsAsync*>(hbas[0].get());
    const HRESULT result =
        hbas[0]->LoginToTarget(static_cast<VDS_ISCSI_LOGIN_TYPE>(type), name, portal, GUID_NULL,
                               flags, 0, 0, static_cast<VDS_ISCSI_AUTH_TYPE>(auth), &async);
    CHECK(async == nullptr);
    return result;
  };
  CHECK(refused(VDS_ILT_MANUAL, GUID_NULL, 0, VDS_IAT_NONE) == E_INVALIDARG);
  CHECK(refused(3, disk, 0, VDS_IAT_NONE) == E_INVALIDARG);
  CHECK(refused(-1, disk, 0, VDS_IAT_NONE) == E_INVALIDARG);
  CHECK(refused(VDS_ILT_MANUAL, disk, 4, VDS_IAT_NONE) == E_INVALIDARG);
  CHECK(refused(VDS_ILT_MANUAL, disk, 0, 3) == E_INVALIDARG);
  CHECK(refused(VDS_ILT_MANUAL, disk, 0, -1) == E_INVALIDARG);
  CHECK(sessions(*world, kHba0) == 0);
}

TEST_CASE("port and digests are those that were asked for") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto ports = portals(hbas[0].get());
  REQUIRE(log_in(hbas[0].get(), {.port = portal_id(ports[0].get()), .header_digest = 1}) == S_OK);
  CHECK(connection(*world).header == 1);
  CHECK(connection(*world).data == 0);
  CHECK(connection(*world).local_v4 == 0x010200C0);
  REQUIRE(log_out(hbas[0].get(), kDisk1) == S_OK);
  REQUIRE(log_in(hbas[0].get(), {.flags = VDS_ILF_MULTIPATH_ENABLED, .data_digest = 2}) == S_OK);
  CHECK(connection(*world).header == 0);
  CHECK(connection(*world).data == 1);
  REQUIRE(log_out(hbas[0].get(), kDisk1) == S_OK);
  REQUIRE(log_in(hbas[0].get(), {.portal = "2001:db8::10", .port = portal_id(ports[1].get())}) ==
          S_OK);
  CHECK(connection(*world).local_v4 == 0);
}

TEST_CASE("CHAP with the secret that is remembered for the target") {
  const NothingLeft nothing_left;
  const auto world = World::open(kChapLab);
  const auto hbas = adapters();
  const Login chap{.name = kSecure, .portal = "192.0.2.20", .auth = VDS_IAT_CHAP};
  Login mutual = chap;
  mutual.auth = VDS_IAT_MUTUAL_CHAP;

  CHECK(log_in(hbas[0].get(), {.name = kSecure, .portal = "192.0.2.20"}) ==
        VDS_E_ISCSI_LOGIN_FAILED);
  CHECK(log_in(hbas[0].get(), chap) == VDS_E_ISCSI_LOGIN_FAILED);  // no secret
  CHECK(remember(kSecure, "another-secret-") == S_OK);
  CHECK(log_in(hbas[0].get(), chap) == VDS_E_ISCSI_LOGIN_FAILED);
  CHECK(remember(kSecure, "fifteen-bytes-x") == S_OK);
  CHECK(log_in(hbas[0].get(), chap) == S_OK);
  CHECK(connection(*world).auth == 1);
  REQUIRE(log_out(hbas[0].get(), kSecure) == S_OK);

  CHECK(log_in(hbas[0].get(), mutual) == VDS_E_ISCSI_LOGIN_FAILED);  // no secret of our own
  CHECK(set_own_secret("fourteen-bytes") == S_OK);
  CHECK(log_in(hbas[0].get(), mutual) == S_OK);
  CHECK(connection(*world).auth == 2);
  REQUIRE(log_out(hbas[0].get(), kSecure) == S_OK);
  CHECK(set_own_secret("") == S_OK);
  CHECK(log_in(hbas[0].get(), mutual) == VDS_E_ISCSI_LOGIN_FAILED);

  CHECK(remember(kSecure, "") == S_OK);
  CHECK(log_in(hbas[0].get(), chap) == VDS_E_ISCSI_LOGIN_FAILED);
}

TEST_CASE("a persistent CHAP login comes back with its secret") {
  const NothingLeft nothing_left;
  const auto world = World::open(kChapLab);
  const auto hbas = adapters();
  REQUIRE(remember(kSecure, "fifteen-bytes-x") == S_OK);
  REQUIRE(log_in(hbas[0].get(), {.name = kSecure,
                                 .portal = "192.0.2.20",
                                 .type = VDS_ILT_PERSISTENT,
                                 .auth = VDS_IAT_CHAP}) == S_OK);
  REQUIRE(remember(kSecure, "") == S_OK);
  world->control("adapters/hba0/reset", "1");
  CHECK(world->eventually([&] { return sessions(*world, kHba0) == 1; }));
}

TEST_CASE("secrets that are refused") {
  const NothingLeft nothing_left;
  const auto world = World::open(kChapLab);
  const auto entry = service();
  const GUID disk = target(kSecure);
  UCHAR bytes[] = "fifteen-bytes-x";
  VDS_ISCSI_SHARED_SECRET good{bytes, 15}, no_address{nullptr, 15}, no_size{bytes, 0};
  CHECK(entry->SetInitiatorSharedSecret(&good, disk) == VDS_E_TARGET_SPECIFIC_NOT_SUPPORTED);
  CHECK(entry->SetInitiatorSharedSecret(nullptr, disk) == VDS_E_TARGET_SPECIFIC_NOT_SUPPORTED);
  CHECK(entry->SetInitiatorSharedSecret(&no_address, GUID_NULL) == E_INVALIDARG);
  CHECK(entry->SetInitiatorSharedSecret(&no_size, GUID_NULL) == E_INVALIDARG);
  CHECK(set_own_secret("short") == VDS_E_ISCSI_CHAP_SECRET);
  CHECK(set_own_secret("longer-than-sixteen-bytes") == VDS_E_ISCSI_CHAP_SECRET);
  CHECK(entry->RememberTargetSharedSecret(GUID_NULL, &good) == E_INVALIDARG);
  CHECK(entry->RememberTargetSharedSecret(disk, &no_address) == E_INVALIDARG);
  CHECK(entry->RememberTargetSharedSecret(disk, &no_size) == E_INVALIDARG);
}

TEST_CASE("a short secret is stored where an adapter has IPsec") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  // hba0 has IPsec and takes it with a warning, hba1 has not.
  CHECK(set_own_secret("short") == VDS_E_ISCSI_CHAP_SECRET);
}
