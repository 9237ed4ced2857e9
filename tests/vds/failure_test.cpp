// What goes wrong between the library and its adapters.
#include <algorithm>
#include <stdexcept>

#include "client.hpp"
#include "hooks.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/status.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;
using Kind = dsc::TransportError::Kind;
using Method = iscsi::MSiSCSI_OperationsMethod;

namespace {

constexpr auto kNotRunning = static_cast<HRESULT>(0xEFFF003Eu);  // ISDSC_SERVICE_NOT_RUNNING

// Refuses request number `from` and all later ones of those that `which` names.
template <typename Which>
Hooked::Hook refuse_from(Which which, int from, Kind kind) {
  return [which, from, kind, count = 0](const Asked& asked) mutable -> Hooked::Answer {
    if (asked.is(which) && ++count >= from) return Hooked::refuse(kind);
    return std::nullopt;
  };
}

// Holds the first request of the method. What a hook does, it does on the operation's thread, where
// Catch's assertions have no place.
Hooked::Hook hold(Method method, Gate& gate) {
  return [method, &gate, held = false](const Asked& asked) mutable -> Hooked::Answer {
    if (asked.is(method) && !std::exchange(held, true)) gate.stop_here();
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("a tree that goes away while a logout is under way") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  REQUIRE(log_in(hbas[1].get(), {.portal = "192.0.2.11"}) == S_OK);
  const auto with = [&](Hooked::Hook hook) {
    const Hooked hooked(world->transport(), std::move(hook));
    return log_out(hbas[0].get(), kDisk1);
  };
  SECTION("before anything was asked") {
    CHECK(with(refuse_from(iscsi::MSiSCSI_HBAInformationGuid, 1, Kind::not_mounted)) ==
          kNotRunning);
    CHECK(with(refuse_from(iscsi::MSiSCSI_InitiatorSessionInfoGuid, 1, Kind::not_mounted)) ==
          kNotRunning);
  }
  SECTION("before the first session") {
    CHECK(with(refuse_from(Method::LogoutFromTarget, 1, Kind::not_mounted)) == kNotRunning);
    CHECK(with(refuse_from(Method::LogoutFromTarget, 1, Kind::timed_out)) ==
          HRESULT_FROM_WIN32(1460u));
    CHECK(sessions(*world, kHba0) == 1);
  }
  SECTION("after the first session") {
    CHECK(with(refuse_from(Method::LogoutFromTarget, 2, Kind::not_mounted)) ==
          VDS_E_ISCSI_LOGOUT_INCOMPLETE);
    CHECK(stored_logins(*world, kHba0) == 1);
  }
  SECTION("after the last session") {
    CHECK(with(refuse_from(Method::RemovePersistentLogin, 1, Kind::not_mounted)) ==
          VDS_S_ISCSI_PERSISTENT_LOGIN_MAY_NOT_BE_REMOVED);
    CHECK(stored_logins(*world, kHba0) == 1);
  }
  SECTION("after the persistent logins") {
    CHECK(with(refuse_from(iscsi::MSiSCSI_InitiatorSessionInfoGuid, 3, Kind::not_mounted)) ==
          VDS_E_ISCSI_LOGOUT_INCOMPLETE);
    CHECK(stored_logins(*world, kHba0) == 0);
  }
}

TEST_CASE("a session that ends by itself has ended") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  Gate gate;
  const Hooked hooked(world->transport(), hold(Method::LogoutFromTarget, gate));
  const auto async = begin_logout(hbas[0].get(), kDisk1);
  gate.wait_until_reached();
  world->control("fabric/targets/" + std::string(kDisk1) + "/state", "down");
  world->control("adapters/hba0/reset", "1");
  CHECK(world->eventually([&] { return sessions(*world, kHba0) == 0; }));
  gate.open();
  CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
}

TEST_CASE("a session that another process logs out of stays for now") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  const Hooked hooked(world->transport(), [](const Asked& asked) -> Hooked::Answer {
    if (!asked.is(Method::LogoutFromTarget)) return std::nullopt;
    dsc::Bytes out(iscsi::LogoutFromTarget_OUT_SIZE);
    reinterpret_cast<iscsi::LogoutFromTarget_OUT*>(out.data())->Status = iscsi::ISDSC_SESSION_BUSY;
    return dsc::Result<dsc::Block>(dsc::Block(out));
  });
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_LOGOUT_FAILED);
}

TEST_CASE("a session that comes while the persistent logins go, goes too") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {.type = VDS_ILT_PERSISTENT}) == S_OK);
  Gate gate;
  const Hooked hooked(world->transport(), hold(Method::RemovePersistentLogin, gate));
  const auto async = begin_logout(hbas[0].get(), kDisk1);
  gate.wait_until_reached();
  CHECK(log_in(hbas[0].get(), {}) == S_OK);
  gate.open();
  CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET) == S_OK);
  CHECK(sessions(*world, kHba0) == 0);
  CHECK(stored_logins(*world, kHba0) == 0);
}

