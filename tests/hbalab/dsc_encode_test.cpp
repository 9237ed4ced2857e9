// Arguments become memory as a program in C has it, and memory becomes answers.
#include <cstring>
#include <random>

#include "dsc_support.hpp"

using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

constexpr const char* kTarget = "iqn.2026-01.org.example:disk";

// The arguments of a call, in their places of 8 bytes.
struct Slots {
  explicit Slots(const Words& words, const std::string& input = {}) : stream(input) {
    const auto request = read_words(words, sources);
    INFO((request ? std::string() : request.error().text));
    REQUIRE(request.has_value());
    slots.resize(request->function->arguments.fields.size());
    const auto encoded = encode(request->function->arguments, request->arguments,
                                reinterpret_cast<std::uint8_t*>(slots.data()), memory, sources);
    INFO((encoded ? std::string() : encoded.error().to_string()));
    REQUIRE(encoded.has_value());
  }
  template <typename T>
  const T* at(std::size_t i) const {
    return reinterpret_cast<const T*>(slots[i]);
  }
  std::istringstream stream;
  Sources sources{stream};
  Memory memory;
  std::vector<std::uint64_t> slots;
};

std::string bytes(const UCHAR* at, ULONG size) { return {at, at + size}; }

const Record& options_record() {
  return *find_function("LoginIScsiTarget")->arguments.find("LoginOptions")->record;
}

}  // namespace

TEST_CASE("what is left out is NULL, or has its default") {
  const Slots slots({"LoginIScsiTarget", kTarget});
  CHECK(std::string(slots.at<char>(0)) == kTarget);
  CHECK(slots.slots[3] == ISCSI_ANY_INITIATOR_PORT);
  for (const std::size_t i : {1, 2, 4, 5, 6, 7, 8, 9, 10}) CHECK(slots.slots[i] == 0);
  // A text without characters is a text.
  const Slots empty({"LoginIScsiTarget", "", "--InitiatorInstance="});
  REQUIRE(empty.slots[2] != 0);
  CHECK(std::string(empty.at<char>(2)).empty());
}

TEST_CASE("structures have the layout of the header") {
  const Slots slots({"LoginIScsiTarget", kTarget, "--TargetPortal", "[2001:db8::1]:3261",
                     "--TargetPortal.SymbolicName", "left", "--Mappings",
                     R"({"OSBusNumber": 1, "OSTargetNumber": 2, "TargetName": "t",
                         "SessionId": "0x1-0xFFFFFFFFFFFFFFFF",
                         "LUNList": [{"OSLUN": 3, "TargetLUN": "0x4000000000000000"}, "5:6"]})",
                     "--SecurityFlags", "valid|pfs_enabled", "--Key", "hex:00FF", "--IsPersistent",
                     "--IsInformationalSession=true"});
  CHECK(slots.slots[1] == TRUE);
  const auto* const portal = slots.at<ISCSI_TARGET_PORTALA>(4);
  CHECK(std::string(portal->Address) == "2001:db8::1");
  CHECK(std::string(portal->SymbolicName) == "left");
  CHECK(portal->Socket == 3261);
  CHECK(slots.slots[5] == (ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_PFS_ENABLED));
  const auto* const mapping = slots.at<ISCSI_TARGET_MAPPINGA>(6);
  CHECK(mapping->OSBusNumber == 1);
  CHECK(mapping->OSTargetNumber == 2);
  CHECK(std::string(mapping->TargetName) == "t");
  CHECK(mapping->SessionId.AdapterSpecific == 0xFFFFFFFFFFFFFFFF);
  REQUIRE(mapping->LUNCount == 2);
  CHECK(mapping->LUNList[0].OSLUN == 3);
  CHECK(mapping->LUNList[0].TargetLUN == 0x4000000000000000);
  CHECK(mapping->LUNList[1].OSLUN == 5);
  CHECK(mapping->LUNList[1].TargetLUN == 6);
  CHECK(slots.slots[8] == 2);
  CHECK(bytes(slots.at<UCHAR>(9), 2) == std::string("\0\xFF", 2));
  CHECK(slots.slots[10] == TRUE);
}

