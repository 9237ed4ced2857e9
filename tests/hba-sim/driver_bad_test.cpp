// What cannot be loaded: each is told with what to do about it, and the lab goes on.
#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

struct Bad {
  const char* driver;
  int error;
  const char* told;
};

}  // namespace

TEST_CASE("a driver that cannot be used is refused by name, and the lab goes on") {
  World world({loaded("good", "kit_driver")});
  REQUIRE(world.error.empty());
  const Bad bad = GENERATE(values<Bad>({
      {"bad_no_driver_entry", ENOEXEC, "exports no DriverEntry"},
      {"bad_unresolved", ENOEXEC,
       "needs 2 symbols that neither the lab nor its libraries have: HardwareInitialize "
       "HardwareReset. Link it with hbalab-cc"},
      {"bad_entry_throws", EIO, "bad_entry_throws: DriverEntry threw an exception: not today"},
      {"bad_entry_exits", EIO, "bad_entry_exits: DriverEntry called exit()"},
      {"bad_entry_status", EIO, "DriverEntry failed with 0xC0000001 (STATUS_UNSUCCESSFUL)"},
      {"bad_entry_idle", EIO, "DriverEntry did not call StorPortInitialize or ScsiPortInitialize"},
      {"bad_no_find_adapter", EIO,
       "StorPortInitialize: HW_INITIALIZATION_DATA.HwFindAdapter is NULL"},
      {"bad_wrong_size", EIO,
       "DriverEntry failed with 0xC0000059 (STATUS_REVISION_MISMATCH), after StorPortInitialize: "
       "HW_INITIALIZATION_DATA.HwInitializationDataSize is 7; expected 136 to 208"},
      {"bad_wrong_object", EIO, "its first argument is not the driver object"},
      {"bad_find_result0", EIO, "HwFindAdapter answered SP_RETURN_NOT_FOUND"},
      {"bad_find_result2", EIO, "HwFindAdapter answered SP_RETURN_ERROR"},
      {"bad_find_result3", EIO, "HwFindAdapter answered SP_RETURN_BAD_CONFIG"},
      {"bad_find_result9", EIO, "HwFindAdapter answered 0x00000009, which is no SP_RETURN_ value"},
      {"bad_initialize_fails", EIO, "HwInitialize failed"},
      {"bad_initialize_throws", EIO, "HwInitialize threw an exception: no hardware"},
  }));
  CAPTURE(bad.driver);
  int error = 0;
  const std::string reason = world.add(loaded("bad", bad.driver, {}), &error);
  CAPTURE(reason);
  CHECK(error == bad.error);
  CHECK(reason.find(bad.told) != std::string::npos);
  CHECK_FALSE(world.lab->control()->stat("adapters/bad"));
  CHECK(world.value(1, {1, 2}) == 3);
  // Whatever is tried again is tried anew.
  CHECK(world.add(loaded("bad", bad.driver, {})) == reason);
}

TEST_CASE("a file that is no driver is told as what it is") {
  World world({});
  const auto refused = [&](const std::string& file, int wanted, const std::string& told) {
    int error = 0;
    const std::string reason = world.add(loaded("bad", file, {}), &error);
    CAPTURE(reason);
    CHECK(error == wanted);
    CHECK(reason.starts_with(file + ": "));
    CHECK(reason.find(told) != std::string::npos);
  };
  refused((world.folder / "none.so").string(), ENOENT, "cannot be opened: No such file");
  refused((world.folder / "state").string(), EISDIR, "is a directory");
  refused(world.folder.write("empty.so", ""), ENOEXEC, "is empty");
  refused(world.folder.write("text.so", "int main;"), ENOEXEC, "is no ELF file");
  refused(world.folder.write("driver.sys", "MZ\x90"), ENOEXEC, "is a Windows program (PE)");
  refused(world.folder.write("driver.a", "!<arch>\n"), ENOEXEC, "is an archive");
  std::ifstream stream(driver_file("kit_driver"), std::ios::binary);
  const std::string elf((std::istreambuf_iterator<char>(stream)), {});
  const auto patched = [&](std::size_t offset, char value) {
    std::string text = elf;
    text[offset] = value;
    return world.folder.write("patched.so", text);
  };
  refused(patched(4, 1), ENOEXEC, "of another word size or byte order");
  refused(patched(18, 40), ENOEXEC, "is built for 32-bit ARM");
  refused(patched(16, 1), ENOEXEC, "is an object file");
  refused(patched(16, 2), ENOEXEC, "is a program");
  refused(world.folder.write("short.so", elf.substr(0, 40)), ENOEXEC, "ends inside its ELF header");
  refused(world.folder.write("cut.so", elf.substr(0, elf.size() / 3)), ENOEXEC, "DriverEntry");
}

