// Objects: identity, references, OUT parameters, properties, enumerations.
#include "client.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

namespace {

constexpr GUID kUnknown{0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

// What every object does, whatever else it is.
template <typename Interface>
void check_object(Interface* object, const IID& iid) {
  const ULONG living = HbalabVdsObjectCount();
  void* out = object;
  CHECK(object->QueryInterface(kUnknown, &out) == E_NOINTERFACE);
  CHECK(out == nullptr);
  CHECK(object->QueryInterface(iid, nullptr) == E_POINTER);
  for (const IID* const known : {&iid, &IID_IUnknown}) {
    REQUIRE(object->QueryInterface(*known, &out) == S_OK);
    CHECK(out == object);
    CHECK(object->AddRef() == 3);
    CHECK(object->Release() == 2);
    CHECK(object->Release() == 1);
  }
  CHECK(HbalabVdsObjectCount() == living);
}

}  // namespace

TEST_CASE("objects have their interface and IUnknown, and end with the last reference") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  auto entry = service();
  check_object(entry.get(), IID_IVdsServiceIscsi);
  Owned<IEnumVdsObject> enumeration;
  REQUIRE(entry->QueryInitiatorAdapters(enumeration.out()) == S_OK);
  check_object(enumeration.get(), IID_IEnumVdsObject);
  auto hbas = adapters();
  check_object(hbas[0].get(), IID_IVdsIscsiInitiatorAdapter);
  auto ports = portals(hbas[0].get());
  check_object(ports[0].get(), IID_IVdsIscsiInitiatorPortal);
  auto async = begin_logout(hbas[0].get(), kDisk1);
  static_cast<void>(result_of(async.get(), VDS_ASYNCOUT_LOGOUTFROMTARGET));
  check_object(async.get(), IID_IVdsAsync);
  // 2 adapters in the enumeration, 2 of `hbas`, 2 ports, and one each of the others.
  CHECK(HbalabVdsObjectCount() == 9);
  enumeration = {};
  CHECK(HbalabVdsObjectCount() == 6);
  ports.clear();
  CHECK(HbalabVdsObjectCount() == 4);
}

TEST_CASE("NULL is refused for every OUT parameter") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  CHECK(HbalabVdsGetService(nullptr) == E_POINTER);
  const auto entry = service();
  CHECK(entry->GetInitiatorName(nullptr) == E_POINTER);
  CHECK(entry->QueryInitiatorAdapters(nullptr) == E_POINTER);
  CHECK(entry->SetInitiatorSharedSecret(nullptr, GUID_NULL) == E_POINTER);
  CHECK(entry->RememberTargetSharedSecret(target(kDisk1), nullptr) == E_POINTER);
  const auto hbas = adapters();
  CHECK(hbas[0]->GetProperties(nullptr) == E_POINTER);
  CHECK(hbas[0]->QueryInitiatorPortals(nullptr) == E_POINTER);
  CHECK(hbas[0]->LoginToTarget(VDS_ILT_MANUAL, target(kDisk1), GUID_NULL, GUID_NULL, 0, 0, 0,
                               VDS_IAT_NONE, nullptr) == E_POINTER);
  const auto ports = portals(hbas[0].get());
  CHECK(ports[0]->GetProperties(nullptr) == E_POINTER);
  CHECK(ports[0]->GetInitiatorAdapter(nullptr) == E_POINTER);
  const auto async = begin_logout(hbas[0].get(), kDisk1);
  HRESULT result = S_OK;
  VDS_ASYNC_OUTPUT out{};
  ULONG percent = 0;
  CHECK(async->Wait(nullptr, &out) == E_POINTER);
  CHECK(async->Wait(&result, nullptr) == E_POINTER);
  CHECK(async->Wait(nullptr, nullptr) == E_POINTER);
  CHECK(async->QueryStatus(nullptr, &percent) == E_POINTER);
  CHECK(async->QueryStatus(&result, nullptr) == E_POINTER);
  CHECK(async->Wait(&result, &out) == S_OK);
}