TEST_CASE("a list at the end of a structure has all its elements") {
  const Slots slots({"AddIScsiStaticTarget", kTarget, "--PortalGroup", "192.0.2.1,a:1,[::1]:2"});
  const auto* const group = slots.at<ISCSI_TARGET_PORTAL_GROUPA>(6);
  REQUIRE(group->Count == 3);
  const ISCSI_TARGET_PORTALA* const portals = &group->Portals[0];
  CHECK(std::string(portals[0].Address) == "192.0.2.1");
  CHECK(portals[0].Socket == 3260);
  CHECK(std::string(portals[2].Address) == "::1");
  CHECK(portals[2].Socket == 2);
  const Slots none({"AddIScsiStaticTarget", kTarget, "--PortalGroup", "[]"});
  CHECK(refusal({"AddIScsiStaticTarget", kTarget, "--PortalGroup", "[]"}) == "accepted");
}

TEST_CASE("members that are given are the ones that count") {
  const Slots slots({"LoginIScsiTarget", kTarget, "--LoginOptions",
                     R"({"AuthType": "chap", "Username": "operator", "Password": "-"})"},
                    "secret\n");
  const auto* const options = slots.at<ISCSI_LOGIN_OPTIONS>(7);
  CHECK(options->AuthType == ISCSI_CHAP_AUTH_TYPE);
  CHECK(options->InformationSpecified ==
        (ISCSI_LOGIN_OPTIONS_AUTH_TYPE | ISCSI_LOGIN_OPTIONS_USERNAME |
         ISCSI_LOGIN_OPTIONS_PASSWORD));
  CHECK(bytes(options->Username, options->UsernameLength) == "operator");
  CHECK(bytes(options->Password, options->PasswordLength) == "secret");
  // Whoever says what counts, is followed.
  const Slots said({"LoginIScsiTarget", kTarget, "--LoginOptions.AuthType", "1",
                    "--LoginOptions.InformationSpecified", "username,0x1"});
  CHECK(said.at<ISCSI_LOGIN_OPTIONS>(7)->InformationSpecified == 0x21);
}

TEST_CASE("bytes are a text, digits, a file's or standard input's") {
  const auto secret = [](const char* word, const std::string& input = {}) {
    const Slots slots({"SetIScsiInitiatorCHAPSharedSecret", word}, input);
    return bytes(slots.at<UCHAR>(1), static_cast<ULONG>(slots.slots[0]));
  };
  CHECK(secret("text") == "text");
  CHECK(secret("") == "");
  CHECK(secret("@@file") == "@file");
  CHECK(secret("hex:") == "");
  CHECK(secret("hex:0aFf") == "\x0a\xff");
  CHECK(secret("-", "from input\n") == "from input");
  CHECK(secret("-", "two\n\n") == "two\n");
  CHECK(secret("-", std::string("a\0b", 3)) == std::string("a\0b", 3));
}

