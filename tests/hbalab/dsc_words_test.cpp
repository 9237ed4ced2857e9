// The words of a command line.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "dsc_support.hpp"

using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

constexpr const char* kTarget = "iqn.2026-01.org.example:disk";

Json arguments(const Words& words, const std::string& input = {}) {
  const auto request = read(words, input);
  INFO((request ? std::string() : request.error().text));
  REQUIRE(request.has_value());
  return request->arguments;
}

}  // namespace

TEST_CASE("values without names are the required arguments, in their order") {
  CHECK(arguments({"LoginIScsiTarget", kTarget}) == Json{{"TargetName", kTarget}});
  CHECK(arguments({"GetIScsiTargetInformation", kTarget, "TargetAlias"}) ==
        Json{{"TargetName", kTarget}, {"InfoClass", "TargetAlias"}});
  // What has been named is not expected again, wherever its name stands.
  CHECK(arguments({"GetIScsiTargetInformation", "TargetAlias", "--TargetName", kTarget}) ==
        Json{{"TargetName", kTarget}, {"InfoClass", "TargetAlias"}});
  CHECK(arguments({"SetIScsiInitiatorNodeName", kTarget}) == Json{{"InitiatorNodeName", kTarget}});
  CHECK(arguments({"SetIScsiInitiatorNodeName"}).empty());
  CHECK(refusal({"LoginIScsiTarget"}) == "TargetName: it is missing");
  CHECK(refusal({"RemoveIScsiConnection", "1-2"}) == "ConnectionId: it is missing");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "two"}) ==
        "\"two\" is one value too many; arguments that may be left out are given with their names");
  CHECK(refusal({"ClearPersistentIScsiDevices", "x"}).starts_with("\"x\" is one value too many"));
  CHECK(refusal({"ReportIScsiTargets", "true"}).starts_with("\"true\" is one value too many"));
}

TEST_CASE("names of arguments, letters without case, with '=' or a word behind them") {
  for (const Words& words :
       {Words{"LoginIScsiTarget", "--TargetName", kTarget, "--InitiatorPortNumber", "1"},
        Words{"loginiscsitarget", "--targetname=" + std::string(kTarget),
              "--INITIATORPORTNUMBER=1"}}) {
    CHECK(arguments(words) == Json{{"TargetName", kTarget}, {"InitiatorPortNumber", "1"}});
  }
  CHECK(arguments({"LoginIScsiTarget", "--TargetName="})["TargetName"] == "");
  CHECK(arguments({"LoginIScsiTarget", "--", "--odd"})["TargetName"] == "--odd");
  CHECK(arguments({"LoginIScsiTarget", "--TargetName=--odd"})["TargetName"] == "--odd");
  CHECK(refusal({"LoginIScsiTarget", "--InitiatorInstance", "--IsPersistent", kTarget}) ==
        "--InitiatorInstance has no value");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--InitiatorInstance"}) ==
        "--InitiatorInstance has no value");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--IniatorInstance", "x"}) ==
        "there is no argument \"IniatorInstance\"; did you mean \"InitiatorInstance\"?");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "-i", "x"}) == "there is no option \"-i\"");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--TargetName", "x", "--targetname", "y"}) ==
        "targetname: it came twice");
  // What answers, counts or is reserved is not given.
  for (const char* const name : {"UniqueSessionId", "KeySize"}) {
    CHECK(refusal({"LoginIScsiTarget", kTarget, std::string("--") + name, "1"})
              .starts_with("there is no argument"));
  }
  CHECK(refusal({"AddIScsiConnection", "1-2", "--Reserved", "1"})
            .starts_with("there is no argument"));
}

