// Answers as people see them.
#include <cstring>

#include "dsc_support.hpp"

using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

Answer answer_of(const char* function, Json result) {
  Answer answer;
  for (const Field& field : find_function(function)->arguments.fields) {
    if (field.is_output()) answer.fields.push_back(field);
  }
  answer.result = std::move(result);
  return answer;
}

template <typename T>
Json shown(const char* function, const char* field, const T& value) {
  return decode(*find_function(function)->arguments.find(field)->record,
                reinterpret_cast<const std::uint8_t*>(&value));
}

}  // namespace

TEST_CASE("texts alone stand one on a line") {
  CHECK(printed(answer_of("ReportIScsiTargets", {{"Buffer", {"one", "two"}}})) == "one\ntwo\n");
  CHECK(printed(answer_of("ReportIScsiTargets", {{"Buffer", Json::array()}})).empty());
  CHECK(printed(answer_of("GetIScsiInitiatorNodeName", {{"InitiatorNodeName", "iqn.x"}})) ==
        "iqn.x\n");
  // A terminal takes no orders from a target's alias.
  CHECK(printed(answer_of("GetIScsiInitiatorNodeName", {{"InitiatorNodeName", "a\x1b[2J\tb"}})) ==
        "a\uFFFD[2J\uFFFDb\n");
  CHECK(printed(answer_of("LogoutIScsiTarget", Json::object())).empty());
  CHECK(printed(answer_of("LogoutIScsiTarget", nullptr)).empty());
}

TEST_CASE("members stand below each other with their names") {
  const ISCSI_VERSION_INFO version{6, 1, 7600};
  CHECK(printed(answer_of(
            "GetIScsiVersionInformation",
            {{"VersionInfo", shown("GetIScsiVersionInformation", "VersionInfo", version)}})) ==
        "MajorVersion  6\nMinorVersion  1\nBuildNumber   7600\n");

  PERSISTENT_ISCSI_LOGIN_INFOA login{};
  std::strcpy(login.TargetName, "iqn.x");
  login.InitiatorPortNumber = ISCSI_ANY_INITIATOR_PORT;
  std::strcpy(login.TargetPortal.Address, "2001:db8::1");
  std::strcpy(login.TargetPortal.SymbolicName, "left");
  login.TargetPortal.Socket = 3260;
  login.SecurityFlags = ISCSI_SECURITY_FLAG_VALID | 0x100;
  login.LoginOptions.AuthType = ISCSI_CHAP_AUTH_TYPE;
  const Json one = shown("ReportIScsiPersistentLogins", "PersistentLoginInfo", login);
  const std::string options =
      "  LoginOptions\n"
      "    Version               0\n"
      "    InformationSpecified  0x0\n"
      "    LoginFlags            0x0\n"
      "    AuthType              1 (ISCSI_CHAP_AUTH_TYPE)\n"
      "    HeaderDigest          0 (ISCSI_DIGEST_TYPE_NONE)\n"
      "    DataDigest            0 (ISCSI_DIGEST_TYPE_NONE)\n"
      "    MaximumConnections    0\n"
      "    DefaultTime2Wait      0\n"
      "    DefaultTime2Retain    0\n"
      "    UsernameLength        0\n"
      "    PasswordLength        0\n"
      "    Username              -\n"
      "    Password              -\n";
  const std::string members =
      "  TargetName              iqn.x\n"
      "  IsInformationalSession  false\n"
      "  InitiatorInstance\n"
      "  InitiatorPortNumber     4294967295 (ISCSI_ANY_INITIATOR_PORT)\n"
      "  TargetPortal            [2001:db8::1]:3260 \"left\"\n"
      "  SecurityFlags           0x101 (ISCSI_SECURITY_FLAG_VALID|0x100)\n"
      "  Mappings                -\n" +
      options;
  CHECK(printed(answer_of("ReportIScsiPersistentLogins", {{"PersistentLoginInfo", {one, one}}})) ==
        "PersistentLoginInfo[0]\n" + members + "\nPersistentLoginInfo[1]\n" + members);
}

TEST_CASE("bytes are digits, and rows where they are many") {
  const auto inquiry = [](const std::string& digits) {
    return printed(
        answer_of("SendScsiInquiry",
                  {{"ScsiStatus", 2}, {"ResponseBuffer", digits}, {"SenseBuffer", nullptr}}));
  };
  CHECK(inquiry("00ff") == "ScsiStatus      0x02\nResponseBuffer  00ff\nSenseBuffer     -\n");
  CHECK(inquiry("00414243444546474849"
                "4a4b4c4d4e4f"
                "5a") ==
        "ScsiStatus   0x02\n"
        "ResponseBuffer  17 bytes\n"
        "  0000  00 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  .ABCDEFGHIJKLMNO\n"
        "  0010  5a                                               Z\n"
        "SenseBuffer  -\n");
}

TEST_CASE("JSON has the same shape whatever happened") {
  const Function& function = *find_function("ReportIScsiTargets");
  Answer answer = answer_of("ReportIScsiTargets", {{"Buffer", {"one"}}});
  CHECK(answer_json(function, answer).dump() ==
        R"({"function":"ReportIScsiTargets","status":{"name":"ERROR_SUCCESS","code":0},)"
        R"("result":{"Buffer":["one"]}})");
  answer.result = nullptr;
  answer.status = ISDSC_SERVICE_NOT_RUNNING;
  CHECK(answer_json(function, answer).dump() ==
        R"({"function":"ReportIScsiTargets","status":{"name":"ISDSC_SERVICE_NOT_RUNNING",)"
        R"("code":4026466366},"result":null})");
  answer.status = 0x12345678;
  CHECK(answer_json(function, answer)["status"]["name"].is_null());
}

TEST_CASE("numbers of 64 bits are exact") {
  const ISCSI_TARGET_MAPPINGA mapping{};
  SCSI_LUN_LIST lun{7, 0xFFFFFFFFFFFFFFFD};
  ISCSI_TARGET_MAPPINGA with = mapping;
  with.LUNCount = 1;
  with.LUNList = &lun;
  const Json json = shown("ReportActiveIScsiTargetMappings", "Mappings", with);
  CHECK(json["LUNList"].dump() == R"([{"OSLUN":7,"TargetLUN":18446744073709551613}])");
  CHECK(printed(answer_of("ReportActiveIScsiTargetMappings", {{"Mappings", {json}}}))
            .find("    OSLUN      7\n    TargetLUN  0xFFFFFFFFFFFFFFFD\n") != std::string::npos);
}
