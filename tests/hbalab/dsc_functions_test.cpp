// Every function through a command line, against a lab in this process.
#include <map>
#include <set>

#include "dsc_support.hpp"
#include "tests/iscsidsc/world.hpp"

using namespace hbalab;
using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

constexpr const char* kDisk = "iqn.2026-01.org.example:disk1";
constexpr const char* kSecure = "iqn.2026-01.org.example:secure";
const std::string kHba(dsc_test::kHba0);

// Command lines of all functions; what stands in braces is put in.
const std::vector<Words> kLines = {
    {"GetIScsiVersionInformation"},
    {"ReportIScsiInitiatorList"},
    {"AddIScsiSendTargetPortal", "192.0.2.10"},
    {"AddIScsiSendTargetPortal", "192.0.2.20", "--LoginOptions",
     R"({"AuthType": "chap", "Username": "operator", "Password": "-"})"},
    {"RefreshIScsiSendTargetPortal", "192.0.2.10:3260"},
    {"ReportIScsiSendTargetPortals"},
    {"ReportIScsiSendTargetPortalsEx"},
    {"ReportIScsiTargets", "--ForceUpdate"},
    {"GetIScsiTargetInformation", kDisk, "PortalGroups"},
    {"ReportIScsiTargetPortals", kDisk, "--TargetPortalTag", "1"},
    {"LoginIScsiTarget", kDisk, "--InitiatorInstance", kHba},
    {"GetIScsiSessionList"},
    {"GetIScsiSessionListEx"},
    {"GetDevicesForIScsiSession", "{session}"},
    {"ReportActiveIScsiTargetMappings"},
    {"SendScsiInquiry", "{session}"},
    {"SendScsiReadCapacity", "{session}", "--Lun", "0"},
    {"SendScsiReportLuns", "{session}"},
    {"AddIScsiConnection", "{session}", "--TargetPortal", "[2001:db8::10]"},
    {"RemoveIScsiConnection", "{session}", "0x1-0x2"},
    {"LoginIScsiTarget", kSecure, "--IsPersistent", "--LoginOptions.AuthType", "chap",
     "--LoginOptions.Username", "operator", "--LoginOptions.Password", "-"},
    {"ReportIScsiPersistentLogins"},
    {"SetupPersistentIScsiVolumes"},
    {"SetupPersistentIScsiDevices"},
    {"AddPersistentIScsiDevice", R"(\\.\PhysicalDrive9)"},
    {"ReportPersistentIScsiDevices"},
    {"RemovePersistentIScsiDevice", R"(\\.\PhysicalDrive9)"},
    {"ClearPersistentIScsiDevices"},
    {"RemoveIScsiPersistentTarget", kSecure},
    {"LogoutIScsiTarget", "{session}"},
    {"AddIScsiStaticTarget", kDisk, "--PortalGroup", "192.0.2.10,[2001:db8::10]"},
    {"RemoveIScsiStaticTarget", kDisk},
    {"RemoveIScsiSendTargetPortal", "192.0.2.10"},
    {"SetIScsiTunnelModeOuterAddress", "--OuterModeAddress", "192.0.2.9"},
    {"SetIScsiIKEInfo", "--AuthInfo.PsKey", R"({"IdType": "fqdn", "Id": "host", "Key": "-"})"},
    {"GetIScsiIKEInfo", R"({"PsKey": {"IdType": "fqdn", "Id": "host"}})"},
    {"SetIScsiGroupPresharedKey", "-", "--Persist"},
    {"SetIScsiInitiatorCHAPSharedSecret", "-"},
    {"SetIScsiInitiatorRADIUSSharedSecret", "-"},
    {"SetIScsiInitiatorNodeName", "iqn.2026-01.org.example:me"},
    {"GetIScsiInitiatorNodeName"},
    {"AddISNSServer", "192.0.2.70"},
    {"ReportISNSServerList"},
    {"RefreshISNSServer", "192.0.2.70"},
    {"RemoveISNSServer", "192.0.2.70"},
    {"AddRadiusServer", "192.0.2.80"},
    {"ReportRadiusServerList"},
    {"RemoveRadiusServer", "192.0.2.80"},
};
constexpr const char* kSecret = "fifteen-bytes-x";

// What these answer here; all others succeed.
const std::map<std::string, ISDSC_STATUS> kOtherStatuses = {
    {"AddIScsiConnection", ISDSC_TOO_MANY_CONNECTIONS},
    {"RemoveIScsiConnection", ISDSC_INVALID_CONNECTION_ID},
    {"AddPersistentIScsiDevice", ISDSC_DEVICE_NOT_ISCSI_OR_PERSISTENT},
    {"RemovePersistentIScsiDevice", ISDSC_DEVICE_NOT_FOUND},
    {"RefreshISNSServer", ISDSC_SUCCESS},
};

Words filled(Words words, const std::string& session) {
  for (std::string& word : words) {
    if (word == "{session}") word = session;
  }
  return words;
}

}  // namespace