TEST_CASE("booleans need no value") {
  CHECK(arguments({"LoginIScsiTarget", "--IsPersistent", kTarget}) ==
        Json{{"IsPersistent", "true"}, {"TargetName", kTarget}});
  for (const char* const no : {"false", "FALSE", "0"}) {
    CHECK(arguments({"ReportIScsiTargets", "--ForceUpdate", no})["ForceUpdate"] == no);
    CHECK(arguments({"ReportIScsiTargets", std::string("--ForceUpdate=") + no})["ForceUpdate"] ==
          no);
  }
  CHECK(
      refusal({"ReportIScsiTargets", "--ForceUpdate=maybe"}).starts_with("ForceUpdate: \"maybe\""));
}

TEST_CASE("functions that are not there") {
  CHECK(refusal({"LoginIScsiTraget"}) ==
        "there is no function \"LoginIScsiTraget\"; did you mean \"LoginIScsiTarget\"?");
  CHECK(refusal({"LoginIScsiTargetW"}) ==
        "there is no function \"LoginIScsiTargetW\"; did you mean \"LoginIScsiTarget\"?");
  CHECK(refusal({"something"}) == "there is no function \"something\"");
  CHECK(refusal({"--nothing"}) == "there is no option \"--nothing\"");
  CHECK(refusal({}) == "no function");
}

TEST_CASE("options that are nobody's arguments") {
  const auto request = read({"--json", "--tree", "/mnt", "GetIScsiVersionInformation"});
  REQUIRE(request.has_value());
  CHECK(request->json);
  CHECK(request->tree == "/mnt");
  const auto behind = read({"GetIScsiVersionInformation", "--tree=/mnt", "--json", "-h"});
  REQUIRE(behind.has_value());
  CHECK(behind->json);
  CHECK(behind->tree == "/mnt");
  CHECK(behind->help);
  // Help does not need what is missing.
  CHECK(read({"LoginIScsiTarget", "--help"}).has_value());
  CHECK(refusal({"--json=x"}) == "--json has no value");
  CHECK(refusal({"--tree"}) == "--tree has no value");
}

TEST_CASE("members of structures") {
  CHECK(arguments({"LoginIScsiTarget", kTarget, "--LoginOptions.AuthType", "chap",
                   "--loginoptions.username=operator"})["LoginOptions"] ==
        Json{{"AuthType", "chap"}, {"Username", "operator"}});
  CHECK(arguments({"GetIScsiIKEInfo", "--AuthInfo.PsKey.Id", "host"})["AuthInfo"] ==
        Json{{"PsKey", {{"Id", "host"}}}});
  // The whole and a member of it.
  CHECK(arguments({"LoginIScsiTarget", kTarget, "--LoginOptions", R"({"AuthType": 1})",
                   "--LoginOptions.Password", "x"})["LoginOptions"] ==
        Json{{"AuthType", 1}, {"Password", "x"}});
  CHECK(arguments(
            {"AddIScsiSendTargetPortal", "192.0.2.10:1", "--Portal.SymbolicName", "a"})["Portal"] ==
        Json{{"SymbolicName", "a"}, {"Address", "192.0.2.10"}, {"Socket", "1"}});
  CHECK(refusal({"AddIScsiSendTargetPortal", "192.0.2.10:1", "--Portal.Address", "a"}) ==
        "Portal: its member \"Address\" came twice");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions.AuthTyp", "1"}) ==
        "there is no member \"AuthTyp\" of LoginOptions; did you mean \"AuthType\"?");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--TargetName.x", "1"}) ==
        "TargetName has no members");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions.AuthType", "1", "--LoginOptions",
                 R"({"authtype": 1})"}) == "LoginOptions: its member \"authtype\" came twice");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", "x"})
            .starts_with("LoginOptions: a text came, JSON"));
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", "[{}]"}) ==
        "LoginOptions: a list came, an object was expected");
  CHECK(refusal({"SetIScsiIKEInfo", R"({"pskey": 5})", "--AuthInfo.PsKey.Id", "x"}) ==
        "AuthInfo: its member \"pskey\" came twice");
  CHECK(refusal({"SetIScsiIKEInfo", "--AuthInfo", R"({"pskey": 5})", "--AuthInfo.PsKey.Id", "x"}) ==
        "AuthInfo.PsKey came as a whole");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--Mappings", R"({"LUNList": 5})",
                 "--Mappings.LUNList", "0:1"}) == "Mappings.LUNList: it came twice");
  CHECK(refusal({"SetIScsiIKEInfo", R"({"pskey": 5})"}) ==
        "AuthInfo.PsKey: a number came, an object was expected");
  CHECK(
      refusal({"LoginIScsiTarget", kTarget, "--.x", "1"}).starts_with("there is no argument \"\""));
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions.", "1"})
            .starts_with("there is no member \"\" of LoginOptions"));
}