TEST_CASE("a value that is refused says what came, and a secret does not") {
  const auto login = [](const char* options) {
    return refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", options});
  };
  CHECK(login(R"({"AuthType": "chp"})").starts_with("LoginOptions.AuthType: \"chp\" came, "));
  CHECK(login(R"({"AuthType": "chp"})").ends_with("did you mean \"chap\"?"));
  CHECK(login(R"({"AuthTyp": 1})") ==
        "LoginOptions: there is no member \"AuthTyp\"; did you mean \"AuthType\"?");
  CHECK(login(R"({"Version": 4294967296})")
            .starts_with("LoginOptions.Version: 4294967296 is outside"));
  CHECK(login(R"({"Version": -1})").starts_with("LoginOptions.Version: -1 is outside"));
  CHECK(login(R"({"Version": 1.5})").starts_with("LoginOptions.Version: a fraction"));
  CHECK(login(R"({"Version": 99999999999999999999999})")
            .starts_with("LoginOptions.Version: a fraction"));
  CHECK(login(R"({"Version": [1]})") == "LoginOptions.Version: a list came, a number was expected");
  CHECK(login(R"({"Version": true})").starts_with("LoginOptions.Version: a boolean came"));
  CHECK(login(R"({"LoginFlags": ["require_ipsec", 1]})") ==
        "LoginOptions.LoginFlags: a number came, a name was expected");
  CHECK(login(R"({"LoginFlags": ["require_ipsec", "multipath_enabled"]})") == "accepted");
  CHECK(login(R"({"AuthType": 1, "AuthType": 2})").find("twice") != std::string::npos);
  CHECK(login(R"({"AuthType": 1, "authtype": 2})") == "LoginOptions.AuthType: it came twice");
  CHECK(login(R"({"UsernameLength": 3, "Username": "four"})") ==
        "LoginOptions.UsernameLength: 3 came, 4 follows from what it counts");
  CHECK(login(R"({"UsernameLength": 0, "Username": null})") == "accepted");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--Mappings", R"({"LUNList": [{"OSLUN": "x"}]})"})
            .starts_with("Mappings.LUNList[0].OSLUN: \"x\" came"));
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--Mappings",
                 R"({"TargetName": ")" + std::string(224, 'a') + "\"}"}) ==
        "Mappings.TargetName: a text of 224 bytes came, at most 223 fit");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--Mappings", R"({"TargetName": "a\u0000b"})"}) ==
        "Mappings.TargetName: a text with a NUL inside came");
  CHECK(refusal({"LoginIScsiTarget", std::string("a\0b", 3)}) ==
        "TargetName: a text with a NUL inside came");
  for (const char* const options :
       {R"({"Password": 12345678})", R"({"Password": "hex:secret"})", R"({"Password": ["secret"]})",
        R"({"Password": "secret)", R"({"Password": "secret", })"}) {
    INFO(options);
    const std::string reason = login(options);
    CHECK(reason != "accepted");
    CHECK(reason.find("secret") == std::string::npos);
    CHECK(reason.find("12345678") == std::string::npos);
  }
}

TEST_CASE("an answer can be given again") {
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified = ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  options.AuthType = ISCSI_MUTUAL_CHAP_AUTH_TYPE;
  options.LoginFlags = ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED | 0x100;
  options.MaximumConnections = 0xFFFFFFFF;
  const Json shown = decode(options_record(), reinterpret_cast<const std::uint8_t*>(&options));
  CHECK(shown["AuthType"] == 2);
  CHECK(shown["AuthType.name"] == "ISCSI_MUTUAL_CHAP_AUTH_TYPE");
  CHECK(shown["LoginFlags.name"] == "ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED|0x100");
  CHECK(shown["Password"].is_null());
  const Slots again({"LoginIScsiTarget", kTarget, "--LoginOptions", shown.dump()});
  CHECK(std::memcmp(again.at<std::uint8_t>(7), &options, sizeof options) == 0);
  // A name alone stands for its value, and has to agree with it.
  const Slots named({"LoginIScsiTarget", kTarget, "--LoginOptions",
                     R"({"AuthType.name": "ISCSI_CHAP_AUTH_TYPE"})"});
  CHECK(named.at<ISCSI_LOGIN_OPTIONS>(7)->AuthType == ISCSI_CHAP_AUTH_TYPE);
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions",
                 R"({"AuthType.name": "chap", "AuthType": 2})"}) ==
        "LoginOptions.AuthType: 2 came, and the name of 1");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", R"({"Version.name": "x"})"})
            .starts_with("LoginOptions: there is no member \"Version.name\""));
}

