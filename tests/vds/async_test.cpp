// IVdsAsync: progress, cancelling, threads.
#include <atomic>
#include <thread>

#include "client.hpp"
#include "hooks.hpp"
#include "iscsiop/iscsimgt.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;
using Method = iscsi::MSiSCSI_OperationsMethod;

namespace {

// Three sessions with disk1 on two adapters, and a persistent login on the second.
struct Scene {
  Scene() {
    REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
    REQUIRE(log_in(hbas[0].get(), {.portal = "2001:db8::10"}) == S_OK);
    REQUIRE(log_in(hbas[1].get(), {.portal = "192.0.2.11", .type = VDS_ILT_PERSISTENT}) == S_OK);
  }
  [[nodiscard]] std::size_t left() { return sessions(*world, kHba0) + sessions(*world, kHba1); }
  // Holds request number `number` of those of the method.
  [[nodiscard]] Hooked::Hook hold(Method method, int number, Gate& gate) {
    return [this, method, number, &gate](const Asked& asked) -> Hooked::Answer {
      if (asked.is(method) && ++count == number) gate.stop_here();
      return std::nullopt;
    };
  }

  NothingLeft nothing_left;
  std::unique_ptr<World> world = World::open();
  std::vector<Owned<IVdsIscsiInitiatorAdapter>> hbas = adapters();
  std::atomic<int> count = 0;
};

void check_pending(IVdsAsync* async, ULONG percent) {
  HRESULT result = S_OK;
  ULONG done = 0;
  CHECK(async->QueryStatus(&result, &done) == S_OK);
  CHECK(result == VDS_E_OPERATION_PENDING);
  CHECK(done == percent);
}

}  // namespace

TEST_CASE("progress of a logout") {
  Scene scene;
  Gate first, third, removal;
  const Hooked hooked(scene.world->transport(), [&](const Asked& asked) -> Hooked::Answer {
    if (asked.is(Method::LogoutFromTarget)) {
      ++scene.count;
      if (scene.count == 1) first.stop_here();
      if (scene.count == 3) third.stop_here();
    }
    if (asked.is(Method::RemovePersistentLogin)) removal.stop_here();
    return std::nullopt;
  });
  const auto async = begin_logout(scene.hbas[0].get(), kDisk1);
  first.wait_until_reached();
  check_pending(async.get(), 0);
  first.open();
  third.wait_until_reached();
  check_pending(async.get(), 50);
  third.open();
  removal.wait_until_reached();
  check_pending(async.get(), 75);
  CHECK(async->Cancel() == VDS_E_CANCEL_TOO_LATE);
  removal.open();
  CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
  CHECK(async->Cancel() == VDS_E_CANCEL_TOO_LATE);
  CHECK(scene.left() == 0);
}

TEST_CASE("cancelling stops what has not begun") {
  Scene scene;
  Gate gate;
  const int begun = GENERATE(1, 2, 3);
  const Hooked hooked(scene.world->transport(), scene.hold(Method::LogoutFromTarget, begun, gate));
  const auto async = begin_logout(scene.hbas[0].get(), kDisk1);
  gate.wait_until_reached();
  CHECK(async->Cancel() == S_OK);
  CHECK(async->Cancel() == VDS_E_OPERATION_CANCELED);
  check_pending(async.get(), static_cast<ULONG>(25 * (begun - 1)));
  gate.open();
  CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == VDS_E_OPERATION_CANCELED);
  CHECK(async->Cancel() == VDS_E_OPERATION_CANCELED);
  CHECK(scene.left() == 3 - static_cast<std::size_t>(begun));
  CHECK(stored_logins(*scene.world, kHba1) == 1);
}