TEST_CASE("every function is called, and answers in text and JSON") {
  const auto world = dsc_test::World::open();
  std::set<std::string_view> called;
  std::string session = "0x1-0x2";
  for (const Words& line : kLines) {
    const Words words = filled(line, session);
    INFO(words.front() << ' ' << (words.size() > 1 ? words[1] : ""));
    const Answer answer = run(words, kSecret + std::string("\n"));
    const Function& function = *find_function(words.front());
    called.insert(function.arguments.name);
    const auto other = kOtherStatuses.find(words.front());
    const auto expected = other == kOtherStatuses.end() ? ERROR_SUCCESS : other->second;
    INFO(status_text(answer.status));
    CHECK(answer.status == expected);
    const Json json = answer_json(function, answer);
    CHECK(json["function"] == function.arguments.name);
    CHECK(json["status"]["code"] == answer.status);
    CHECK(json["result"].is_null() == (answer.status != ERROR_SUCCESS));
    const std::string text = printed(answer);
    CHECK(text.find(kSecret) == std::string::npos);
    CHECK(json.dump().find(kSecret) == std::string::npos);
    for (const Field& field : function.arguments.fields) {
      if (!field.is_output() || json["result"].is_null()) continue;
      CHECK(json["result"].contains(field.name));
    }
    if (words.front() == "LoginIScsiTarget" && session == "0x1-0x2") {
      session = json["result"]["UniqueSessionId"].get<std::string>();
    }
    // Devices come to be after a while.
    if (words.front() == "LoginIScsiTarget") {
      CHECK(world->eventually(
          [&] { return !run({"GetDevicesForIScsiSession", session}).result["Devices"].empty(); }));
    }
  }
  for (const Function& function : functions()) {
    INFO(function.arguments.name);
    CHECK(called.contains(function.arguments.name));
  }
}

TEST_CASE("everything that can be told of a target") {
  const auto world = dsc_test::World::open();
  REQUIRE(run({"AddIScsiSendTargetPortal", "192.0.2.10"}).status == ERROR_SUCCESS);
  REQUIRE(run({"AddIScsiStaticTarget", kDisk, "--TargetAlias", "alias \u00e9", "--TargetFlags",
               "hide_static_target", "--PortalGroup", "192.0.2.99:1", "--Mappings",
               R"({"OSTargetNumber": 4, "LUNList": "0:3,1:0xFFFFFFFFFFFFFFFF"})",
               "--LoginOptions.AuthType", "chap"})
              .status == ERROR_SUCCESS);
  const auto told = [](const char* what, const Words& more = {}) {
    Words words{"GetIScsiTargetInformation", kDisk, what};
    words.insert(words.end(), more.begin(), more.end());
    const Answer answer = run(words);
    REQUIRE(answer.status == ERROR_SUCCESS);
    return answer;
  };
  CHECK(printed(told("ProtocolType")) == "0 (ISCSI_TCP_PROTOCOL_TYPE)\n");
  CHECK(told("ProtocolType").result ==
        Json{{"Buffer", 0}, {"Buffer.name", "ISCSI_TCP_PROTOCOL_TYPE"}});
  CHECK(printed(told("TargetAlias")) == "alias \u00e9\n");
  CHECK(printed(told("DiscoveryMechanisms")) ==
        "SendTargets:*192.0.2.10 0003260 " + kHba + "\nStatic:\n");
  const Json groups = told("PortalGroups").result["Buffer"];
  REQUIRE(groups.size() == 3);
  CHECK(groups[0]["Portals"].size() == 2);
  CHECK(groups[1]["Portals"][0]["Address"] == "192.0.2.11");
  CHECK(groups[2]["Portals"][0] ==
        Json{{"SymbolicName", ""}, {"Address", "192.0.2.99"}, {"Socket", 1}});
  CHECK(printed(told("PortalGroups")) ==
        "Buffer[0]\n  Count  2\n  Portals[0]  192.0.2.10:3260\n  Portals[1]  [2001:db8::10]:3260\n"
        "\nBuffer[1]\n  Count  1\n  Portals[0]  192.0.2.11:3260\n"
        "\nBuffer[2]\n  Count  1\n  Portals[0]  192.0.2.99:1\n");
  const Json mappings = told("PersistentTargetMappings").result["Buffer"];
  REQUIRE(mappings.size() == 1);
  CHECK(mappings[0]["LUNList"][1]["TargetLUN"].dump() == "18446744073709551615");
  CHECK(printed(told("InitiatorName")) == kHba + "\n");
  CHECK(printed(told("TargetFlags")) == "0x2 (ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET)\n");
  CHECK(told("LoginOptions", {"--DiscoveryMechanism", "Static:"}).result["Buffer"]["AuthType"] ==
        1);
  CHECK(run({"GetIScsiTargetInformation", kDisk, "LoginOptions"}).status ==
        ERROR_INVALID_PARAMETER);
}

TEST_CASE("a SCSI command that fails answers its status and its sense data") {
  const auto world = dsc_test::World::open();
  REQUIRE(run({"AddIScsiSendTargetPortal", "192.0.2.10"}).status == ERROR_SUCCESS);
  const Answer login = run({"LoginIScsiTarget", kDisk});
  REQUIRE(login.status == ERROR_SUCCESS);
  const auto session = login.result["UniqueSessionId"].get<std::string>();
  const Answer answer = run({"SendScsiInquiry", session, "--EvpdCmddt", "1", "--PageCode", "0x55"});
  CHECK(answer.status == ISDSC_SCSI_REQUEST_FAILED);
  CHECK(answer.result["ScsiStatus"] == 2);
  CHECK(answer.result["ResponseBuffer"] == "");
  CHECK(answer.result["SenseBuffer"].get<std::string>().starts_with("70"));
  CHECK(run({"SendScsiInquiry", "0x1-0x2"}).result.is_null());
  CHECK(run({"SendScsiInquiry", session}).result["SenseBuffer"].is_null());
}

TEST_CASE("without a lab every function says that the service is not running") {
  const auto world = dsc_test::World::open();
  world->hide();
  for (const Words& line : kLines) {
    INFO(line.front());
    const Answer answer = run(filled(line, "0x1-0x2"), kSecret);
    CHECK(answer.status == (line.front() == "GetIScsiVersionInformation"
                                ? ISDSC_STATUS{ERROR_SUCCESS}
                                : ISDSC_STATUS{ISDSC_SERVICE_NOT_RUNNING}));
  }
}
