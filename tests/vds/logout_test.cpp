// LogoutFromTarget: every result that it has.
#include "client.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

TEST_CASE("a logout ends the sessions of all adapters and all ports") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(hbas.size() == 2);
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  REQUIRE(log_in(hbas[0].get(), {.portal = "2001:db8::10"}) == S_OK);
  REQUIRE(log_in(hbas[1].get(), {.portal = "192.0.2.11"}) == S_OK);
  REQUIRE(log_in(hbas[1].get(), {.name = kDisk2, .portal = "192.0.2.12"}) == S_OK);
  REQUIRE(sessions(*world, kHba0) == 2);
  REQUIRE(sessions(*world, kHba1) == 2);
  CHECK(log_out(hbas[0].get(), kDisk1) == S_OK);
  CHECK(sessions(*world, kHba0) == 0);
  CHECK(sessions(*world, kHba1) == 1);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_SESSION_NOT_FOUND);
  // Also the adapter that has none of them does it.
  CHECK(log_out(hbas[0].get(), kDisk2) == S_OK);
  CHECK(sessions(*world, kHba1) == 0);
}

TEST_CASE("the name's spelling does not count") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  CHECK(log_out(hbas[0].get(), "IQN.2026-01.org.Example:DISK1") == S_OK);
  CHECK(sessions(*world, kHba0) == 0);
}

TEST_CASE("a persistent login is removed with the session") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  REQUIRE(log_in(hbas[0].get(), {.name = kDisk2, .portal = "192.0.2.12", .type = VDS_ILT_BOOT}) ==
          S_OK);
  REQUIRE(stored_logins(*world, kHba0) == 2);
  REQUIRE(sessions(*world, kHba0) == 2);
  CHECK(log_out(hbas[1].get(), kDisk1) == S_OK);
  CHECK(stored_logins(*world, kHba0) == 1);
  CHECK(sessions(*world, kHba0) == 1);
}

TEST_CASE("a persistent login without a session") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  // The portal goes away, and with it the session, for as long as nobody logs in again.
  world->control("fabric/targets/" + std::string(kDisk1) + "/state", "down");
  world->control("adapters/hba0/reset", "1");
  REQUIRE(world->eventually([&] { return sessions(*world, kHba0) == 0; }));
  REQUIRE(stored_logins(*world, kHba0) == 1);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_S_ISCSI_SESSION_NOT_FOUND_PERSISTENT_LOGIN_REMOVED);
  CHECK(stored_logins(*world, kHba0) == 0);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_SESSION_NOT_FOUND);
}

TEST_CASE("a persistent login that cannot be removed") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  world->control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_S_ISCSI_PERSISTENT_LOGIN_MAY_NOT_BE_REMOVED);
  CHECK(sessions(*world, kHba0) == 0);
  CHECK(stored_logins(*world, kHba0) == 1);
}

TEST_CASE("sessions whose devices are in use stay, and so do the persistent logins") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  world->control("adapters/hba0/faults/devices_in_use", std::string(kDisk1) + " 0\n");
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_LOGOUT_FAILED);
  REQUIRE(log_in(hbas[1].get(), {.portal = "192.0.2.11"}) == S_OK);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_LOGOUT_INCOMPLETE);
  CHECK(sessions(*world, kHba0) == 1);
  CHECK(sessions(*world, kHba1) == 0);
  CHECK(stored_logins(*world, kHba0) == 1);
  world->control("adapters/hba0/faults/devices_in_use", "\n");
  CHECK(log_out(hbas[0].get(), kDisk1) == S_OK);
  CHECK(stored_logins(*world, kHba0) == 0);
}

TEST_CASE("an adapter that cannot be asked may have sessions") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  world->control("adapters/hba1/faults/health", "failed");
  CHECK(log_out(hbas[0].get(), kDisk1) == HRESULT_FROM_WIN32(1117u));  // ERROR_IO_DEVICE
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_LOGOUT_INCOMPLETE);
  CHECK(sessions(*world, kHba0) == 0);
}

TEST_CASE("arguments of a logout") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  CHECK(hbas[0]->LogoutFromTarget(target(kDisk1), nullptr) == E_POINTER);
  Owned<IVdsAsync> other = begin_logout(hbas[0].get(), kDisk1);
  CHECK(result_of(other.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == VDS_E_ISCSI_SESSION_NOT_FOUND);
  IVdsAsync* out = other.get();
  CHECK(hbas[0]->LogoutFromTarget(GUID_NULL, &out) == E_INVALIDARG);
  CHECK(out == nullptr);
  // An id that nobody has given out is that of no session.
  const GUID unknown{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
  Owned<IVdsAsync> unknown_target;
  REQUIRE(hbas[0]->LogoutFromTarget(unknown, unknown_target.out()) == S_OK);
  CHECK(result_of(unknown_target.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) ==
        VDS_E_ISCSI_SESSION_NOT_FOUND);
}