TEST_CASE("cancelling before anything has begun changes nothing") {
  Scene scene;
  Gate gate;
  const bool login = GENERATE(false, true);
  const GUID port = login ? portal_id(portals(scene.hbas[1].get())[0].get()) : GUID_NULL;
  const Hooked hooked(scene.world->transport(), [&](const Asked&) -> Hooked::Answer {
    if (scene.count++ == 0) gate.stop_here();
    return std::nullopt;
  });
  const auto async =
      login
          ? begin_login(
                scene.hbas[1].get(),
                {.name = kDisk2, .portal = "192.0.2.12", .type = VDS_ILT_PERSISTENT, .port = port})
          : begin_logout(scene.hbas[0].get(), kDisk1);
  gate.wait_until_reached();
  check_pending(async.get(), 0);
  CHECK(async->Cancel() == S_OK);
  gate.open();
  CHECK(result_of(async.get(), login ? VDS_ASYNCOUT_LOGINTOTARGET
                                     : VDS_ASYNCOUT_LOGOUTFROMTARGET) == VDS_E_OPERATION_CANCELED);
  CHECK(scene.left() == 3);
  CHECK(stored_logins(*scene.world, kHba1) == 1);
}

TEST_CASE("the last request that has begun cannot be cancelled") {
  Scene scene;
  Gate gate;
  SECTION("of a logout") {
    REQUIRE(log_in(scene.hbas[0].get(), {.name = kDisk2, .portal = "192.0.2.12"}) == S_OK);
    const Hooked hooked(scene.world->transport(), scene.hold(Method::LogoutFromTarget, 1, gate));
    const auto async = begin_logout(scene.hbas[0].get(), kDisk2);
    gate.wait_until_reached();
    CHECK(async->Cancel() == VDS_E_CANCEL_TOO_LATE);
    gate.open();
    CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
  }
  SECTION("of a login, which is also stored then") {
    const Hooked hooked(scene.world->transport(), scene.hold(Method::LoginToTarget, 1, gate));
    const auto async = begin_login(
        scene.hbas[0].get(), {.name = kDisk2, .portal = "192.0.2.12", .type = VDS_ILT_PERSISTENT});
    gate.wait_until_reached();
    CHECK(async->Cancel() == VDS_E_CANCEL_TOO_LATE);
    gate.open();
    CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGINTOTARGET) == S_OK);
    CHECK(stored_logins(*scene.world, kHba0) == 1);
  }
}

TEST_CASE("an operation goes on when nobody holds its object") {
  Scene scene;
  Gate gate;
  const Hooked hooked(scene.world->transport(), scene.hold(Method::LogoutFromTarget, 3, gate));
  const ULONG before = HbalabVdsObjectCount();
  {
    const auto async = begin_logout(scene.hbas[0].get(), kDisk1);
    gate.wait_until_reached();
    CHECK(HbalabVdsObjectCount() == before + 2);
  }
  CHECK(HbalabVdsObjectCount() == before + 1);
  gate.open();
  while (HbalabVdsObjectCount() != before) std::this_thread::yield();  // ctest sets a limit
  CHECK(scene.left() == 0);
}

TEST_CASE("several threads wait for one operation") {
  Scene scene;
  Gate gate;
  const Hooked hooked(scene.world->transport(), scene.hold(Method::LogoutFromTarget, 1, gate));
  const auto async = begin_logout(scene.hbas[0].get(), kDisk1);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back([&] {
        HRESULT result = E_UNEXPECTED;
        VDS_ASYNC_OUTPUT out{};
        if (async->Wait(&result, &out) == S_OK && result == S_OK) ++good;
      });
    }
    gate.wait_until_reached();
    gate.open();
  }
  CHECK(good == 4);
}

