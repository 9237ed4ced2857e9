// iSNS discovery and static targets through the WMI request path.
#include "iscsiop/iscsicfg.hpp"
#include "tests/hba-sim/lab_discovery_support.hpp"

namespace hbalab::lab_test {
namespace {

// hba0 has two ports in two networks, each with a server; hba1 has no iSNS.
constexpr std::string_view kLab = R"({
  "name": "isns", "seed": 7,
  "adapters": [
    { "name": "hba0", "initiator_name": "iqn.2026-01.org.example:hba0",
      "functionality": ["ISCSI_HBA_ISNS_DISCOVERY"],
      "timing": { "login_timeout": "2s", "retry_interval": "5s" },
      "ports": [ { "address": "192.0.2.1" }, { "address": "198.51.100.1", "network": "other" } ] },
    { "name": "hba1", "initiator_name": "iqn.2026-01.org.example:hba1",
      "ports": [ { "address": "192.0.2.2" } ],
      "static_targets": [
        { "name": "iqn.2026-01.org.example:fixed", "alias": "configured",
          "portals": [ { "address": "192.0.2.99", "port": 3261, "group": 9,
                         "symbolic_name": "in the attic" },
                       { "address": "array.example" } ] },
        { "name": "IQN.2026-01.org.example:Disk1",
          "portals": [ { "address": "192.0.2.10" } ] } ] } ],
  "hosts": { "array.example": "192.0.2.10" },
  "isns_servers": [ { "address": "192.0.2.50" },
                    { "address": "198.51.100.50", "network": "other", "announced": false } ],
  "targets": [
    { "name": "iqn.2026-01.org.example:disk1", "alias": "disk1",
      "portals": [ { "address": "192.0.2.10", "symbolic_name": "first port", "security_bitmap": 5 },
                   { "address": "198.51.100.10", "network": "other", "group": 2 } ],
      "luns": [ { "lun": 0 } ] },
    { "name": "iqn.2026-01.org.example:named", "portals": [ { "address": "array.example" } ] },
    { "name": "iqn.2026-01.org.example:shy", "isns": false,
      "portals": [ { "address": "192.0.2.11" } ] } ]
})";
const std::string kServer = "fabric/isns/192.0.2.50/";
const std::string kOther = "fabric/isns/198.51.100.50/";
const std::string kDisk1 = "iqn.2026-01.org.example:disk1=disk1 [1 192.0.2.10:3260(first port)#5 ]";
const std::string kNamed = "iqn.2026-01.org.example:named= [1 192.0.2.10:3260(array.example) ]";
const std::string kFar = "iqn.2026-01.org.example:disk1=disk1 [2 198.51.100.10:3260 ]";
const std::vector<std::string> kNone, kNear{kDisk1, kNamed};

struct IsnsLab : DiscoveryLab {
  IsnsLab() : DiscoveryLab(kLab) {}
  std::uint32_t server(Method method, std::string_view address, std::size_t adapter = 0) {
    iscsi::Le16 field[223 + 1] = {};
    miniport::put_text(field, address);
    Bytes in(sizeof field);
    std::memcpy(in.data(), field, sizeof field);
    return status_of(call(method, in, 64, adapter));
  }
  void add(std::string_view address) {
    CHECK(server(Method::AddiSNSServer, address) == iscsi::ISDSC_SUCCESS);
  }
  void remove_server(std::string_view address) {
    CHECK(server(Method::RemoveiSNSServer, address) == iscsi::ISDSC_SUCCESS);
  }
  void set_flags(bool isns, bool automatic) {
    const auto config = instance(iscsi::MSiSCSI_DiscoveryConfigGuid);
    for (const auto& [item, on] : {std::pair{1u, isns}, std::pair{3u, automatic}}) {
      const std::uint8_t value = on ? 1 : 0;
      REQUIRE(client->set_item_wait(config, item, {&value, 1}).has_value());
    }
  }
  std::string read(const std::string& path) {
    const auto text = lab->control()->read(path);
    REQUIRE(text.has_value());
    return *text;
  }
};

}  // namespace