TEST_CASE("portals, ids and lists are texts") {
  const auto portal = [](const char* text) {
    return arguments({"AddIScsiSendTargetPortal", text})["Portal"];
  };
  CHECK(portal("192.0.2.10") == Json{{"Address", "192.0.2.10"}});
  CHECK(portal("array.example:3261") == Json{{"Address", "array.example"}, {"Socket", "3261"}});
  CHECK(portal("2001:db8::1") == Json{{"Address", "2001:db8::1"}});
  CHECK(portal("[2001:db8::1]") == Json{{"Address", "2001:db8::1"}});
  CHECK(portal("[2001:db8::1]:1") == Json{{"Address", "2001:db8::1"}, {"Socket", "1"}});
  CHECK(portal("") == Json{{"Address", ""}});
  CHECK(refusal({"AddIScsiSendTargetPortal", "[2001:db8::1"}) ==
        "Portal: \"[2001:db8::1\" came, there is no ']' behind the address");
  CHECK(refusal({"AddIScsiSendTargetPortal", "[::1]1"}).starts_with("Portal: \"[::1]1\" came"));
  CHECK(refusal({"AddIScsiSendTargetPortal", "a:70000"}).starts_with("Portal.Socket: "));
  CHECK(refusal({"AddIScsiSendTargetPortal", "a:"}).starts_with("Portal.Socket: nothing came"));

  CHECK(arguments({"LogoutIScsiTarget", "0x1-0xFF"})["UniqueSessionId"] ==
        Json{{"AdapterUnique", "0x1"}, {"AdapterSpecific", "0xFF"}});
  for (const char* const bad : {"", "5", "-5", "5-", "-"}) {
    INFO(bad);
    CHECK(refusal({"LogoutIScsiTarget", "--UniqueSessionId=" + std::string(bad)})
              .ends_with("0xADAPTER-0xNUMBER was expected"));
  }
  CHECK(refusal({"LogoutIScsiTarget", "1-0x1FFFFFFFFFFFFFFFF"})
            .starts_with("UniqueSessionId.AdapterSpecific: "));

  // Several words make one list.
  const Json group = arguments({"AddIScsiStaticTarget", kTarget, "--PortalGroup.Portals", "a,b:1",
                                "--PortalGroup.Portals", "c"})["PortalGroup"];
  CHECK(group["Portals"] == Json({"a", "b:1", "c"}));
  // A list of JSON, and addresses in brackets.
  const auto portals = [](const char* text) {
    return arguments({"AddIScsiStaticTarget", kTarget, "--PortalGroup", text})["PortalGroup"];
  };
  CHECK(portals(R"([{"Address": "a"}, "b"])") ==
        Json{{"Portals", Json::array({Json{{"Address", "a"}}, "b"})}});
  CHECK(portals("[::1]:2,a") == Json{{"Portals", "[::1]:2,a"}});
  CHECK(arguments({"AddIScsiStaticTarget", kTarget, "--PortalGroup.Portals", R"({"Address": "a"})",
                   "--PortalGroup.Portals", "b"})["PortalGroup"]["Portals"] ==
        Json::array({Json{{"Address", "a"}}, "b"}));
  CHECK(portals("[]") == Json{{"Portals", Json::array()}});
  CHECK(refusal({"AddIScsiStaticTarget", kTarget, "--PortalGroup", "[::1]:2,[::2]"}) == "accepted");
}

