// What the service tells every adapter, also one that appears later.
#include <cstdlib>
#include <filesystem>

#include "calls.hpp"
#include "iscsidsc/transport.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsiop.hpp"
#include "world_lab.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

constexpr std::string_view kName = "iqn.2026-01.org.example:ours";
constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;

// The default lab with its first adapter only.
std::string first_adapter_only() {
  std::string lab(kDefaultLab);
  const auto second = lab.find("{ \"name\": \"hba1\"");
  const auto end = lab.find("],\n  \"hosts\"");
  REQUIRE(second < end);
  lab.erase(second, end - second);
  return lab.erase(lab.rfind(',', second), 1);
}

// The service's state outlives labs here.
struct State {
  State() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "hbalab-settings-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~State() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  [[nodiscard]] std::unique_ptr<World> open(std::string_view lab = {}) const {
    auto world = World::open(lab);
    ::setenv("HBALAB_DSC_STATE", path.c_str(), 1);
    return world;
  }
  std::string path;
};

// Whatever a program does first, it meets the adapters.
void meet() { (void)listed<Narrow>(ReportIScsiInitiatorListA); }

std::string line(World& world, const std::string& adapter, const std::string& file) {
  const std::string text = world.read("adapters/" + adapter + "/" + file);
  return text.substr(0, text.find('\n'));
}

std::uint32_t secret_length(World& world, std::string_view adapter) {
  const auto block =
      world.transport()->query(wmi::Guid{iscsi::MSiSCSI_BootInformationGuid}, std::string(adapter));
  REQUIRE(block.has_value());
  const auto information = iscsi::read_block<iscsi::MSiSCSI_BootInformation>(
      *block, "MSiSCSI_BootInformation", iscsi::MSiSCSI_BootInformation_SIZE);
  REQUIRE(information.has_value());
  return information->SharedSecretLength;
}

ISDSC_STATUS set_name(std::string_view name) {
  Text<Narrow> text(name);
  return SetIScsiInitiatorNodeNameA(text);
}

ISDSC_STATUS set_tunnel(const char* outer) {
  Text<Narrow> destination("198.51.100.1"), text(outer == nullptr ? "" : outer);
  return SetIScsiTunnelModeOuterAddressA(nullptr, kAll, destination,
                                         outer == nullptr ? nullptr : PSTR{text}, TRUE);
}

void set_everything() {
  UCHAR secret[] = "thirteenbytes";
  REQUIRE(set_name(kName) == ERROR_SUCCESS);
  REQUIRE(SetIScsiInitiatorCHAPSharedSecret(13, secret) == ERROR_SUCCESS);
  REQUIRE(SetIScsiGroupPresharedKey(13, secret, TRUE) == ERROR_SUCCESS);
  REQUIRE(set_tunnel("203.0.113.1") == ERROR_SUCCESS);
}

constexpr std::string_view kZero = "00000000-0000-0000-0000-000000000000";

}  // namespace

TEST_CASE("an adapter that appears later is told what the others were told") {
  const State state;
  {
    const auto world = state.open(first_adapter_only());
    set_everything();
    CHECK(line(*world, "hba0", "initiator_name") == kName);
  }
  // A lab of new adapters, which have heard nothing yet.
  const auto world = state.open();
  REQUIRE(line(*world, "hba1", "initiator_name") != kName);
  meet();
  for (const char* adapter : {"hba0", "hba1"}) {
    INFO(adapter);
    CHECK(line(*world, adapter, "initiator_name") == kName);
  }
  const std::string mark = line(*world, "hba0", "generational_guid");
  CHECK_THAT(mark, !Catch::Contains(std::string(kZero)));
  CHECK(line(*world, "hba1", "generational_guid") == mark);
  CHECK(secret_length(*world, kHba0) == 13);
  CHECK(secret_length(*world, kHba1) == 13);
  // It was there to be taken away.
  CHECK(set_tunnel(nullptr) == ERROR_SUCCESS);
  CHECK(set_tunnel(nullptr) == ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS);
}

TEST_CASE("what was not to persist is not told later") {
  const State state;
  UCHAR key[] = "the-group-key";
  {
    const auto world = state.open();
    REQUIRE(SetIScsiGroupPresharedKey(13, key, FALSE) == ERROR_SUCCESS);
  }
  const auto world = state.open();
  meet();
  CHECK_THAT(line(*world, "hba0", "generational_guid"), Catch::Contains(std::string(kZero)));
}

TEST_CASE("an adapter is told again only what has changed") {
  const State state;
  const auto world = state.open();
  set_everything();
  const std::string mark = line(*world, "hba0", "generational_guid");
  // Somebody else sets the adapter's own name; as long as the service's settings stay, so does it.
  const auto own_name = [&] {
    using In = iscsi::SetInitiatorNodeName_IN;
    dsc::Bytes in(sizeof(In));
    (void)iscsi::write_fixed_string(reinterpret_cast<In*>(in.data())->CreatedInitiatorName,
                                    u"iqn.2026-01.org.example:theirs", "");
    const auto method =
        static_cast<std::uint32_t>(iscsi::MSiSCSI_OperationsMethod::SetInitiatorNodeName);
    return world->transport()->call(wmi::Guid{iscsi::MSiSCSI_OperationsGuid}, std::string(kHba0),
                                    method, in);
  };
  REQUIRE(own_name().has_value());
  meet();
  CHECK(line(*world, "hba0", "initiator_name") == "iqn.2026-01.org.example:theirs");
  CHECK(line(*world, "hba0", "generational_guid") == mark);
  // A change gives another mark to those who knew everything.
  CHECK(set_tunnel("203.0.113.2") == ERROR_SUCCESS);
  const std::string next = line(*world, "hba0", "generational_guid");
  CHECK(next != mark);
  CHECK(line(*world, "hba1", "generational_guid") == next);
  CHECK(line(*world, "hba0", "initiator_name") == "iqn.2026-01.org.example:theirs");
}

TEST_CASE("settings that no adapter takes are not kept") {
  const State state;
  {
    const auto world = state.open();
    set_everything();
    const std::string mark = line(*world, "hba0", "generational_guid");
    UCHAR too_long[17] = {};
    CHECK(SetIScsiInitiatorCHAPSharedSecret(sizeof too_long, too_long) ==
          ISDSC_INVALID_INITIATOR_CHAP_SECRET);
    CHECK(set_name("no iSCSI name") == ISDSC_INVALID_ISCSI_NAME);
    CHECK(line(*world, "hba0", "generational_guid") == mark);
    CHAR name[MAX_ISCSI_NAME_LEN + 1];
    CHECK(GetIScsiInitiatorNodeNameA(name) == ERROR_SUCCESS);
    CHECK(name == kName);
  }
  const auto world = state.open();
  meet();
  CHECK(secret_length(*world, kHba0) == 13);
  CHECK(line(*world, "hba0", "initiator_name") == kName);
}