TEST_CASE("an iSNS server tells of the targets that have registered with it") {
  IsnsLab lab;
  lab.listen();
  CHECK(lab.targets2() == kNone);  // nobody to ask
  lab.add("192.0.2.50");
  CHECK(lab.targets2() == kNear);
  CHECK(lab.will_fire());
  CHECK(lab.fired() == 1);
  CHECK(lab.targets() == std::vector<std::string>{
                             "iqn.2026-01.org.example:disk1=disk1 [ 192.0.2.10:3260(first port) ]",
                             "iqn.2026-01.org.example:named= [ 192.0.2.10:3260(array.example) ]"});
  CHECK(lab.read(kServer + "initiators") == "iqn.2026-01.org.example:hba0\n");
  // Over the port of the other network.
  lab.add("198.51.100.50");
  CHECK(lab.will_fire());
  CHECK(lab.fired() == 1);
  CHECK(lab.targets2() == std::vector<std::string>{kDisk1 + kFar.substr(kFar.find(" [2")), kNamed});
  // The list is kept with the adapter, and asked for again when it starts.
  lab.reset();
  CHECK(lab.targets2().size() == 2);
  lab.restart();
  CHECK(lab.targets2().size() == 2);
  lab.remove_server("192.0.2.50");
  CHECK(lab.targets2() == std::vector<std::string>{kFar});
  CHECK(lab.read(kServer + "initiators") == "\n");
  lab.remove_server("198.51.100.50");
  CHECK(lab.targets2() == kNone);
  CHECK(lab.server(Method::AddiSNSServer, "192.0.2.50", 1) == iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
}

TEST_CASE("what changes at an iSNS server is notified") {
  IsnsLab lab;
  lab.add("192.0.2.50");
  CHECK(lab.targets2() == kNear);
  lab.listen();
  const auto& control = *lab.lab->control();
  const auto changed = [&] {
    const std::size_t fired = lab.fired();
    CHECK(fired <= 1);
    return fired == 1;
  };
  const std::string disk = "fabric/targets/iqn.2026-01.org.example:disk1";
  const std::string shy = "fabric/targets/iqn.2026-01.org.example:shy";
  lab.control(disk + "/portals/192.0.2.10:3260/group", "7");
  CHECK(changed());
  CHECK(lab.targets2()[0].find("[7 ") != std::string::npos);
  lab.control(disk + "/portals/192.0.2.10:3260/symbolic_name", "");
  CHECK(changed());
  lab.control(disk + "/portals/192.0.2.10:3260/security_bitmap", "1");
  CHECK(changed());
  CHECK(lab.targets2()[0] == "iqn.2026-01.org.example:disk1=disk1 [7 192.0.2.10:3260#1 ]");
  lab.control(shy + "/isns", "1");
  CHECK(changed());
  CHECK(lab.targets2().size() == 3);
  lab.control(shy + "/isns", "0");
  CHECK(changed());
  CHECK(lab.targets2().size() == 2);
  lab.control("fabric/hosts/array.example/address", "192.0.2.77");
  CHECK(changed());
  CHECK(lab.targets2()[1].find("192.0.2.77:3260(array.example)") != std::string::npos);
  lab.control("fabric/hosts/array.example/address", "");
  CHECK(changed());
  CHECK(lab.targets2().size() == 1);  // what has no address cannot register it
  REQUIRE(lab.lab->control()->make_directory("fabric/targets/iqn.2026-01.org.example:new"));
  REQUIRE(lab.lab->control()->make_directory(
      "fabric/targets/iqn.2026-01.org.example:new/portals/192.0.2.60:3260"));
  CHECK(changed());
  CHECK(lab.targets2().size() == 2);
  REQUIRE(lab.lab->control()->remove_directory("fabric/targets/iqn.2026-01.org.example:new"));
  CHECK(changed());
  REQUIRE(lab.lab->control()->remove_directory(disk + "/portals/192.0.2.10:3260"));
  CHECK(changed());
  CHECK(lab.targets2() == kNone);
  // What is not registered is nobody's business.
  lab.control(disk + "/login_delay_ms", "5");
  lab.control(shy + "/alias", "who");
  lab.control(disk + "/portals/198.51.100.10:3260/group", "3");
  CHECK_FALSE(changed());
  CHECK(control.read(kServer + "initiators").value() == "iqn.2026-01.org.example:hba0\n");
}

TEST_CASE("a server that does not answer is asked again, and what it told stays") {
  IsnsLab lab;
  lab.listen();
  lab.control(kServer + "state", "unreachable");
  lab.add("192.0.2.50");
  CHECK(lab.targets2() == kNone);
  CHECK(lab.read(kServer + "initiators") == "\n");
  lab.control(kServer + "state", "up");  // the query that waits is refused by nobody: it is over
  lab.pass(6000);
  CHECK(lab.targets2() == kNear);
  for (const char* state : {"refuse", "unreachable"}) {
    lab.control(kServer + "state", state);
    lab.pass(60'000);
    CHECK(lab.targets2() == kNear);
    lab.control("fabric/targets/iqn.2026-01.org.example:disk1/alias", state);
    CHECK(lab.targets2() == kNear);
    lab.control("fabric/targets/iqn.2026-01.org.example:disk1/alias", "disk1");
    lab.control(kServer + "state", "up");
    lab.pass(10'000);
    CHECK(lab.read(kServer + "initiators") == "iqn.2026-01.org.example:hba0\n");
  }
  CHECK(lab.fired() == 1);
  // A late answer is one; a too late one is asked for again.
  lab.remove_server("192.0.2.50");
  lab.control(kServer + "delay_ms", "1500");
  lab.add("192.0.2.50");
  lab.pass(1000);
  CHECK(lab.targets2() == kNone);
  lab.pass(600);
  CHECK(lab.targets2() == kNear);
  lab.control(kServer + "delay_ms", "30s");
  lab.reset();
  lab.pass(20'000);
  CHECK(lab.targets2() == kNone);
  lab.control(kServer + "delay_ms", "0");
  lab.pass(10'000);
  CHECK(lab.targets2() == kNear);
}

TEST_CASE("links, networks and names decide how an iSNS server is asked") {
  IsnsLab lab;
  lab.add("192.0.2.50");
  lab.control("adapters/hba0/ports/0/link", "down");
  CHECK(lab.read(kServer + "initiators") == "\n");
  CHECK(lab.targets2() == kNear);
  lab.control("adapters/hba0/ports/0/link", "up");
  CHECK(lab.read(kServer + "initiators") == "iqn.2026-01.org.example:hba0\n");
  lab.control("fabric/networks/san/link", "down");
  CHECK(lab.read(kServer + "initiators") == "\n");
  lab.control("fabric/networks/san/link", "up");
  lab.pass(6000);
  CHECK(lab.read(kServer + "initiators") == "iqn.2026-01.org.example:hba0\n");
  // The server moves to a network where the adapter has its second port.
  lab.control(kServer + "network", "other");
  lab.pass(6000);
  CHECK(lab.targets2() == std::vector<std::string>{kFar});
  // Another node name is registered instead of the old one.
  iscsi::Le16 name[223 + 1] = {};
  miniport::put_text(name, "iqn.2026-01.org.example:renamed");
  Bytes in(sizeof name);
  std::memcpy(in.data(), name, sizeof name);
  CHECK(status_of(lab.call(Method::SetInitiatorNodeName, in)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.read(kServer + "initiators") == "iqn.2026-01.org.example:renamed\n");
  REQUIRE(lab.lab->control()->remove_directory("fabric/isns/192.0.2.50"));
  lab.pass(6000);
  CHECK(lab.targets2() == std::vector<std::string>{kFar});
  REQUIRE(lab.lab->control()->make_directory("fabric/isns/192.0.2.50"));
  lab.pass(6000);
  CHECK(lab.targets2() == kNear);
  // An adapter that has failed asks nobody, and begins anew when it works again.
  lab.control("adapters/hba0/faults/health", "failed");
  CHECK(lab.read(kServer + "initiators") == "\n");
  lab.control("adapters/hba0/faults/health", "working");
  CHECK(lab.targets2() == kNear);
}

TEST_CASE("MSiSCSI_DiscoveryConfig says whether and which iSNS servers are asked") {
  IsnsLab lab;
  lab.add("198.51.100.50");
  CHECK(lab.targets2() == std::vector<std::string>{kFar});
  lab.set_flags(false, false);
  CHECK(lab.targets2() == kNone);
  lab.set_flags(false, true);  // what announces itself, instead of what is configured
  CHECK(lab.targets2() == kNear);
  lab.control(kOther + "announced", "1");
  lab.pass(6000);
  CHECK(lab.targets2().size() == 2);
  CHECK(lab.targets2()[0] == kDisk1 + kFar.substr(kFar.find(" [2")));
  lab.set_flags(true, false);
  CHECK(lab.targets2() == std::vector<std::string>{kFar});
  lab.control(kServer + "announced", "0");
  lab.control(kOther + "announced", "0");
  lab.set_flags(true, true);
  CHECK(lab.targets2() == kNone);
  lab.control(kServer + "announced", "1");
  lab.pass(6000);
  CHECK(lab.targets2() == kNear);
  lab.control(kServer + "announced", "0");  // it has been found
  lab.pass(60'000);
  CHECK(lab.targets2() == kNear);
}

TEST_CASE("static targets are known without asking, and logins find them") {
  IsnsLab lab;
  const auto of = [&](std::size_t adapter) {
    const auto answer = lab.client->call_wait(
        lab.instance(iscsi::MSiSCSI_DiscoveryOperationsGuid, adapter),
        static_cast<std::uint32_t>(Discovery::ReportDiscoveredTargets2), {}, 1 << 20);
    return DiscoveryLab::lines2(answer);
  };
  const std::string fixed =
      "iqn.2026-01.org.example:fixed=configured [1 array.example:3260(array.example) ]"
      " [9 192.0.2.99:3261(in the attic) ]";
  const std::string disk = "[1 192.0.2.10:3260 ]";
  CHECK(of(0) == kNone);
  CHECK(of(1) == std::vector<std::string>{"IQN.2026-01.org.example:Disk1= " + disk, fixed});
  // An empty portal stands for one of those that were discovered.
  Login login{.target = std::string(kDisk), .address = "", .persistent = false};
  const auto answer = lab.run(Method::LoginToTarget, login_in(login), 64, 1);
  CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
  CHECK(of(1).front() == "IQN.2026-01.org.example:Disk1=disk1 " + disk);
  lab.reset("hba1");
  CHECK(of(1).size() == 2);
}

}  // namespace hbalab::lab_test