TEST_CASE("what stands in files and on standard input") {
  const auto path =
      std::filesystem::temp_directory_path() / ("hbalab-dsc-words-" + std::to_string(::getpid()));
  std::ofstream(path) << R"({"AuthType": "chap"})" << '\n';
  const std::string file = "@" + path.string();
  CHECK(arguments({"LoginIScsiTarget", kTarget, "--LoginOptions", file})["LoginOptions"] ==
        Json{{"AuthType", "chap"}});
  CHECK(arguments({"LoginIScsiTarget", kTarget, "--LoginOptions", "-"},
                  "\n {\"Version\": 1}")["LoginOptions"] == Json{{"Version", 1}});
  CHECK(arguments({"LogoutIScsiTarget", "-"}, "0x1-0x2\n")["UniqueSessionId"] ==
        Json{{"AdapterUnique", "0x1"}, {"AdapterSpecific", "0x2"}});
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", "-", "--Key", "-"}, "{}") ==
        "Key: standard input has been read for another argument");
  // Texts are what they are.
  CHECK(arguments({"LoginIScsiTarget", file})["TargetName"] == file);
  CHECK(refusal({"SetIScsiInitiatorCHAPSharedSecret", file}) == "accepted");
  CHECK(refusal({"SetIScsiInitiatorCHAPSharedSecret", file + "x"}) ==
        "SharedSecret: the file \"" + path.string() +
            "x\" cannot be opened: No such file or directory");
  CHECK(refusal({"SetIScsiInitiatorCHAPSharedSecret", "@/"}) ==
        "SharedSecret: the file \"/\" cannot be read");
  CHECK(refusal({"SetIScsiInitiatorCHAPSharedSecret", "@/dev/zero"}) ==
        "SharedSecret: the file \"/dev/zero\" has more than 1048576 bytes");
  std::filesystem::remove(path);
}

TEST_CASE("a shell is told what may come next") {
  const auto has = [](const Words& words, const std::string& choice) {
    const auto choices = complete(words);
    return std::ranges::find(choices, choice) != choices.end();
  };
  for (const Function& function : functions()) {
    CHECK(has({""}, std::string(function.arguments.name)));
    // Whatever is offered for an argument can be read.
    for (const Field& field : function.arguments.fields) {
      if (!field.is_input()) continue;
      const std::string option = "--" + std::string(field.name);
      INFO(function.arguments.name << ' ' << option);
      CHECK(has({std::string(function.arguments.name), "--"}, option));
      for (const std::string& value :
           complete({std::string(function.arguments.name), option, ""})) {
        if (field.names == nullptr) continue;
        CHECK(read({std::string(function.arguments.name), option, value}).has_value());
      }
    }
  }
  CHECK(has({"LoginIScsiTarget", "--LoginOptions."}, "--LoginOptions.AuthType"));
  CHECK(!has({"LoginIScsiTarget", "--"}, "--LoginOptions.AuthType"));
  CHECK(has({"SetIScsiIKEInfo", "--AuthInfo.PsKey."}, "--AuthInfo.PsKey.IdType"));
  CHECK(complete({"LoginIScsiTarget", "--LoginOptions.AuthType", "c"}) ==
        Words{"no", "chap", "mutual_chap"});
  CHECK(complete({"LoginIScsiTarget", "--LoginOptions.AuthType", "=", "c"}).size() == 3);
  CHECK(has({"GetIScsiTargetInformation", kTarget, "T"}, "TargetAlias"));
  CHECK(!has({"GetIScsiTargetInformation", "T"}, "TargetAlias"));
  CHECK(complete({"Login", ""}).empty());
  CHECK(complete({"LoginIScsiTarget", "--tree", ""}).empty());
  CHECK(has({"LoginIScsiTarget", "--IsPersistent", "--"}, "--TargetPortal"));
  CHECK(!complete({}).empty());
}
