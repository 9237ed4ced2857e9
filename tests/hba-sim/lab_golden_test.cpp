// The golden files of the methods (tests/golden) through the WMI request path: their blocks agree
// with the schema, with the structures and with places that were worked out by hand; and every byte
// of every OUT block is written, whatever was in the buffer before.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "iscsiop/views.hpp"
#include "lab_poison_support.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::lab_test {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

const fs::path kFolder = HBALAB_GOLDEN_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Golden {
  Json file;
  const wmi::Class* cls = nullptr;
  const wmi::Method* method = nullptr;
};

std::vector<Golden> golden_files() {
  std::vector<Golden> all;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".json" || entry.path().stem() == "lab") continue;
    Golden one;
    one.file = Json::parse(text_of(entry.path()));
    one.cls = wmi::builtin_schema()->find(one.file.at("class").get<std::string>());
    REQUIRE(one.cls != nullptr);
    one.method = one.cls->method(one.file.at("method").get<std::string>());
    REQUIRE(one.method != nullptr);
    all.push_back(std::move(one));
  }
  std::ranges::sort(all, {}, [](const Golden& one) { return one.cls->name + one.method->name; });
  return all;
}

// Rows of sixteen bytes by their offset; those of zeros are left out.
Bytes raw_of(const Json& side) {
  Bytes block(side.at("raw").at("size").get<std::size_t>());
  for (const auto& [offset, hex] : side.at("raw").items()) {
    if (offset == "size") continue;
    const auto text = hex.get<std::string>();
    const auto at = std::stoul(offset, nullptr, 16);
    REQUIRE(at + text.size() / 2 <= block.size());
    for (std::size_t i = 0; i < text.size() / 2; ++i)
      block[at + i] = static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  }
  return block;
}

// {name} in texts; a text that is one name alone becomes its number.
Json filled(Json value, const std::map<std::string, std::uint64_t>& names) {
  if (value.is_structured()) {
    for (auto& inner : value) inner = filled(std::move(inner), names);
  } else if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text.starts_with('{')) return names.at(text.substr(1, text.size() - 2));
  }
  return value;
}

Bytes encoded(const wmi::Shape& shape, const Json& json) {
  const auto object = wmi::from_json(shape, json);
  if (!object) FAIL(object.error().to_string());
  auto block = wmi::encode(shape, *object);
  if (!block) FAIL(block.error().to_string());
  return *std::move(block);
}

// One lab in which the cases of a file run, as tests/golden/README.md has it.
struct GoldenLab : LabFixture {
  explicit GoldenLab(const Golden& golden)
      : LabFixture(text_of(kFolder / "lab.json")), golden_(golden) {
    std::memcpy(&names_["adapter_id"], block(iscsi::MSiSCSI_HBAInformationGuid).data(), 8);
  }

  // The IN block of a case, after its steps.
  Bytes prepare(const Json& golden_case) {
    for (const Json& step : golden_case.value("steps", Json::array())) {
      if (step.contains("write")) {
        control(step.at("write").get<std::string>(), step.at("text").get<std::string>());
      } else {
        call_step(step);
      }
    }
    return encoded(wmi::in_shape(*golden_.method), filled(golden_case.at("in"), names_));
  }
  [[nodiscard]] wmi::InstanceRef target(const Json& golden_case) const {
    const bool plain = golden_case.value("adapter", "hba0") == "hba1";
    return lab->registry()->static_instances(golden_.cls->guid).at(plain ? 1 : 0);
  }
  // All that a method could change, but for what was counted.
  std::vector<Bytes> state() {
    std::vector<Bytes> all;
    for (const auto& ref : every_instance(*this)) {
      if (class_of(ref).header == "iscsiprf.h") continue;
      const auto answer = client->query_wait(ref, 4096);
      REQUIRE(answer.has_value());
      all.emplace_back(answer->data.begin(), answer->data.end());
    }
    return all;
  }

 private:
  void call_step(const Json& step) {
    const auto path = step.at("call").get<std::string>();
    const auto dot = path.find('.');
    const wmi::Class* cls = wmi::builtin_schema()->find(path.substr(0, dot));
    const wmi::Method* method = cls->method(path.substr(dot + 1));
    const Bytes in = encoded(wmi::in_shape(*method), filled(step.at("in"), names_));
    const auto [answer, overhead] =
        execute(*this, lab->registry()->static_instances(cls->guid).at(0), method->id, in, 4096, 0);
    const auto out = wmi::decode(wmi::out_shape(*method), data_of(answer));
    REQUIRE(out.has_value());
    const Json json = wmi::to_json(wmi::out_shape(*method), out->root);
    REQUIRE(json.at("Status") == 0);
    if (!step.contains("keep")) return;
    for (const auto& [name, member] : step.at("keep").items())
      names_[name] = json.at(member.get<std::string>()).get<std::uint64_t>();
  }