TEST_CASE("an adapter that has gone") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto ports = portals(hbas[0].get());
  const GUID port = portal_id(ports[0].get());
  const Hooked hooked(world->transport(), [](const Asked& asked) -> Hooked::Answer {
    // There are no instances any more, and none answers.
    if (asked.instance.empty()) return dsc::Result<dsc::Block>(dsc::Block());
    return Hooked::refuse(Kind::gone);
  });
  VDS_ISCSI_INITIATOR_ADAPTER_PROP properties{};
  properties.pwszName = wide("x").data();
  CHECK(hbas[0]->GetProperties(&properties) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(properties.pwszName == nullptr);
  CHECK(properties.id == GUID_NULL);
  IEnumVdsObject* enumeration = reinterpret_cast<IEnumVdsObject*>(hbas[0].get());
  CHECK(hbas[0]->QueryInitiatorPortals(&enumeration) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(enumeration == nullptr);
  VDS_ISCSI_INITIATOR_PORTAL_PROP of_port;
  CHECK(ports[0]->GetProperties(&of_port) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(of_port.id == GUID_NULL);
  IVdsIscsiInitiatorAdapter* adapter = hbas[0].get();
  CHECK(ports[0]->GetInitiatorAdapter(&adapter) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(adapter == nullptr);
  CHECK(log_in(hbas[0].get(), {}) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(log_in(hbas[0].get(), {.port = port}) == VDS_E_INITIATOR_ADAPTER_NOT_FOUND);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_SESSION_NOT_FOUND);
  CHECK(adapters().empty());
}

TEST_CASE("a port that has gone, and one with an address that is none") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto ports = portals(hbas[0].get());
  bool gone = true;
  const Hooked hooked(world->transport(), [&](const Asked& asked) -> Hooked::Answer {
    if (!asked.is(iscsi::MSiSCSI_PortalInfoClassGuid)) return std::nullopt;
    dsc::Bytes block(iscsi::portal_info_class_size(gone ? 0 : 1));
    iscsi::BlockWriter writer(block);
    const auto out = iscsi::append_portal_info_class(writer, gone ? 0 : 1);
    if (!out) return Hooked::refuse(Kind::failed);
    if (!gone) {
      out->portals[0].IPAddr.Type = 0;
      out->portals[0].IPAddr.TextAddress[0] = 3;  // half a character
    }
    return dsc::Result<dsc::Block>(dsc::Block(block));
  });
  VDS_ISCSI_INITIATOR_PORTAL_PROP properties;
  CHECK(ports[0]->GetProperties(&properties) == VDS_E_OBJECT_DELETED);
  CHECK(portals(hbas[0].get()).empty());
  gone = false;
  CHECK(ports[0]->GetProperties(&properties) == VDS_S_PROPERTIES_INCOMPLETE);
  CHECK(properties.ulPortIndex == 0);
  CHECK(properties.id != GUID_NULL);
  CHECK(properties.address.type == VDS_IPT_EMPTY);
}

TEST_CASE("blocks that are malformed") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  const auto guid =
      GENERATE(iscsi::MSiSCSI_InitiatorSessionInfoGuid, iscsi::MSiSCSI_PersistentLoginsGuid,
               iscsi::MSiSCSI_PortalInfoClassGuid, iscsi::MSiSCSI_DiscoveryOperationsGuid);
  const Hooked hooked(world->transport(), [&](const Asked& asked) -> Hooked::Answer {
    if (!asked.is(guid)) return std::nullopt;
    return dsc::Result<dsc::Block>(dsc::Block(dsc::Bytes(3)));
  });
  constexpr auto kMalformed = static_cast<HRESULT>(0xEFFF0001u);  // ISDSC_NON_SPECIFIC_ERROR
  const GUID unknown{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
  if (guid == iscsi::MSiSCSI_PortalInfoClassGuid) {
    IEnumVdsObject* enumeration = nullptr;
    CHECK(hbas[0]->QueryInitiatorPortals(&enumeration) == kMalformed);
    return;
  }
  // What cannot be read may have told of the target.
  Owned<IVdsAsync> async;
  REQUIRE(hbas[0]->LoginToTarget(VDS_ILT_MANUAL, unknown, GUID_NULL, GUID_NULL, 0, 0, 0,
                                 VDS_IAT_NONE, async.out()) == S_OK);
  CHECK(result_of(async.get(), VDS_ASYNCOUT_LOGINTOTARGET) == kMalformed);
}

TEST_CASE("no exception leaves the library") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto with = [&](auto exception, HRESULT expected) {
    const Hooked hooked(world->transport(),
                        [&](const Asked&) -> Hooked::Answer { throw exception; });
    IEnumVdsObject* enumeration = reinterpret_cast<IEnumVdsObject*>(hbas[0].get());
    CHECK(service()->QueryInitiatorAdapters(&enumeration) == expected);
    CHECK(enumeration == nullptr);
    CHECK(log_out(hbas[0].get(), kDisk1) == expected);
  };
  with(std::bad_alloc(), E_OUTOFMEMORY);
  with(std::runtime_error("a defect"), E_UNEXPECTED);
}