TEST_CASE("what answers point to is shown, and secrets are not") {
  char initiator[] = "initiator", address[] = "192.0.2.1";
  UCHAR secret[] = "secret";
  ISCSI_CONNECTION_INFOA connections[2]{};
  connections[0].InitiatorAddress = address;
  connections[1].ConnectionId = {1, 0xFFFFFFFFFFFFFFFF};
  ISCSI_SESSION_INFOA session{};
  session.InitiatorName = initiator;
  session.ISID[0] = 0x80;
  session.ConnectionCount = 2;
  session.Connections = connections;
  const Record& record =
      *find_function("GetIScsiSessionList")->arguments.find("SessionInfo")->record;
  const Json shown = decode(record, reinterpret_cast<const std::uint8_t*>(&session));
  CHECK(shown["InitiatorName"] == "initiator");
  CHECK(shown["TargetName"].is_null());
  CHECK(shown["ISID"] == "800000000000");
  CHECK(shown["ConnectionCount"] == 2);
  CHECK(shown["Connections"][0]["InitiatorAddress"] == "192.0.2.1");
  CHECK(shown["Connections"][1]["ConnectionId"] == "0x0000000000000001-0xFFFFFFFFFFFFFFFF");

  ISCSI_LOGIN_OPTIONS options{};
  options.Username = options.Password = secret;
  options.UsernameLength = options.PasswordLength = 6;
  const Json hidden = decode(options_record(), reinterpret_cast<const std::uint8_t*>(&options));
  CHECK(hidden.dump().find("secret") == std::string::npos);
  CHECK(hidden["PasswordLength"] == 6);

  IKE_AUTHENTICATION_INFORMATION ike{};
  UCHAR id[] = {192, 0, 2, 1};
  ike.PsKey.Id = id;
  ike.PsKey.IdLengthInBytes = 4;
  ike.PsKey.Key = secret;
  ike.PsKey.KeyLengthInBytes = 6;
  const Record& information = *find_function("GetIScsiIKEInfo")->arguments.find("AuthInfo")->record;
  const Json key = decode(information, reinterpret_cast<const std::uint8_t*>(&ike));
  CHECK(key["PsKey"]["Id"] == "hex:c0000201");
  CHECK(key["PsKey"]["Key"].is_null());
}

TEST_CASE("no JSON breaks anything, and what is refused has a reason") {
  const std::string seeds[] = {
      R"({"AuthType": "chap", "Username": "operator", "Password": "p", "LoginFlags": ["a", 1]})",
      R"({"PsKey": {"Id": "hex:00", "IdType": 2, "Key": null}, "AuthMethod.name": "x"})",
      R"({"LUNList": [{"OSLUN": 1, "TargetLUN": "0x1"}, "1:2"], "SessionId": "1-2"})",
      R"({"Portals": ["a:1", {"Address": "b", "Socket": 3}], "Count": 2})"};
  const Words commands[] = {{"LoginIScsiTarget", kTarget, "--LoginOptions"},
                            {"SetIScsiIKEInfo", "--AuthInfo"},
                            {"LoginIScsiTarget", kTarget, "--Mappings"},
                            {"AddIScsiStaticTarget", kTarget, "--PortalGroup"}};
  std::mt19937 random(4);  // the same texts each time
  const auto pick = [&](std::size_t count) { return random() % count; };
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::size_t which = pick(std::size(seeds));
    std::string text = seeds[which];
    for (std::size_t changes = pick(4); changes > 0; --changes) {
      const std::size_t at = pick(text.size());
      switch (pick(4)) {
        case 0:
          text[at] = static_cast<char>(pick(256));
          break;
        case 1:
          text.erase(at, 1 + pick(8));
          break;
        case 2:
          text.insert(at, text.substr(pick(text.size()), pick(20)));
          break;
        default:
          text[at] = "{}[]\",:0-.\\u"[pick(12)];
      }
      if (text.empty()) text = "{";
    }
    if (text.find('@') != std::string::npos) continue;  // no file of the machine's
    Words words = commands[which];
    words.push_back(text);
    INFO(text);
    const std::string reason = refusal(words);
    REQUIRE(!reason.empty());
    accepted += reason == "accepted" ? 1 : 0;
  }
  CHECK(accepted > 100);
  // Nesting and size are bounded.
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", std::string(100000, '[')}) !=
        "accepted");
  CHECK(refusal({"LoginIScsiTarget", kTarget, "--LoginOptions", "-"}, std::string(2 << 20, '{')) ==
        "LoginOptions: standard input has more than 1048576 bytes");
}