  const Golden& golden_;
  std::map<std::string, std::uint64_t> names_;
};

// How the cases of a file are run: over what poison, with how many bytes more than OUT needs.
struct Manner {
  std::uint8_t poison = 0;
  std::size_t extra = 0;
  bool too_small_first = false;
};

void expect_too_small(GoldenLab& lab, const wmi::InstanceRef& ref, std::uint32_t method,
                      const Bytes& in, std::size_t needed) {
  const auto before = lab.state();
  for (const std::size_t room : {in.size(), needed - 1}) {
    const auto [answer, overhead] = execute(lab, ref, method, in, room, 0xAA);
    INFO("room " << room);
    CHECK(answer.status == NtStatus::success);
    CHECK(answer.needed == overhead + needed);
  }
  CHECK(lab.state() == before);
}

// Whether the room that is asked for decides anything: IN and OUT share their place.
bool out_is_larger(const Golden& golden, std::size_t extra) {
  return std::ranges::any_of(golden.file.at("cases"), [extra](const Json& golden_case) {
    const auto size = [&](const char* side) {
      return golden_case.at(side).at("raw").at("size").get<std::size_t>();
    };
    return size("OUT") + extra > size("IN");
  });
}

void run_file(const Golden& golden, const Manner& manner) {
  GoldenLab lab(golden);
  for (const Json& golden_case : golden.file.at("cases")) {
    INFO(golden.method->name << ": " << golden_case.at("name"));
    const Bytes in = lab.prepare(golden_case);
    CHECK(in == raw_of(golden_case.at("IN")));
    const Bytes expected = raw_of(golden_case.at("OUT"));
    const auto ref = lab.target(golden_case);
    // Where IN is the larger one, there is room for OUT in any case.
    if (manner.too_small_first && in.size() < expected.size())
      expect_too_small(lab, ref, golden.method->id, in, expected.size());
    const auto [answer, overhead] =
        execute(lab, ref, golden.method->id, in, expected.size() + manner.extra, manner.poison);
    CHECK(data_of(answer) == expected);
    CHECK(answer.wnode.size() == overhead + expected.size());
  }
}