TEST_CASE("a MOF file that cannot be read is told with its places") {
  World world({});
  int error = 0;
  const std::string file = world.folder.write("bad.mof", "class A {\n  uint33 x;\n};\n");
  const std::string reason = world.add(loaded("one", "kit_driver", {file}), &error);
  CHECK(error == EBADMSG);
  CAPTURE(reason);
  CHECK(reason.starts_with(file + ":2:"));
  CHECK(world.add(loaded("one", "kit_driver", {(world.folder / "no.mof").string()}))
            .find("cannot be read") != std::string::npos);
  CHECK(world.add(loaded("one", "kit_driver")).empty());
}

TEST_CASE("what MOF file and driver do not have in common is reported") {
  World world({});
  std::ifstream stream(kit_mof());
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  const std::string guid = "6B1D0001-5A51";
  text.replace(text.find(guid), guid.size(), "6B1D0009-5A51");
  const std::string file = world.folder.write("wrong.mof", text);
  REQUIRE(world.add(loaded("one", "kit_driver", {file})).empty());
  const std::string report = world.read("adapters/one/report");
  CAPTURE(report);
  CHECK(report.find("mof: GUID 6b1d0001-5a51-4c5a-9c12-0d0b5e7a1001 is registered with 2 "
                    "instances, but no class has it (wrong.mof)") != std::string::npos);
  CHECK(report.find(file + ":3: class KitTest_Counter has GUID "
                           "6b1d0009-5a51-4c5a-9c12-0d0b5e7a1001, which the driver does not "
                           "register") != std::string::npos);
  // The other classes are there.
  CHECK(world.value(1, {1, 2}) == 3);
}

TEST_CASE("two drivers that give a class in two ways are told so") {
  World world({loaded("one", "kit_driver")});
  std::ifstream stream(kit_mof());
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  text.replace(text.find("Value;"), 6, "Count;");
  const std::string file = world.folder.write("other.mof", text);
  REQUIRE(world.add(loaded("two", "kit_driver", {file})).empty());
  CHECK(world.read("adapters/two/report").find("class KitTest_Counter differs from the one") !=
        std::string::npos);
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("an adapter's text that is wrong is told by its place") {
  World world({loaded("one", "kit_driver")});
  const auto write = [&](const std::string& text) {
    const auto done = world.lab->control()->write("add_adapter", text);
    REQUIRE_FALSE(done);
    return done.error().reason;
  };
  CHECK(write("{").find("adapter: ") == 0);
  CHECK(write(R"({"name":"x","miniport":{"path":"a.so"}})")
            .find("/miniport/path is \"a.so\"; expected an absolute path") != std::string::npos);
  CHECK(write(R"({"name":"x","ports":[{"address":"192.0.2.1"}]})").find("expected \"miniport\"") !=
        std::string::npos);
  CHECK(write(R"({"name":"x"})").find("lacks one of the keys \"ports\" and \"miniport\"") !=
        std::string::npos);
  CHECK(world.add(loaded("one", "kit_driver")).find("there is an adapter \"one\" already") == 0);
  CHECK(world.lab->control()->remove_directory("adapters/none").error().error == ENOENT);
}

TEST_CASE("a lab whose driver cannot be loaded does not start") {
  World world({loaded("one", "bad_entry_status", {})});
  CHECK(world.lab == nullptr);
  CHECK(world.error ==
        "adapter one: bad_entry_status: DriverEntry failed with 0xC0000001 (STATUS_UNSUCCESSFUL)");
}
