// What only a mounted tree can do: not be there, be somewhere else, go away, come back.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "iscsidsc/transport.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "world.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;
using Kind = dsc::TransportError::Kind;

namespace {

constexpr wmi::Guid kHbaInformation{iscsi::MSiSCSI_HBAInformationGuid};
const std::string kFirst(kHba0);

dsc::Result<dsc::Block> clear_cache(dsc::Transport& transport) {
  return transport.call(
      wmi::Guid{iscsi::MSiSCSI_SecurityConfigOperationsGuid}, kFirst,
      static_cast<std::uint32_t>(iscsi::MSiSCSI_SecurityConfigOperationsMethod::ClearCache), {});
}

template <typename T>
void check_not_mounted(const dsc::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::not_mounted);
}

// A mountinfo that shows the trees given.
std::string mountinfo(const std::string& folder, const std::vector<std::string>& trees) {
  const std::string path = folder + "/mountinfo";
  std::ofstream file(path);
  file << "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n";
  for (const std::string& tree : trees) {
    file << "40 21 0:40 / " << tree << " rw,nosuid shared:7 - fuse.hbalab hbalab rw\n";
  }
  return path;
}

}  // namespace

TEST_CASE("no tree, and a directory that is none") {
  const auto world = World::open();
  const auto folder = std::filesystem::path(world->state_directory()).parent_path().string();
  const auto none = dsc::make_tree_transport({folder + "/nowhere", {}});
  check_not_mounted(none->instances(kHbaInformation));
  check_not_mounted(none->query(kHbaInformation, kFirst));
  check_not_mounted(clear_cache(*none));
  check_not_mounted(dsc::make_tree_transport({folder, {}})->instances(kHbaInformation));
}

TEST_CASE("without HBALAB_TREE the one mounted tree is found") {
  const auto world = World::open();
  const std::string tree = std::getenv("HBALAB_TREE");
  const auto folder = std::filesystem::path(tree).parent_path().string();
  ::unsetenv("HBALAB_TREE");
  const auto found = [&](const std::vector<std::string>& trees) {
    return dsc::make_tree_transport({{}, mountinfo(folder, trees)})->instances(kHbaInformation);
  };
  CHECK(found({tree}).has_value());
  check_not_mounted(found({}));
  check_not_mounted(found({tree, tree}));
  CHECK(found({tree, folder + "/gone"}).has_value());  // a dead mount is no choice
}

TEST_CASE("a tree that is unmounted, and mounted again") {
  auto world = World::open();
  const auto transport = dsc::make_tree_transport();
  REQUIRE(clear_cache(*transport).has_value());
  const std::string tree = std::getenv("HBALAB_TREE");
  world.reset();
  ::setenv("HBALAB_TREE", tree.c_str(), 1);  // somebody else's tree would be found without
  check_not_mounted(transport->instances(kHbaInformation));
  check_not_mounted(clear_cache(*transport));
  world = World::open();
  CHECK(clear_cache(*transport).has_value());
}

TEST_CASE("a lab that is killed is not mounted, and another one in its place is used") {
  auto world = World::open();
  const auto transport = dsc::make_tree_transport();
  REQUIRE(clear_cache(*transport).has_value());
  const pid_t lab = std::stoi(world->read("pid"));
  REQUIRE(::kill(lab, SIGKILL) == 0);
  // The kernel needs a moment until it knows.
  CHECK(world->eventually([&] {
    const auto answer = clear_cache(*transport);
    return !answer && answer.error().kind == Kind::not_mounted;
  }));
  check_not_mounted(transport->instances(kHbaInformation));
}

TEST_CASE("a world leaves nothing behind") {
  auto world = World::open();
  const auto folder = std::filesystem::path(world->state_directory()).parent_path();
  SECTION("whose lab goes on, because its files are open") {
    REQUIRE(clear_cache(*world->transport()).has_value());
  }
  SECTION("whose lab ends at once") {}
  SECTION("whose lab was killed") { REQUIRE(::kill(std::stoi(world->read("pid")), SIGKILL) == 0); }
  REQUIRE(std::filesystem::exists(folder));
  world.reset();
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("a child opens its own files") {
  const auto world = World::open();
  const auto transport = dsc::make_tree_transport();
  REQUIRE(clear_cache(*transport).has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    bool good = true;
    for (int i = 0; i < 200; ++i) {
      const auto answer = clear_cache(*transport);
      good = good && answer && answer->size() == 4;
    }
    ::_exit(good ? 0 : 1);
  }
  for (int i = 0; i < 200; ++i) {
    const auto answer = clear_cache(*transport);
    CHECK((answer && answer->size() == 4));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
