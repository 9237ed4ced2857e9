#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/scenario.hpp"

using namespace hbalab::lab;
using namespace std::chrono_literals;

namespace {

// A whole lab around the part that a case is about.
std::string lab_with(const std::string& target, const std::string& more = "") {
  return R"({"adapters":[{"name":"hba0","ports":[{"address":"192.0.2.1"}]}],"targets":[{"name":"iqn.2026-01.org.example:a")" +
         target + "}]" + more + "}";
}

std::vector<ConfigError> errors_of(const std::string& text) {
  auto config = parse_lab("lab.json", text);
  return config ? std::vector<ConfigError>() : std::move(config.error());
}

}  // namespace

TEST_CASE("lab file: defaults") {
  const auto config = parse_lab(
      "x",
      R"({"adapters":[{"name":"hba0","ports":[{"address":"192.0.2.1"},{"address":"192.0.2.2"}]}]})");
  REQUIRE(config);
  CHECK(config->name == "lab");
  CHECK(config->seed == 1);
  const AdapterConfig& adapter = config->adapters.at(0);
  CHECK(adapter.initiator_name == "iqn.2026-01.org.hbalab:hba0");
  CHECK(adapter.device_instance ==
        "PCI\\VEN_1077&DEV_4010&SUBSYS_00000000&REV_02\\3&11583659&0&08");
  CHECK(adapter.timing.login_timeout == 15s);
  CHECK(adapter.ports[1].mac == "02:00:00:00:00:01");
  CHECK(adapter.ports[1].network == "san");
}

