// What only a mounted tree can do: not be there, and go away.
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "client.hpp"

using namespace hbalab;
using namespace hbalab::vds_test;

namespace {

constexpr auto kNotRunning = static_cast<HRESULT>(0xEFFF003Eu);  // ISDSC_SERVICE_NOT_RUNNING

}  // namespace

TEST_CASE("no tree is no empty list") {
  const NothingLeft nothing_left;
  const auto folder = std::filesystem::temp_directory_path().string();
  ::setenv("HBALAB_TREE", (folder + "/nowhere").c_str(), 1);
  IEnumVdsObject* enumeration = nullptr;
  CHECK(service()->QueryInitiatorAdapters(&enumeration) == kNotRunning);
  CHECK(enumeration == nullptr);
  ::setenv("HBALAB_TREE", folder.c_str(), 1);
  CHECK(service()->QueryInitiatorAdapters(&enumeration) == kNotRunning);
  UCHAR bytes[] = "fifteen-bytes-x";
  VDS_ISCSI_SHARED_SECRET secret{bytes, 15};
  CHECK(service()->SetInitiatorSharedSecret(&secret, GUID_NULL) == kNotRunning);
}

TEST_CASE("a tree that goes away, and another one in its place") {
  const NothingLeft nothing_left;
  auto world = World::open();
  const auto hbas = adapters();
  const auto ports = portals(hbas[0].get());
  REQUIRE(log_in(hbas[0].get(), {}) == S_OK);
  const pid_t lab = std::stoi(world->read("pid"));
  REQUIRE(::kill(lab, SIGKILL) == 0);
  VDS_ISCSI_INITIATOR_ADAPTER_PROP properties{};
  REQUIRE(world->eventually([&] {
    const HRESULT result = hbas[0]->GetProperties(&properties);
    CoTaskMemFree(properties.pwszName);
    return result == kNotRunning;
  }));
  CHECK(properties.pwszName == nullptr);
  VDS_ISCSI_INITIATOR_PORTAL_PROP of_port;
  CHECK(ports[0]->GetProperties(&of_port) == kNotRunning);
  IVdsIscsiInitiatorAdapter* adapter = nullptr;
  CHECK(ports[0]->GetInitiatorAdapter(&adapter) == kNotRunning);
  CHECK(log_in(hbas[0].get(), {}) == kNotRunning);
  CHECK(log_out(hbas[0].get(), kDisk1) == kNotRunning);
  world.reset();
  world = World::open();
  // The objects are names: they are of use again.
  CHECK(hbas[0]->GetProperties(&properties) == S_OK);
  CHECK(taken(properties.pwszName) == kHba0);
  CHECK(log_out(hbas[0].get(), kDisk1) == VDS_E_ISCSI_SESSION_NOT_FOUND);
}