TEST_CASE("enumerations") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  Owned<IEnumVdsObject> enumeration;
  REQUIRE(service()->QueryInitiatorAdapters(enumeration.out()) == S_OK);
  IUnknown* objects[4];
  ULONG fetched = 0;

  SECTION("more than there are") {
    std::fill_n(objects, 4, enumeration.get());
    CHECK(enumeration->Next(4, objects, &fetched) == S_FALSE);
    CHECK(fetched == 2);
    CHECK(objects[2] == nullptr);
    CHECK(objects[3] == nullptr);
    CHECK(objects[0] != objects[1]);
    objects[0]->Release();
    objects[1]->Release();
    CHECK(enumeration->Next(1, objects, &fetched) == S_FALSE);
    CHECK(fetched == 0);
  }
  SECTION("as many as there are, and none") {
    CHECK(enumeration->Next(0, objects, &fetched) == S_OK);
    CHECK(fetched == 0);
    CHECK(enumeration->Next(2, objects, &fetched) == S_OK);
    objects[0]->Release();
    objects[1]->Release();
    CHECK(enumeration->Next(0, objects, &fetched) == S_OK);
  }
  SECTION("without an address for the count only one at a time") {
    CHECK(enumeration->Next(2, objects, nullptr) == E_POINTER);
    CHECK(enumeration->Next(1, nullptr, &fetched) == E_POINTER);
    CHECK(enumeration->Next(1, objects, nullptr) == S_OK);
    objects[0]->Release();
  }
  SECTION("the same objects come again after a reset") {
    REQUIRE(enumeration->Next(1, objects, &fetched) == S_OK);
    CHECK(enumeration->Reset() == S_OK);
    REQUIRE(enumeration->Next(1, objects + 1, &fetched) == S_OK);
    CHECK(objects[0] == objects[1]);
    objects[0]->Release();
    objects[1]->Release();
  }
  SECTION("skipping") {
    CHECK(enumeration->Skip(0) == S_OK);
    CHECK(enumeration->Skip(1) == S_OK);
    CHECK(enumeration->Skip(2) == S_FALSE);
    CHECK(enumeration->Skip(0xFFFFFFFF) == S_FALSE);
    CHECK(enumeration->Next(1, objects, &fetched) == S_FALSE);
  }
  SECTION("a copy stands where its original stood, and goes on alone") {
    REQUIRE(enumeration->Skip(1) == S_OK);
    Owned<IEnumVdsObject> copy;
    REQUIRE(enumeration->Clone(copy.out()) == S_OK);
    CHECK(enumeration->Clone(nullptr) == E_POINTER);
    CHECK(enumeration->Skip(1) == S_OK);
    enumeration = {};
    CHECK(drain<IUnknown>(copy.get(), IID_IUnknown).size() == 1);
    CHECK(copy->Reset() == S_OK);
    CHECK(drain<IUnknown>(copy.get(), IID_IUnknown).size() == 2);
  }
}

TEST_CASE("adapters: names and ids") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto first = adapters(), again = adapters();
  const std::string_view names[] = {kHba0, kHba1};
  REQUIRE(first.size() == 2);
  GUID ids[2];
  for (std::size_t i = 0; i < 2; ++i) {
    VDS_ISCSI_INITIATOR_ADAPTER_PROP properties;
    REQUIRE(first[i]->GetProperties(&properties) == S_OK);
    CHECK(taken(properties.pwszName) == names[i]);
    ids[i] = properties.id;
    REQUIRE(again[i]->GetProperties(&properties) == S_OK);
    CHECK(taken(properties.pwszName) == names[i]);
    CHECK(ids[i] == properties.id);
  }
  CHECK(ids[0] != ids[1]);
  CHECK(ids[0] != GUID_NULL);
}