std::string number(std::uint64_t value, int size) {
  std::string hex;
  for (int i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}
std::string characters(std::string_view text) {
  std::string hex;
  for (const char c : text) hex += number(static_cast<unsigned char>(c), 1);
  return hex;
}
std::string counted(std::string_view text) {
  std::string hex = number(2 * text.size(), 2);
  for (const char c : text) hex += number(static_cast<unsigned char>(c), 2);
  return hex;
}

struct Place {
  std::size_t offset;
  std::string hex;
};
struct Layout {
  std::string_view method, golden_case, side;
  std::size_t size;
  std::vector<Place> places;
};

// From the headers, with the rules of C for x64: a member lies at the next multiple of its
// alignment, a variable one where the one before it ends.
std::vector<Layout> layouts() {
  return {
      {"LoginToTarget",
       "mutual CHAP, a node, an alias, a mapping and a key",
       "IN",
       2528 + 3 + 6 + 13,
       {{0, number(1, 4)},            // PortNumber
        {8, number(1, 4)},            // LoginOptions.HeaderDigest
        {32, number(2, 4)},           // LoginOptions.AuthType: mutual CHAP
        {48 + 552, number(3260, 2)},  // TargetPortal.Socket
        {604, number(6, 4)},          // UsernameSize
        {608, number(13, 4)},         // PasswordSize
        {612, number(3, 4)},          // KeySize
        {616, number(7, 2)},          // UniqueIdForISID
        {618, number(0, 1)},          // PersistentLogin
        {620, counted("iqn.2026-01.org.example:node")},
        {1068, counted("node")},
        {1580, counted("iqn.2026-01.org.example:secure")},
        {2032 + 4, number(5, 4)},        // Mappings.OSTarget
        {2032 + 16, number(1, 4)},       // Mappings.LUNCount
        {2032 + 480 + 8, number(2, 4)},  // Mappings.LUNList[0].OSLUN
        {2528, "00ff10"},
        {2531, characters("hbalab")},
        {2537, characters("initiator-key")}}},
      {"LoginToTarget",
       "a persistent login",
       "IN",
       2512 + 8,
       {{618, "01"}, {2512, characters("operator")}}},
      {"LoginToTarget",
       "the same session again",
       "OUT",
       24,
       {{0, number(iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN, 4)}}},
      {"AddConnectionToSession",
       "a third, with credentials that are not asked for",
       "IN",
       628 + 1 + 8 + 12,
       {{24, number(1, 4)},
        {60 + 552, number(3260, 2)},
        {616, number(8, 4)},
        {620, number(12, 4)},
        {628, "aa"},
        {629, characters("operator")},
        {637, characters("twelve-bytes")}}},
      {"ScsiInquiry",
       "a page of vital product data",
       "IN",
       24,
       {{8, number(1, 8)}, {16, "01"}, {17, "83"}}},
      {"ScsiInquiry",
       "standard data",
       "OUT",
       27 + 36,
       {{4, number(36, 4)}, {27 + 8, characters("HBALAB")}}},
      {"ScsiInquiry",
       "a page that the device does not have",
       "OUT",
       27,
       {{0, number(iscsi::ISDSC_SCSI_REQUEST_FAILED, 4)}, {8, "02"}, {9, "70"}, {9 + 12, "24"}}},
      {"ReportDiscoveredTargets2",
       "what SendTargets told",
       "OUT",
       0,
       {{4, number(2, 4)},  // TargetCount
        {8, number(2, 4)},  // Targets[0].TargetPortalGroupCount
        {8 + 4, counted("iqn.2026-01.org.example:disk1")},
        {8 + 964, number(2, 4)},              // its first group: PortalCount
        {8 + 964 + 4, number(1, 2)},          // Tag
        {8 + 964 + 8, number(3260, 2)},       // its first portal: Socket
        {8 + 964 + 8 + 556, number(0, 4)}}},  // KeySize
      {"SetLoadBalancePolicy",
       "failover over two paths",
       "IN",
       16 + 2 * 32,
       {{8, number(1, 4)}, {12, number(2, 4)}, {16 + 20, number(1, 4)}, {48 + 16, number(2, 4)}}},
      {"GetPresharedKeyForId",
       "the flags of a key",
       "IN",
       16,
       {{4, "01"}, {8, number(4, 4)}, {12, "c0000210"}}},
      {"GetPresharedKeyForId", "the flags of a key", "OUT", 16, {{8, number(3, 8)}}},
      {"PingIPAddress", "three answers", "OUT", 8, {{0, number(0, 4)}, {4, number(3, 4)}}},
  };
}

const Json& case_of(const std::vector<Golden>& all, std::string_view method,
                    std::string_view name) {
  for (const Golden& golden : all) {
    if (golden.method->name != method) continue;
    for (const Json& golden_case : golden.file.at("cases")) {
      if (golden_case.at("name") == name) return golden_case;
    }
  }
  throw std::runtime_error("no case " + std::string(method) + ": " + std::string(name));
}

std::string text(iscsi::ByteView bytes) { return {bytes.begin(), bytes.end()}; }
std::string hex(iscsi::ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out += number(byte, 1);
  return out;
}
template <std::size_t N>
std::string name_of(const iscsi::Le16 (&field)[N]) {
  return wmi::to_utf8(iscsi::read_fixed_string(field, "field").value());
}

}  // namespace

TEST_CASE("there is a golden file for every method") {
  std::set<const wmi::Method*> expected;
  std::set<const wmi::Method*> found;
  for (const auto& cls : wmi::builtin_schema()->classes())
    for (const auto& method : cls->methods) expected.insert(&method);
  for (const Golden& golden : golden_files()) found.insert(golden.method);
  CHECK(expected.size() == 27);
  CHECK(found == expected);
}

TEST_CASE("golden blocks decode to the JSON beside them and encode to the same bytes") {
  for (const Golden& golden : golden_files()) {
    for (const Json& golden_case : golden.file.at("cases")) {
      for (const std::string side : {"IN", "OUT"}) {
        INFO(golden.method->name << ": " << golden_case.at("name") << ", " << side);
        const Json& golden_side = golden_case.at(side);
        const wmi::Shape shape =
            side == "IN" ? wmi::in_shape(*golden.method) : wmi::out_shape(*golden.method);
        const Bytes block = raw_of(golden_side);
        const auto decoded = wmi::decode(shape, block);
        REQUIRE(decoded.has_value());
        CHECK(decoded->residue.empty());  // no byte without a meaning
        CHECK(wmi::to_json(shape, decoded->root) == golden_side.at("json"));
        const auto again = wmi::encode(shape, decoded->root);
        REQUIRE(again.has_value());
        CHECK(*again == block);
      }
    }
  }
}

