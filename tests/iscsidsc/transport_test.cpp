// WMI requests through both transports: the same answers, the same errors.
#include <algorithm>
#include <cstring>
#include <thread>

#include "iscsidsc/transport.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "world.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;
using Kind = dsc::TransportError::Kind;

namespace {

constexpr wmi::Guid kHbaInformation{iscsi::MSiSCSI_HBAInformationGuid};
constexpr wmi::Guid kOperations{iscsi::MSiSCSI_OperationsGuid};
const std::string kFirst(kHba0);

constexpr auto kRemove =
    static_cast<std::uint32_t>(iscsi::MSiSCSI_OperationsMethod::RemovePersistentLogin);

dsc::Bytes removal() {
  dsc::Bytes in(iscsi::RemovePersistentLogin_IN_SIZE);
  std::memset(in.data(), 0xFF, 4);
  return in;
}

std::uint32_t status_of(const dsc::Result<dsc::Block>& out) {
  INFO((out ? std::string() : out.error().message));
  REQUIRE(out.has_value());
  REQUIRE(out->size() >= 4);
  std::uint32_t status = 0;
  std::memcpy(&status, out->data(), 4);
  return status;
}

}  // namespace

TEST_CASE("the initiator instances are those of MSiSCSI_HBAInformation") {
  const auto world = World::open();
  const auto found = world->transport()->instances(kHbaInformation);
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].name == kHba0);
  CHECK((*found)[1].name == kHba1);
  CHECK((*found)[0].device + "_0" == kHba0);
}

TEST_CASE("a class that nobody has registered has no instances, and cannot be asked") {
  const auto world = World::open();
  const wmi::Guid unknown{{1, 2, 3}};
  const auto found = world->transport()->instances(unknown);
  REQUIRE(found.has_value());
  CHECK(found->empty());
  const auto block = world->transport()->query(unknown, kFirst);
  REQUIRE_FALSE(block.has_value());
  CHECK(block.error().kind == Kind::unsupported);
  const auto out = world->transport()->call(unknown, kFirst, 1, {});
  REQUIRE_FALSE(out.has_value());
  CHECK(out.error().kind == Kind::unsupported);
}

TEST_CASE("a block comes as the driver gives it") {
  const auto world = World::open();
  const auto block = world->transport()->query(kHbaInformation, kFirst);
  REQUIRE(block.has_value());
  CHECK(block->size() == sizeof(iscsi::MSiSCSI_HBAInformation));
  CHECK(reinterpret_cast<std::uintptr_t>(block->data()) % 8 == 0);
  const auto missing = world->transport()->query(kHbaInformation, "PCI\\NOBODY_0");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == Kind::gone);
  CHECK_THAT(missing.error().message, Catch::Contains("NOBODY"));
}

TEST_CASE("methods run, again and again, and with IN that is too short") {
  const auto world = World::open();
  const auto transport = world->transport();
  for (int i = 0; i < 3; ++i) {
    CHECK(status_of(transport->call(kOperations, kFirst, kRemove, removal())) != 0);
  }
  const auto shortened = transport->call(kOperations, kFirst, kRemove, dsc::Bytes(3));
  REQUIRE_FALSE(shortened.has_value());
  CHECK(shortened.error().kind == Kind::unsupported);
  const auto unknown = transport->call(kOperations, kFirst, 9999, dsc::Bytes(3));
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == Kind::unsupported);
  // A refusal does not spoil what comes next.
  CHECK(status_of(transport->call(kOperations, kFirst, kRemove, removal())) != 0);
}

TEST_CASE("a method without parameters") {
  const auto world = World::open();
  const auto out = world->transport()->call(
      wmi::Guid{iscsi::MSiSCSI_SecurityConfigOperationsGuid}, kFirst,
      static_cast<std::uint32_t>(iscsi::MSiSCSI_SecurityConfigOperationsMethod::ClearCache), {});
  CHECK(status_of(out) == 0);
}

TEST_CASE("an adapter that was reset answers again, also through files that were open") {
  const auto world = World::open();
  const auto transport = world->transport();
  CHECK(status_of(transport->call(kOperations, kFirst, kRemove, removal())) != 0);
  world->control("adapters/hba0/reset", "1");
  CHECK(world->eventually(
      [&] { return transport->call(kOperations, kFirst, kRemove, removal()).has_value(); }));
}

TEST_CASE("threads share a transport") {
  const auto world = World::open();
  const auto transport = world->transport();
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto out = transport->call(kOperations, kFirst, kRemove, removal());
        const auto block = transport->query(kHbaInformation, kFirst);
        if (out && out->size() == 4 && block) ++good;
      }
    });
  }
  threads.clear();
  CHECK(good == 200);
}

TEST_CASE("the device instance is what stands before the index") {
  CHECK(dsc::device_of("PCI\\VEN_1\\3&0_0") == "PCI\\VEN_1\\3&0");
  CHECK(dsc::device_of("PCI\\VEN_1\\3&0_12") == "PCI\\VEN_1\\3&0");
  CHECK(dsc::device_of("no index") == "no index");
  CHECK(dsc::device_of("12") == "12");
  CHECK(dsc::device_of("") == "");
}
