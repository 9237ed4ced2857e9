// The tables: every function of the API is there, with everything that it takes.
#include <algorithm>
#include <fstream>
#include <set>

#include "dsc_support.hpp"

using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

Json api_functions() {
  std::ifstream file(HBALAB_DSC_API);
  return Json::parse(file)["functions"];
}

std::string help(const Function& function) {
  std::ostringstream out;
  print_help(out, function);
  return out.str();
}

}  // namespace

TEST_CASE("every function of the API is a command, once, and each command is one") {
  std::set<std::string> names;
  for (const Json& entry : api_functions()) names.insert(entry["name"].get<std::string>());
  CHECK(names.size() == 46);
  std::set<std::string> commands;
  for (const Function& function : functions()) {
    INFO(function.arguments.name);
    CHECK(commands.insert(std::string(function.arguments.name)).second);
    CHECK(function.call != nullptr);
    CHECK(!function.summary.empty());
  }
  CHECK(commands == names);
  std::ostringstream list;
  print_functions(list);
  for (const std::string& name : names) CHECK(list.str().find(name + ' ') != std::string::npos);
  const std::string lines = list.str();
  CHECK(static_cast<std::size_t>(std::ranges::count(lines, '\n')) == names.size());
}

TEST_CASE("every argument is taken, answers, counts another or is reserved, and says what it is") {
  for (const Json& entry : api_functions()) {
    const auto name = entry["name"].get<std::string>();
    INFO(name);
    const Function* function = find_function(name);
    REQUIRE(function != nullptr);
    const auto request = read({name, "--help"});
    REQUIRE(request.has_value());
    CHECK(request->help);
    CHECK(request->function == function);
    const std::string text = help(*function);
    const Json described = description(*function);
    CHECK(described["name"] == name);
    REQUIRE(function->arguments.fields.size() == entry["params"].size());
    std::set<std::string> taken, answered;
    for (const Json& argument : described["arguments"]) {
      taken.insert(argument["name"].get<std::string>());
      CHECK(argument.contains("text"));
    }
    for (const Json& argument : described["answers"]) {
      answered.insert(argument["name"].get<std::string>());
    }
    for (std::size_t i = 0; i < entry["params"].size(); ++i) {
      const Field& field = function->arguments.fields[i];
      const auto argument = entry["params"][i][1].get<std::string>();
      INFO(argument);
      CHECK(field.name == argument);
      CHECK(field.offset == 8 * i);
      const bool silent = field.way == Way::counts || field.form == Form::reserved;
      CHECK(taken.contains(argument) == (field.is_input() && !silent));
      CHECK(answered.contains(argument) == field.is_output());
      if (!silent) CHECK(text.find(argument) != std::string::npos);
      // What is written to has to have room: of its own, or as much as a count says.
      if (field.way == Way::out) {
        CHECK(field.pointer);
        CHECK((field.size > 0 || field.sized_by >= 0 || field.counted_by >= 0));
      }
    }
  }
}

TEST_CASE("functions are found by name, letters without case") {
  CHECK(find_function("logoutiscsitarget") == find_function("LogoutIScsiTarget"));
  CHECK(find_function("LOGOUTISCSITARGET") != nullptr);
  CHECK(find_function("LogoutIScsiTargetW") == nullptr);
  CHECK(find_function("") == nullptr);
}

TEST_CASE("statuses have their names") {
  CHECK(status_text(0) == "ERROR_SUCCESS (0x00000000): The operation succeeded.");
  CHECK(status_text(0xEFFF0029).starts_with("ISDSC_TARGET_NOT_FOUND (0xEFFF0029): "));
  CHECK(status_text(1460).starts_with("ERROR_TIMEOUT (0x000005B4): "));
  CHECK(status_text(0x12345678) == "0x12345678");
  CHECK(is_done(ERROR_SUCCESS));
  CHECK(is_done(ISDSC_OPERATION_NOT_ALL_SUCCESS));
  CHECK(!is_done(ISDSC_TARGET_NOT_FOUND));
  CHECK(!is_done(ERROR_INSUFFICIENT_BUFFER));
}

TEST_CASE("help tells types, named values and defaults") {
  const std::string login = help(*find_function("LoginIScsiTarget"));
  for (const char* const part :
       {"Usage: hbalab dsc LoginIScsiTarget TargetName [--NAME VALUE]...", "--IsPersistent ",
        "--InitiatorPortNumber NUMBER", "default: ISCSI_ANY_INITIATOR_PORT",
        "--TargetPortal ADDRESS[:SOCKET]", "default: 3260", "--LoginOptions JSON|@FILE|-",
        ".AuthType NAME", "no, chap, mutual_chap", ".Password TEXT|@FILE|-",
        "UniqueSessionId               0xADAPTER-0xNUMBER"}) {
    INFO(part);
    CHECK(login.find(part) != std::string::npos);
  }
  CHECK(login.find("KeySize") == std::string::npos);
  CHECK(help(*find_function("SetIScsiInitiatorNodeName"))
            .find("SetIScsiInitiatorNodeName [InitiatorNodeName]\n") != std::string::npos);
  CHECK(help(*find_function("GetIScsiTargetInformation")).find("what InfoClass says") !=
        std::string::npos);
  std::istringstream lines(login);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 110);

  const Json described = description(*find_function("LoginIScsiTarget"));
  const auto member = [](const Json& list, std::string_view name) -> const Json& {
    return *std::ranges::find_if(list, [&](const Json& one) { return one["name"] == name; });
  };
  CHECK(member(described["arguments"], "TargetName")["required"] == true);
  CHECK(member(described["arguments"], "InitiatorPortNumber")["default"] == 0xFFFFFFFF);
  const Json& options = member(described["arguments"], "LoginOptions");
  CHECK(member(options["members"], "AuthType")["values"]["ISCSI_CHAP_AUTH_TYPE"] == 1);
  CHECK(member(options["members"], "Password")["secret"] == true);
}