TEST_CASE("golden blocks have their members where the headers put them") {
  const auto all = golden_files();
  for (const Layout& layout : layouts()) {
    INFO(layout.method << ": " << layout.golden_case << ", " << layout.side);
    const Bytes block =
        raw_of(case_of(all, layout.method, layout.golden_case).at(std::string(layout.side)));
    if (layout.size != 0) CHECK(block.size() == layout.size);
    for (const auto& [offset, expected] : layout.places) {
      INFO("offset " << offset);
      REQUIRE(offset + expected.size() / 2 <= block.size());
      CHECK(hex(std::span(block).subspan(offset, expected.size() / 2)) == expected);
    }
  }
}

TEST_CASE("the typed views see in golden blocks what the JSON says") {
  const auto all = golden_files();
  const auto both = [&](std::string_view method, std::string_view name, const char* side) {
    const Json& golden = case_of(all, method, name).at(side);
    return std::pair<Bytes, Json>(raw_of(golden), golden.at("json"));
  };
  {
    const auto [block, json] =
        both("LoginToTarget", "mutual CHAP, a node, an alias, a mapping and a key", "IN");
    const auto view = iscsi::view<iscsi::LoginToTargetView>(block).value();
    CHECK(view.head->PortNumber.value() == json.at("PortNumber"));
    CHECK(name_of(view.head->TargetName) == json.at("TargetName"));
    CHECK(view.mapping.luns.size() == json.at("Mappings").at("LUNList").size());
    CHECK(hex(view.key) == "00ff10");  // secrets: JSON does not show them
    CHECK(text(view.username) == json.at("Username"));
    CHECK(text(view.password) == "initiator-key");
  }
  {
    const auto [block, json] = both("SendTargets", "one target", "OUT");
    const auto view = iscsi::view<iscsi::SendTargetsOutView>(block).value();
    CHECK(view.head->ResponseSize.value() == json.at("ResponseSize"));
    CHECK(text(view.response) == json.at("Response"));
  }
  {
    const auto [block, json] = both("ScsiReportLuns", "two units", "OUT");
    const auto view = iscsi::view<iscsi::ScsiReportLunsOutView>(block).value();
    CHECK(hex(view.response) == json.at("ResponseBuffer"));
    CHECK(hex(view.head->SenseBuffer) == json.at("SenseBuffer"));
  }
  {
    const auto [block, json] = both("SetPresharedKeyForId", "a key for an IPv4 address", "IN");
    const auto view = iscsi::view<iscsi::SetPresharedKeyForIdView>(block).value();
    CHECK(hex(view.id) == json.at("Id"));
    CHECK(text(view.key) == "preshared");
  }
  {
    const auto [block, json] = both("ReportDiscoveredTargets", "what SendTargets told", "OUT");
    const auto view = iscsi::view<iscsi::ReportDiscoveredTargetsView>(block).value();
    REQUIRE(view.targets.size() == json.at("Targets").size());
    std::size_t target = 0;
    for (const auto& one : view.targets) {
      const Json& golden = json.at("Targets").at(target++);
      CHECK(name_of(one.head->TargetName) == golden.at("TargetName"));
      std::size_t group = 0;
      for (const auto& portals : one.groups) {
        const Json& there = golden.at("TargetDiscoveredPortalGroups").at(group++);
        CHECK(portals.portals.size() == there.at("Portals").size());
        CHECK(portals.portals[0].Socket.value() == there.at("Portals").at(0).at("Socket"));
      }
    }
  }
}

TEST_CASE(
    "every method writes all of its OUT, asks for exactly that room, and does nothing before") {
  for (const Golden& golden : golden_files()) {
    run_file(golden, {.poison = 0x55, .too_small_first = true});
    run_file(golden, {.poison = 0xAA});
    for (std::size_t extra = 1; extra <= 8; ++extra) {
      if (out_is_larger(golden, extra)) run_file(golden, {.poison = 0xAA, .extra = extra});
    }
  }
}

}  // namespace hbalab::lab_test
