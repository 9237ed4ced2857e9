// What `schema check` says about text that is right and hardly meant.
#include "mof_support.hpp"

using namespace mof_test;

namespace {

std::vector<std::string> advice_for(std::string_view text) {
  const MofResult result = read(text, {}, builtin_schema());
  CAPTURE(messages(result));
  REQUIRE(result.ok());
  std::vector<std::string> said;
  for (const Diagnostic& diagnostic : advise(result)) said.push_back(diagnostic.to_string());
  return said;
}

std::string driver_class(const std::string& body, const std::string& qualifiers = "") {
  return "[WMI, Dynamic, Provider(\"wmiprov\"), " + qualifiers +
         "guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")]\nclass Vendor_A {\n"
         "[key, read] string InstanceName; [read] boolean Active;\n" +
         body + "};\n";
}

}  // namespace

TEST_CASE("MOF advice: none for the classes of the WDK, nor for what is meant") {
  const auto schema = builtin_schema();
  MofResult all{schema, {}, {}};
  for (const auto& cls : schema->classes()) all.defined.push_back(cls.get());
  for (const Diagnostic& diagnostic : advise(all)) {
    INFO(diagnostic.to_string());
    CHECK(diagnostic.severity == Diagnostic::Severity::note);
  }
  CHECK(advice_for(driver_class("[WmiDataId(1), read] uint32 x;\n"
                                "[WmiDataId(2), write] uint8 y; [WmiDataId(3), read] string z;\n"
                                "[WmiMethodId(1), Implemented] void Go([in] uint8 n,\n"
                                "[in, WmiSizeIs(\"n\")] uint8 data[]);\n"))
            .empty());
  CHECK(advise(MofResult{}).empty());
}

TEST_CASE("MOF advice: a class that WMI does not ask a driver for") {
  CHECK(advice_for("[WMI, Dynamic, guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")] class A {\n"
                   "[key, read] string InstanceName; [WmiDataId(1), read] uint8 x; };") ==
        std::vector<std::string>{
            "t.mof:1:70: warning: class 'A' lacks Dynamic or Provider(\"WMIProv\"): WMI asks no "
            "driver for it"});
  CHECK(advice_for("[WMI, guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")] class A {\n"
                   "[WmiDataId(1)] uint8 x; };") ==
        std::vector<std::string>{
            "t.mof:1:61: note: class 'A' has a guid but no InstanceName, and no class embeds "
            "it: its instances have no names"});
}

TEST_CASE("MOF advice: members") {
  CHECK(advice_for(driver_class("[WmiDataId(1)] uint32 x;\n")) ==
        std::vector<std::string>{"t.mof:4:23: warning: 'x' of class 'Vendor_A' has neither read "
                                 "nor write: no client sees it"});
  CHECK(
      advice_for(driver_class("[WmiDataId(1), read] string x;\n[WmiDataId(2), read] uint8 y;\n")) ==
      std::vector<std::string>{"t.mof:4:29: warning: 'x' of class 'Vendor_A' has no MaxLen: 'y' "
                               "lies behind it and has no fixed place"});
  CHECK(advice_for(driver_class("[WmiDataId(1), read] uint8 n;\n"
                                "[WmiDataId(2), read, WmiSizeIs(\"n\")] uint8 x[];\n"
                                "[WmiDataId(3), read] uint8 y;\n")) ==
        std::vector<std::string>{"t.mof:5:44: note: 'x' of class 'Vendor_A' varies in length: 'y' "
                                 "lies behind it and has no fixed place"});
  CHECK(
      advice_for(driver_class("[WmiDataId(1), read, MaxLen(4)] uint8 new;\n")) ==
      std::vector<std::string>{
          "t.mof:4:39: warning: MaxLen on 'new' of class 'Vendor_A', which is no string, has no "
          "effect",
          "t.mof:4:39: note: 'new' of class 'Vendor_A' is a word of C: in a header it is 'new_'"});
}

TEST_CASE("MOF advice: methods") {
  const std::string twice = driver_class("[WmiMethodId(1)] void Go();\n") +
                            "[WMI, Dynamic, Provider(\"WMIProv\"),\n"
                            "guid(\"{A1B2C3D4-0000-1111-2222-333344445502}\")] class B {\n"
                            "[key, read] string InstanceName;\n"
                            "[WmiMethodId(2), Implemented] void Go(); };\n";
  CHECK(advice_for(twice) ==
        std::vector<std::string>{
            "t.mof:4:23: warning: method 'Go' of class 'Vendor_A' lacks Implemented: WMI does not "
            "call it",
            "t.mof:9:36: note: class 'Vendor_A' has a method 'Go' too: in a C header its "
            "structures and its id have the name of the class in front"});
}

TEST_CASE("MOF advice: is bounded") {
  std::string body;
  for (int i = 1; i <= 600; ++i) {
    body += "[WmiDataId(" + std::to_string(i) + ")] uint8 x" + std::to_string(i) + ";\n";
  }
  CHECK(advice_for(driver_class(body)).size() == kMaxAdvice);
}
