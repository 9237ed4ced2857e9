// Ids of targets and of their portals.
#include <sys/mman.h>

#include <cstring>

#include "client.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

namespace {

HRESULT target_of(const std::u16string& name, GUID* id) {
  return HbalabVdsGetTargetId(name.c_str(), id);
}

HRESULT portal_of(const VDS_IPADDRESS& address) {
  GUID id = target(kDisk1);
  const HRESULT result = HbalabVdsGetTargetPortalId(&address, &id);
  CHECK((id == GUID_NULL) == FAILED(result));
  return result;
}

}  // namespace

TEST_CASE("ids are the UUIDs that the documentation says") {
  // uuid.uuid5(uuid.UUID("1b9e5e0a-3c5f-4f0e-9a56-7f1d8c2b64d3"), "target:iqn....:disk1")
  constexpr GUID kTarget = {
      0xc8556888, 0x43bb, 0x5a8d, {0xab, 0xd8, 0x07, 0xdf, 0x86, 0x84, 0x25, 0xd4}};
  constexpr GUID kPortal = {
      0x1851017c, 0x5f6f, 0x53fa, {0x82, 0x28, 0xc0, 0x37, 0xea, 0x23, 0x20, 0x42}};
  CHECK(target(kDisk1) == kTarget);
  CHECK(target_portal("192.0.2.10") == kPortal);
}

TEST_CASE("the same target and the same portal, however they are written") {
  CHECK(target("IQN.2026-01.ORG.EXAMPLE:disk1") == target(kDisk1));
  CHECK(target(kDisk2) != target(kDisk1));
  const GUID portal = target_portal("192.0.2.10");
  CHECK(target_portal("192.0.2.10", 3260) == portal);
  CHECK(target_portal("192.0.2.10", 3261) != portal);
  VDS_IPADDRESS number{};
  number.type = VDS_IPT_IPV4;
  number.ipv4Address = 0x0A0200C0;
  GUID id;
  REQUIRE(HbalabVdsGetTargetPortalId(&number, &id) == S_OK);
  CHECK(id == portal);
  CHECK(target_portal("[2001:DB8:0::10]") == target_portal("2001:db8::10"));
  CHECK(target_portal("Array.Example") == target_portal("array.example"));
}

TEST_CASE("names that are none") {
  GUID id = target(kDisk1);
  CHECK(HbalabVdsGetTargetId(nullptr, &id) == E_POINTER);
  CHECK(id == GUID_NULL);
  CHECK(HbalabVdsGetTargetId(wide(kDisk1).c_str(), nullptr) == E_POINTER);
  for (const std::u16string& name :
       {std::u16string(), std::u16string(u"disk1"), std::u16string(u"iqn.2026-01.org.example:a b"),
        u"iqn.2026-01.org.example:" + std::u16string(300, u'a')}) {
    id = target(kDisk1);
    CHECK(target_of(name, &id) == VDS_E_INVALID_ISCSI_TARGET_NAME);
    CHECK(id == GUID_NULL);
  }
  CHECK(target_of(u"iqn.2026-01.org.example:" + std::u16string(199, u'a'), &id) == S_OK);
  CHECK(target_of(u"iqn.2026-01.org.example:" + std::u16string(200, u'a'), &id) ==
        VDS_E_INVALID_ISCSI_TARGET_NAME);
}

TEST_CASE("addresses that are none") {
  GUID id = target(kDisk1);
  CHECK(HbalabVdsGetTargetPortalId(nullptr, &id) == E_POINTER);
  CHECK(id == GUID_NULL);
  auto address = text_address("192.0.2.10");
  CHECK(HbalabVdsGetTargetPortalId(&address, nullptr) == E_POINTER);
  CHECK(portal_of(address) == S_OK);
  address.ulPort = 65536;
  CHECK(portal_of(address) == VDS_E_INVALID_IP_ADDRESS);
  CHECK(portal_of(text_address("")) == VDS_E_INVALID_IP_ADDRESS);
  address = text_address("192.0.2.10");
  address.type = VDS_IPT_EMPTY;
  CHECK(portal_of(address) == VDS_E_INVALID_IP_ADDRESS);
  address.type = static_cast<VDS_IPADDRESS_TYPE>(4);
  CHECK(portal_of(address) == VDS_E_INVALID_IP_ADDRESS);
  address.type = static_cast<VDS_IPADDRESS_TYPE>(-1);
  CHECK(portal_of(address) == VDS_E_INVALID_IP_ADDRESS);
  // A text without its NUL.
  address.type = VDS_IPT_TEXT;
  std::fill_n(address.wszTextAddress, 257, u'a');
  CHECK(portal_of(address) == VDS_E_INVALID_IP_ADDRESS);
  address.wszTextAddress[256] = 0;
  CHECK(portal_of(address) == S_OK);
}

TEST_CASE("nothing behind the end of what is given is read or written") {
  constexpr std::size_t kPage = 4096;
  void* const pages =
      ::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  auto* const end = static_cast<UCHAR*>(pages) + kPage;
  REQUIRE(::mprotect(end, kPage, PROT_NONE) == 0);
  const auto at_the_end = [&](const void* data, std::size_t size) {
    return std::memcpy(end - size, data, size);
  };
  GUID id;
  // The longest name and its NUL; a name of one more without a NUL.
  auto name = u"iqn.2026-01.org.example:" + std::u16string(199, u'a');
  CHECK(HbalabVdsGetTargetId(static_cast<LPCWSTR>(at_the_end(name.c_str(), 448)), &id) == S_OK);
  name += u'a';
  CHECK(HbalabVdsGetTargetId(static_cast<LPCWSTR>(at_the_end(name.c_str(), 448)), &id) ==
        VDS_E_INVALID_ISCSI_TARGET_NAME);
  const auto address = text_address("192.0.2.10");
  CHECK(HbalabVdsGetTargetPortalId(
            static_cast<VDS_IPADDRESS*>(at_the_end(&address, sizeof address)), &id) == S_OK);
  VDS_ISCSI_SHARED_SECRET secret{static_cast<UCHAR*>(at_the_end("fifteen-bytes-x", 15)), 15};
  CHECK(service()->RememberTargetSharedSecret(target(kDisk1), &secret) == S_OK);
  secret = {};
  CHECK(service()->RememberTargetSharedSecret(target(kDisk1), &secret) == S_OK);
  ::munmap(pages, 2 * kPage);
}