TEST_CASE("ports: addresses, numbers, ids and adapter") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto hbas = adapters();
  const auto ports = portals(hbas[0].get());
  REQUIRE(ports.size() == 2);
  CHECK(portals(hbas[1].get()).size() == 1);
  VDS_ISCSI_INITIATOR_PORTAL_PROP v4, v6, later;
  REQUIRE(ports[0]->GetProperties(&v4) == S_OK);
  REQUIRE(ports[1]->GetProperties(&v6) == S_OK);
  CHECK(v4.ulPortIndex == 0);
  CHECK(v6.ulPortIndex == 1);
  CHECK(v4.address.type == VDS_IPT_IPV4);
  CHECK(v4.address.ipv4Address == 0x010200C0);
  CHECK(v6.address.type == VDS_IPT_IPV6);
  CHECK(v6.address.ipv6Address[0] == 0x20);
  CHECK(v6.address.ipv6Address[15] == 0x01);
  CHECK(v4.id != v6.id);
  CHECK(v4.id != portal_id(portals(hbas[1].get())[0].get()));

  Owned<IVdsIscsiInitiatorAdapter> adapter;
  REQUIRE(ports[1]->GetInitiatorAdapter(adapter.out()) == S_OK);
  VDS_ISCSI_INITIATOR_ADAPTER_PROP mine, its;
  REQUIRE(hbas[0]->GetProperties(&mine) == S_OK);
  REQUIRE(adapter->GetProperties(&its) == S_OK);
  CHECK(mine.id == its.id);
  CoTaskMemFree(mine.pwszName);
  CoTaskMemFree(its.pwszName);

  // A port that moves is the same port.
  world->control("adapters/hba0/ports/0/address", "192.0.2.77");
  REQUIRE(ports[0]->GetProperties(&later) == S_OK);
  CHECK(later.id == v4.id);
  CHECK(later.address.ipv4Address == 0x4D0200C0);
  // And so is an adapter that starts again.
  world->control("adapters/hba0/reset", "1");
  REQUIRE(world->eventually([&] { return ports[0]->GetProperties(&later) == S_OK; }));
  CHECK(later.id == v4.id);
}

TEST_CASE("what the interface reserves is not supported, whatever is given") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  const auto entry = service();
  const auto port = std::move(portals(adapters()[0].get())[0]);
  UCHAR bytes[] = "key";
  VDS_ISCSI_IPSEC_KEY key{bytes, 3};
  VDS_IPADDRESS address = text_address("192.0.2.10");
  CHECK(port->SetIpsecTunnelAddress(&address, &address) == VDS_E_NOT_SUPPORTED);
  CHECK(port->SetIpsecTunnelAddress(nullptr, nullptr) == VDS_E_NOT_SUPPORTED);
  ULONGLONG flags = 99;
  CHECK(port->GetIpsecSecurity(target_portal("192.0.2.10"), &flags) == VDS_E_NOT_SUPPORTED);
  CHECK(flags == 0);
  CHECK(port->GetIpsecSecurity(GUID_NULL, nullptr) == VDS_E_NOT_SUPPORTED);
  CHECK(port->SetIpsecSecurity(GUID_NULL, 3, &key) == VDS_E_NOT_SUPPORTED);
  CHECK(port->SetIpsecSecurity(GUID_NULL, 0, nullptr) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetIpsecGroupPresharedKey(&key) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetIpsecGroupPresharedKey(nullptr) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetAllIpsecTunnelAddresses(&address, &address) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetAllIpsecTunnelAddresses(nullptr, nullptr) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetAllIpsecSecurity(GUID_NULL, 3, &key) == VDS_E_NOT_SUPPORTED);
  CHECK(entry->SetAllIpsecSecurity(GUID_NULL, 0, nullptr) == VDS_E_NOT_SUPPORTED);
}

TEST_CASE("the initiator's name is the one that the discovery library tells") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  LPWSTR name = nullptr;
  REQUIRE(service()->GetInitiatorName(&name) == S_OK);
  CHECK_THAT(taken(name), Catch::StartsWith("iqn.1991-05.com.microsoft:"));
}

TEST_CASE("a state directory that is none") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  ::setenv("HBALAB_DSC_STATE", "/dev/null/state", 1);
  LPWSTR name = wide("x").data();
  CHECK(service()->GetInitiatorName(&name) == VDS_E_ISCSI_INITIATOR_NODE_NAME);
  CHECK(name == nullptr);
}

TEST_CASE("memory") {
  CoTaskMemFree(nullptr);
  void* const nothing = CoTaskMemAlloc(0);
  CHECK(nothing != nullptr);
  CoTaskMemFree(nothing);
  void* const some = CoTaskMemAlloc(100);
  REQUIRE(some != nullptr);
  std::fill_n(static_cast<char*>(some), 100, 'x');
  CoTaskMemFree(some);
}