TEST_CASE("lab file: everything is read") {
  const auto config = parse_lab("x", R"(// a comment
{
  "$schema": "lab.schema.json",
  "name": "all", "seed": 18446744073709551615, /* another */
  "adapters": [{"name": "a", "device_instance": "PCI\\VEN_1\\2", "vendor_id": "v", "vendor_model": "m",
    "vendor_version": "1", "firmware_version": "2", "asic_version": "3", "option_rom_version": "4",
    "serial_number": "5", "driver_name": "d", "initiator_name": "eui.0123456789abcdef", "initiator_alias": "al",
    "max_sessions": 9, "max_cdb_length": 32,
    "functionality": ["ISCSI_HBA_ISNS_DISCOVERY", "ISCSI_HBA_SLP_DISCOVERY"],
    "ports": [{"address": "2001:db8::1", "network": "n", "mac": "02:AA:00:00:00:01", "link_speed": 1e9, "link_up": false}],
    "nvram": {"slots": 3}, "timing": {"login_timeout": 500, "retry_interval": "250ms", "device_removal": "2m"}}],
  "targets": [{"name": "iqn.2026-01.org.example:a", "alias": "t",
    "portals": [{"address": "name.example.org", "port": 3261, "group": 9, "network": "n", "state": "refuse"}],
    "luns": [{"lun": 5, "blocks": 77, "block_size": 4096, "vendor": "V", "product": "P", "revision": "R", "serial": "S"}],
    "chap": {"user": "u", "secret": "123456789012", "mutual_user": "mu", "mutual_secret": "1234567890123456"},
    "connect_delay": "1s", "login_delay": 20, "login_refusal": "moved_permanently", "redirect_to": "192.0.2.9:1",
    "keys": {"MaxBurstLength": "65536", "InitialR2T": "Yes"}}],
  "hosts": {"name.example.org": "2001:db8::7"}
})");
  if (!config) {
    for (const auto& error : config.error()) UNSCOPED_INFO(error.to_string());
  }
  REQUIRE(config);
  CHECK(config->seed == 18446744073709551615u);
  const AdapterConfig& a = config->adapters.at(0);
  CHECK(a.initiator_name == "eui.0123456789abcdef");
  CHECK(a.functionality.size() == 2);
  CHECK(a.max_cdb_length == 32);
  CHECK(a.ports.at(0).link_speed == 1'000'000'000);
  CHECK_FALSE(a.ports.at(0).link_up);
  CHECK(a.nvram.slots == 3);
  CHECK(a.timing.login_timeout == 500ms);
  CHECK(a.timing.retry_interval == 250ms);
  CHECK(a.timing.device_removal == 120s);
  const TargetConfig& t = config->targets.at(0);
  CHECK(t.portals.at(0).port == 3261);
  CHECK(t.portals.at(0).state == "refuse");
  CHECK(t.luns.at(0).block_size == 4096);
  CHECK(t.chap->mutual_secret == "1234567890123456");
  CHECK(t.connect_delay == 1s);
  CHECK(t.keys.at(1) == std::pair<std::string, std::string>{"InitialR2T", "Yes"});
  CHECK(config->hosts.at(0).address == "2001:db8::7");
}

TEST_CASE("lab file: one error, its place, what came and what was expected") {
  struct Case {
    const char* target;  // added to the target
    const char* more;    // added to the lab
    const char* where;
    const char* message;  // a part of it
  };
  const Case cases[] = {
      {R"(,"portals":[{"address":"192.0.2.9","port":70000}])", "", "/targets/0/portals/0/port",
       "is 70000; expected a whole number from 1 to 65535"},
      {R"(,"portals":[{"address":"192.0.2.9","port":"3260"}])", "", "/targets/0/portals/0/port",
       "is \"3260\"; expected"},
      {R"(,"portals":[{"address":"192.0.2.9","state":"unreachble"}])", "",
       "/targets/0/portals/0/state", "did you mean unreachable?"},
      {R"(,"portals":[{"address":"192.0.2.9","stat":"up"}])", "", "/targets/0/portals/0/stat",
       "did you mean state?"},
      {R"(,"portals":[{"port":1}])", "", "/targets/0/portals/0",
       "lacks the required key \"address\""},
      {R"(,"portals":[{"address":"a b"}])", "", "/targets/0/portals/0/address",
       "is \"a b\"; expected an IPv4"},
      {R"(,"portals":[{"address":"dsk.example.org"}])",
       R"(,"hosts":{"disk.example.org":"192.0.2.3"})", "/targets/0/portals/0/address",
       "did you mean disk.example.org?"},
      {R"(,"portals":[{"address":"192.0.2.1"}])", "", "/targets/0/portals/0/address",
       "the address of the initiator port at /adapters/0/ports/0/address"},
      {R"(,"portals":[{"address":"192.0.2.9"},{"address":"192.0.2.9","port":3260}])", "",
       "/targets/0/portals/1", "given twice"},
      {R"(,"luns":[{"lun":1},{"lun":1}])", "", "/targets/0/luns/1/lun",
       "another LUN of this target"},
      {R"(,"luns":[{"lun":16384}])", "", "/targets/0/luns/0/lun",
       "expected a whole number from 0 to 16383"},
      {R"(,"luns":[{"lun":-1}])", "", "/targets/0/luns/0/lun", "is -1; expected"},
      {R"(,"luns":[{"lun":1,"block_size":1000}])", "", "/targets/0/luns/0/block_size",
       "a power of two"},
      {R"(,"chap":{"user":"u","secret":"short"})", "", "/targets/0/chap/secret",
       "is 5 bytes long; expected 12 to 16 bytes"},
      {R"(,"chap":{"user":"u","secret":12345})", "", "/targets/0/chap/secret", "is not a string"},
      {R"(,"chap":{"user":"u","secret":"123456789012","mutual_user":"m"})", "",
       "/targets/0/chap/mutual_secret", "is missing"},
      {R"(,"chap":{"user":"u","secret":"123456789012","mutual_user":"m","mutual_secret":"123456789012"})",
       "", "/targets/0/chap/mutual_secret", "the same as the secret"},
      {R"(,"chap":{"user":"","secret":"123456789012"})", "", "/targets/0/chap/user", "is empty"},
      {R"(,"login_refusal":"moved_temporarily")", "", "/targets/0/redirect_to", "is missing"},
      {R"(,"login_refusal":"mvoed_temporarily")", "", "/targets/0/login_refusal",
       "did you mean moved_temporarily?"},
      {R"(,"login_delay":"5 s")", "", "/targets/0/login_delay", "is \"5 s\"; expected a duration"},
      {R"(,"login_delay":-5)", "", "/targets/0/login_delay", "is -5; expected"},
      {R"(,"login_delay":86400001)", "", "/targets/0/login_delay", "is 86400001; expected"},
      {R"(,"keys":{"MaxBurst":"1"})", "", "/targets/0/keys/MaxBurst",
       "is not a key that a target can be given"},
      {R"(,"keys":{"MaxBurstLength":"1"})", "", "/targets/0/keys/MaxBurstLength",
       "expected a number from 512"},
      {"", R"(,"hosts":{"a..b":"192.0.2.3"})", "/hosts/a..b", "is not a host name"},
      {"", R"(,"hosts":{"a/b":"192.0.2.3"})", "/hosts/a~1b", "is not a host name"},
      {"", R"(,"hosts":{"ok.example.org":"elsewhere"})", "/hosts/ok.example.org",
       "is \"elsewhere\"; expected an IPv4"},
      {"", R"(,"seed":1.5)", "/seed", "is 1.5; expected a whole number"},
      {"", R"(,"seed":null)", "/seed", "is null; expected"},
      {"", R"(,"hosts":[])", "/hosts", "is an array; expected an object"},
  };
  for (const Case& one : cases) {
    INFO(one.where << ": " << one.message);
    const auto errors = errors_of(lab_with(one.target, one.more));
    REQUIRE(errors.size() == 1);
    INFO(errors[0].to_string());
    CHECK(errors[0].where == one.where);
    CHECK(errors[0].message.find(one.message) != std::string::npos);
    CHECK(errors[0].line == 1);
    CHECK(errors[0].column > 1);
    CHECK(errors[0].file == "lab.json");
  }
}

TEST_CASE("lab file: adapters") {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"adapters":[]})", "/adapters"},
      {R"({})", ""},
      {R"({"adapters":[{"name":"a","ports":[]}]})", "/adapters/0/ports"},
      {R"({"adapters":[{"name":"a"}]})", "/adapters/0"},
      {R"({"adapters":[{"name":"a/b","ports":[{"address":"192.0.2.1"}]}]})", "/adapters/0/name"},
      {R"({"adapters":[{"name":"a","ports":[{"address":"192.0.2.1"},{"address":"192.0.2.1"}]}]})",
       "/adapters/0/ports/1/address"},
      {R"({"adapters":[{"name":"a","ports":[{"address":"host"}]}]})",
       "/adapters/0/ports/0/address"},
      {R"({"adapters":[{"name":"a","ports":[{"address":"192.0.2.1","mac":"01:00:00:00:00:00"}]}]})",
       "/adapters/0/ports/0/mac"},
      {R"({"adapters":[{"name":"a","initiator_name":"iqn.bad","ports":[{"address":"192.0.2.1"}]}]})",
       "/adapters/0/initiator_name"},
      {R"({"adapters":[{"name":"a","device_instance":"PCI","ports":[{"address":"192.0.2.1"}]}]})",
       "/adapters/0/device_instance"},
      {R"({"adapters":[{"name":"a","functionality":["ISCSI_HBA_X"],"ports":[{"address":"192.0.2.1"}]}]})",
       "/adapters/0/functionality/0"},
      {R"({"adapters":[{"name":"a","ports":[{"address":"192.0.2.1"}]},{"name":"A","ports":[{"address":"192.0.2.2"}],"initiator_name":"eui.0123456789abcdef"}]})",
       "/adapters/1/name"},
      {R"([])", ""},
  };
  for (const auto& [text, where] : cases) {
    INFO(text);
    const auto errors = errors_of(text);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].where == where);
  }
}

