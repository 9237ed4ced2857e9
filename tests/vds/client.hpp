// A VDS client for tests: references that are given back, ids by name, operations that are waited
// for.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iscsidsc/transport.hpp"
#include "tests/iscsidsc/world.hpp"
#include "vds.h"
#include "vdserr.h"

namespace hbalab::vds_test {

using dsc_test::kHba0;
using dsc_test::kHba1;
using dsc_test::World;

inline constexpr std::string_view kDisk1 = "iqn.2026-01.org.example:disk1";
inline constexpr std::string_view kDisk2 = "iqn.2026-01.org.example:disk2";
inline constexpr std::string_view kSecure = "iqn.2026-01.org.example:secure";
inline constexpr std::string_view kDead = "iqn.2026-01.org.example:dead";

// Made first in a test: at its end nothing of the library is left.
struct NothingLeft {
  NothingLeft() { REQUIRE(HbalabVdsObjectCount() == 0); }
  NothingLeft(const NothingLeft&) = delete;
  NothingLeft& operator=(const NothingLeft&) = delete;
  ~NothingLeft() { CHECK(HbalabVdsObjectCount() == 0); }
};

template <typename Interface>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Interface* object) : object_(object) {}
  Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Owned() {
    if (object_ != nullptr) object_->Release();
  }
  [[nodiscard]] Interface* get() const { return object_; }
  Interface* operator->() const { return object_; }
  // For an OUT parameter; once.
  Interface** out() {
    REQUIRE(object_ == nullptr);
    return &object_;
  }

 private:
  Interface* object_ = nullptr;
};

inline std::u16string wide(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

// Takes a text that the library has allocated.
inline std::string taken(LPWSTR text) {
  std::string out;
  for (const WCHAR* at = text; at != nullptr && *at != 0; ++at) out += static_cast<char>(*at);
  CoTaskMemFree(text);
  return out;
}

inline Owned<IVdsServiceIscsi> service() {
  Owned<IVdsServiceIscsi> object;
  REQUIRE(HbalabVdsGetService(object.out()) == S_OK);
  return object;
}

// What is left of an enumeration.
template <typename Interface>
std::vector<Owned<Interface>> drain(IEnumVdsObject* enumeration, const IID& iid) {
  std::vector<Owned<Interface>> found;
  for (;;) {
    Owned<IUnknown> next;
    ULONG fetched = 7;
    const HRESULT result = enumeration->Next(1, next.out(), &fetched);
    if (result == S_FALSE) {
      CHECK(fetched == 0);
      CHECK(next.get() == nullptr);
      return found;
    }
    REQUIRE(result == S_OK);
    CHECK(fetched == 1);
    void* object = nullptr;
    REQUIRE(next->QueryInterface(iid, &object) == S_OK);
    found.emplace_back(static_cast<Interface*>(object));
  }
}

inline std::vector<Owned<IVdsIscsiInitiatorAdapter>> adapters() {
  Owned<IEnumVdsObject> enumeration;
  REQUIRE(service()->QueryInitiatorAdapters(enumeration.out()) == S_OK);
  return drain<IVdsIscsiInitiatorAdapter>(enumeration.get(), IID_IVdsIscsiInitiatorAdapter);
}

inline std::vector<Owned<IVdsIscsiInitiatorPortal>> portals(IVdsIscsiInitiatorAdapter* adapter) {
  Owned<IEnumVdsObject> enumeration;
  REQUIRE(adapter->QueryInitiatorPortals(enumeration.out()) == S_OK);
  return drain<IVdsIscsiInitiatorPortal>(enumeration.get(), IID_IVdsIscsiInitiatorPortal);
}

inline GUID target(std::string_view name) {
  GUID id{};
  REQUIRE(HbalabVdsGetTargetId(wide(name).c_str(), &id) == S_OK);
  return id;
}

inline VDS_IPADDRESS text_address(std::string_view text, ULONG tcp_port = 0) {
  VDS_IPADDRESS address{};
  address.type = VDS_IPT_TEXT;
  wide(text).copy(address.wszTextAddress, 256);
  address.ulPort = tcp_port;
  return address;
}

inline GUID target_portal(std::string_view text, ULONG tcp_port = 0) {
  const auto address = text_address(text, tcp_port);
  GUID id{};
  REQUIRE(HbalabVdsGetTargetPortalId(&address, &id) == S_OK);
  return id;
}

inline GUID portal_id(IVdsIscsiInitiatorPortal* portal) {
  VDS_ISCSI_INITIATOR_PORTAL_PROP properties;
  REQUIRE(portal->GetProperties(&properties) == S_OK);
  return properties.id;
}

// Waits; checks what says how far the operation is.
inline HRESULT result_of(IVdsAsync* async, VDS_ASYNC_OUTPUT_TYPE type) {
  HRESULT result = E_UNEXPECTED, status = E_UNEXPECTED;
  VDS_ASYNC_OUTPUT out{};
  out.cp.ullOffset = 99;
  REQUIRE(async->Wait(&result, &out) == S_OK);
  CHECK(out.type == type);
  CHECK(out.cp.ullOffset == 0);
  ULONG percent = 0;
  CHECK(async->QueryStatus(&status, &percent) == S_OK);
  CHECK(status == result);
  CHECK(percent == 100);
  return result;
}

struct Login {
  std::string_view name = kDisk1;
  std::string_view portal = "192.0.2.10";  // "": the adapter's choice
  VDS_ISCSI_LOGIN_TYPE type = VDS_ILT_MANUAL;
  GUID port{};
  ULONG flags = 0;
  BOOL header_digest = 0, data_digest = 0;
  VDS_ISCSI_AUTH_TYPE auth = VDS_IAT_NONE;
};

inline Owned<IVdsAsync> begin_login(IVdsIscsiInitiatorAdapter* adapter, const Login& login) {
  Owned<IVdsAsync> async;
  REQUIRE(adapter->LoginToTarget(login.type, target(login.name),
                                 login.portal.empty() ? GUID_NULL : target_portal(login.portal),
                                 login.port, login.flags, login.header_digest, login.data_digest,
                                 login.auth, async.out()) == S_OK);
  return async;
}

inline HRESULT log_in(IVdsIscsiInitiatorAdapter* adapter, const Login& login) {
  return result_of(begin_login(adapter, login).get(), VDS_ASYNCOUT_LOGINTOTARGET);
}

inline Owned<IVdsAsync> begin_logout(IVdsIscsiInitiatorAdapter* adapter, std::string_view name) {
  Owned<IVdsAsync> async;
  REQUIRE(adapter->LogoutFromTarget(target(name), async.out()) == S_OK);
  return async;
}

inline HRESULT log_out(IVdsIscsiInitiatorAdapter* adapter, std::string_view name) {
  return result_of(begin_logout(adapter, name).get(), VDS_ASYNCOUT_LOGOUTFROMTARGET);
}

// What an adapter has, without the library's help.
[[nodiscard]] std::size_t sessions(World& world, std::string_view adapter);
[[nodiscard]] std::size_t stored_logins(World& world, std::string_view adapter);

}  // namespace hbalab::vds_test