TEST_CASE("logouts from one target take turns") {
  Scene scene;
  Gate gate;
  const Hooked hooked(scene.world->transport(), scene.hold(Method::LogoutFromTarget, 1, gate));
  const auto first = begin_logout(scene.hbas[0].get(), kDisk1);
  gate.wait_until_reached();
  const auto second = begin_logout(scene.hbas[1].get(), kDisk1);
  const auto third = begin_logout(scene.hbas[1].get(), kDisk1);
  check_pending(second.get(), 0);
  CHECK(third->Cancel() == S_OK);
  // Another target does not wait.
  CHECK(log_out(scene.hbas[0].get(), kDisk2) == VDS_E_ISCSI_SESSION_NOT_FOUND);
  gate.open();
  CHECK(result_of(first.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
  CHECK(result_of(second.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == VDS_E_ISCSI_SESSION_NOT_FOUND);
  CHECK(result_of(third.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == VDS_E_OPERATION_CANCELED);
}

TEST_CASE("whoever was told that it is cancelled finds it cancelled") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  for (int round = 0; round < 60; ++round) {
    static_cast<void>(log_in(hbas[0].get(), {}));
    const auto async = begin_logout(hbas[0].get(), kDisk1);
    HRESULT told[2] = {E_UNEXPECTED, E_UNEXPECTED};
    {
      std::jthread first([&] { told[0] = async->Cancel(); });
      std::jthread second([&] {
        HRESULT status = S_OK;
        ULONG percent = 0;
        for (int i = 0; i < round; ++i) static_cast<void>(async->QueryStatus(&status, &percent));
        told[1] = async->Cancel();
      });
    }
    const HRESULT result = result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET);
    const bool stopped = told[0] == S_OK || told[1] == S_OK;
    CHECK(stopped == (result == VDS_E_OPERATION_CANCELED));
    CHECK_FALSE((told[0] == S_OK && told[1] == S_OK));
    CHECK((stopped || result == S_OK));
    CHECK(sessions(*world, kHba0) == (stopped ? 1 : 0));
  }
}

TEST_CASE("threads log in and out at the same time") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      const GUID name = i == 0 ? target(kDisk1) : target(kDisk2);
      const GUID portal = target_portal(i == 0 ? "192.0.2.10" : "192.0.2.12");
      threads.emplace_back([&good, name, portal] {
        for (int round = 0; round < 10; ++round) {
          IVdsServiceIscsi* entry = nullptr;
          IEnumVdsObject* enumeration = nullptr;
          IUnknown* object = nullptr;
          ULONG fetched = 0;
          void* adapter = nullptr;
          if (HbalabVdsGetService(&entry) != S_OK) return;
          if (entry->QueryInitiatorAdapters(&enumeration) != S_OK) return;
          if (enumeration->Next(1, &object, &fetched) != S_OK) return;
          if (object->QueryInterface(IID_IVdsIscsiInitiatorAdapter, &adapter) != S_OK) return;
          auto* const hba = static_cast<IVdsIscsiInitiatorAdapter*>(adapter);
          IVdsAsync *login = nullptr, *logout = nullptr;
          HRESULT in = E_UNEXPECTED, out = E_UNEXPECTED;
          VDS_ASYNC_OUTPUT output{};
          if (hba->LoginToTarget(VDS_ILT_PERSISTENT, name, portal, GUID_NULL, 0, 0, 0, VDS_IAT_NONE,
                                 &login) != S_OK)
            return;
          if (login->Wait(&in, &output) != S_OK) return;
          if (hba->LogoutFromTarget(name, &logout) != S_OK) return;
          if (logout->Wait(&out, &output) != S_OK) return;
          if (in == S_OK && out == S_OK) ++good;
          for (IUnknown* const held :
               std::initializer_list<IUnknown*>{entry, enumeration, object, hba, login, logout})
            held->Release();
        }
      });
    }
  }
  CHECK(good == 20);
  CHECK(stored_logins(*world, kHba0) == 0);
}

TEST_CASE("threads share an enumeration and get every object once") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  Owned<IEnumVdsObject> enumeration;
  REQUIRE(service()->QueryInitiatorAdapters(enumeration.out()) == S_OK);
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> got = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
          IUnknown* object = nullptr;
          ULONG fetched = 0;
          if (enumeration->Next(1, &object, &fetched) != S_OK) return;
          ++got;
          object->Release();
        });
      }
    }
    REQUIRE(got == 2);
    REQUIRE(enumeration->Reset() == S_OK);
  }
}