TEST_CASE("lab file: all errors at once, each with its line and column") {
  const auto errors = errors_of(R"({
  "adapters": [
    {"name": "hba0", "ports": [{"address": "nowhere"}],
     "max_sesions": 4}
  ],
  "targets": [
    {"name": "disk", "luns": [{"lun": 0}, {"lun": 0}]}
  ]
})");
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].to_string().starts_with(
      "lab.json:3:44: /adapters/0/ports/0/address is \"nowhere\";"));
  CHECK(errors[1].to_string().starts_with("lab.json:4:21: /adapters/0/max_sesions is not a key"));
  CHECK(errors[2].to_string().starts_with("lab.json:7:14: /targets/0/name is \"disk\";"));
  CHECK(errors[3].to_string().starts_with("lab.json:7:51: /targets/0/luns/1/lun is 0,"));
}

TEST_CASE("lab file: syntax, limits and hostile text") {
  const auto where = [](const std::string& text) {
    const auto errors = errors_of(text);
    return errors.size() == 1 ? errors[0].where : std::string("no single error");
  };
  CHECK(where("{\n  \"name\": \n}") == "line 3, column 1");
  CHECK(where("").starts_with("line 1"));
  CHECK(where("{\"name\":\"\xFF\"}").starts_with("line 1"));
  CHECK(where("{} x").starts_with("line 1"));
  const auto broken = parse_lab("lab.json", "{\n  \"name\": \n}");
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().front().to_string().starts_with("lab.json:3:1: "));
  CHECK(broken.error().front().to_string().find("line") == std::string::npos);
  CHECK(errors_of(R"({"name":"a","name":"b"})").at(0).message.find("given twice") !=
        std::string::npos);
  CHECK(errors_of(std::string(100'000, '[')).at(0).message.find("nested deeper than 16") !=
        std::string::npos);
  CHECK(errors_of(std::string((256u << 20) + 1, ' ')).at(0).message.find("bytes long") !=
        std::string::npos);
  std::string many = "[0";
  for (int i = 0; i < 1001; ++i) many += ",0";
  const auto tree = parse_json_tree(many + "]", {.nodes = 1000});
  REQUIRE_FALSE(tree.has_value());
  CHECK(tree.error().message.find("more than 1000 values") != std::string::npos);
  std::string wrong = lab_with("", ",\"hosts\":{");
  wrong = R"({"adapters":[{"name":"a","ports":[{"address":"192.0.2.1"}]}],"hosts":{)";
  for (int i = 0; i < 5000; ++i) wrong += (i ? ",\"h" : "\"h") + std::to_string(i) + "\":1";
  CHECK(errors_of(wrong + "}}").size() == 200);
  CHECK(errors_of("\xEF\xBB\xBF" + lab_with("")).empty());
}

TEST_CASE("lab file: secrets are in no message") {
  for (const auto& text :
       {lab_with(R"(,"chap":{"user":"u","secret":"geheim"})"),
        lab_with(R"(,"chap":{"user":"u","secret":["geheim"]})"),
        lab_with(R"(,"chap":{"user":"u","secret":"geheim-und-viel-zu-lang"})")}) {
    for (const auto& error : errors_of(text)) {
      CHECK(error.to_string().find("geheim") == std::string::npos);
    }
  }
}

TEST_CASE("lab file: from the disk") {
  const auto folder = std::filesystem::temp_directory_path();
  CHECK(read_lab_file(folder).error().at(0).message.find("directory") != std::string::npos);
  const auto file = folder / ("hbalab-config-test-" + std::to_string(::getpid()) + ".json");
  CHECK(read_lab_file(file).error().at(0).message.find("cannot be opened") != std::string::npos);
  std::ofstream(file) << lab_with("");
  CHECK(read_lab_file(file).has_value());
  std::filesystem::remove(file);
}

TEST_CASE("the sample lab is a good one") {
  const auto config = parse_lab("sample-lab.json", sample_lab_text());
  if (!config) {
    for (const auto& error : config.error()) UNSCOPED_INFO(error.to_string());
  }
  REQUIRE(config);
  REQUIRE(config->adapters.size() == 2);
  CHECK(config->adapters[0].ports.size() == 2);
  CHECK(config->adapters[0].device_instance != config->adapters[1].device_instance);
  REQUIRE(config->targets.size() == 4);
  CHECK(config->targets[0].portals.size() == 4);
  CHECK(config->targets[1].luns.size() == 4);
  CHECK(config->targets[2].chap.has_value());
  CHECK(config->targets[3].portals[0].state == "unreachable");
}

TEST_CASE("every scenario has a lab file that is good, and a description") {
  const auto all = scenarios();
  CHECK(all.size() >= 10);
  for (const auto& scenario : all) {
    INFO(scenario.name);
    const auto config = parse_lab("scenario", scenario.lab);
    REQUIRE(config.has_value());
    CHECK(config->name == scenario.name);
    CHECK_FALSE(scenario.title.empty());
    CHECK(scenario.description.contains("\n    $ "));
    CHECK(find_scenario(scenario.name)->title == scenario.title);
  }
  CHECK_FALSE(find_scenario("nothing"));
  CHECK(unknown_scenario("any-prot").contains("did you mean any-port?"));
}
