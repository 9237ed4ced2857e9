// Drivers that are loaded: their classes, several of them, coming and going.
#include <sys/stat.h>

#include "hba-sim/port/driver.hpp"
#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

TEST_CASE("DriverUnload of a driver runs when nobody has the driver any more") {
  static int unloaded = 0;
  port::MiniportImage image;
  image.name = "unloads";
  image.driver_entry = [](void* object, void* path) -> std::uint32_t {
    const port::DriverObject::Unload unload = [](port::DriverObject*) { ++unloaded; };
    std::memcpy(static_cast<port::DriverObject*>(object)->head.data() + port::DriverObject::kUnload,
                &unload, sizeof unload);
    HW_INITIALIZATION_DATA data{};
    data.HwInitializationDataSize = sizeof data;
    data.HwInitialize = [](PVOID) -> BOOLEAN { return TRUE; };
    data.HwStartIo = [](PVOID, PSCSI_REQUEST_BLOCK) -> BOOLEAN { return FALSE; };
    data.HwFindAdapter = [](PVOID, PVOID, PVOID, PCHAR, PPORT_CONFIGURATION_INFORMATION,
                            PBOOLEAN) -> ULONG { return SP_RETURN_NOT_FOUND; };
    return StorPortInitialize(object, path, &data, nullptr);
  };
  auto driver = port::Driver::start(image);
  REQUIRE(driver);
  auto other = *driver;
  CHECK(other->registrations().size() == 1);
  driver->reset();
  CHECK(unloaded == 0);
  other.reset();
  CHECK(unloaded == 1);
}

TEST_CASE("a loaded driver's classes are there, with what its MOF file says") {
  const auto kind = GENERATE(as<std::string>(), "kit_driver", "kit_extended", "kit_scsiport");
  CAPTURE(kind);
  lab::AdapterConfig adapter = loaded("one", kind);
  adapter.miniport->registry.emplace_back("Limit", std::uint32_t{7});
  World world({adapter});
  REQUIRE(world.error.empty());
  CHECK(world.notices().empty());
  CHECK(world.read("adapters/one/state") == "running");
  CHECK(world.read("adapters/one/miniport") == driver_file(kind));
  CHECK(world.read("adapters/one/report").empty());
  REQUIRE(world.instances("KitTest_Counter").size() == 2);
  CHECK(world.query("KitTest_Counter", 1) == std::vector<std::uint32_t>{0, 7, 1});

  const std::uint32_t value = 5;
  std::vector<std::uint8_t> item(sizeof value);
  std::memcpy(item.data(), &value, sizeof value);
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter", 1), 1, item));
  CHECK(world.query("KitTest_Counter", 1).front() == 5);
  CHECK(world.query("KitTest_Counter", 0).front() == 0);
  item[0] = 8;  // above the limit
  CHECK_FALSE(world.lab->client()->set_item_wait(world.instance("KitTest_Counter", 1), 1, item));

  CHECK(world.value(1, {20, 22}) == 42);
  const auto names = world.instances("KitTest_Named");
  REQUIRE(names.size() == 3);
  CHECK(names[1].key.name == u"beta/2");
  CHECK(world.query("KitTest_Named", 1) == std::vector<std::uint32_t>{12});
}

TEST_CASE("adapters of one driver share its globals, and nothing else") {
  World world({loaded("one", "kit_driver"), loaded("two", "kit_driver")});
  REQUIRE(world.error.empty());
  CHECK(world.notices().empty());
  REQUIRE(world.instances("KitTest_Counter").size() == 4);
  const std::uint32_t value = 9;
  std::vector<std::uint8_t> item(sizeof value);
  std::memcpy(item.data(), &value, sizeof value);
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter", 2), 1, item));
  // One DriverEntry, two HwFindAdapter; each adapter has its own device extension.
  CHECK(world.query("KitTest_Counter", 0) == std::vector<std::uint32_t>{0, 100, 1});
  CHECK(world.query("KitTest_Counter", 2) == std::vector<std::uint32_t>{9, 100, 1});
  // Another file is another driver, with the globals of its own.
  CHECK(world.add(loaded("three", "kit_extended")).empty());
  CHECK(world.query("KitTest_Counter", 2) == std::vector<std::uint32_t>{0, 100, 1});
  // Whoever goes, the classes stay the objects that they were.
  const wmi::Class* const before = world.lab->registry()->schema()->find("KitTest_Counter");
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
  CHECK(world.lab->registry()->schema()->find("KitTest_Counter") == before);
  CHECK(world.instances("KitTest_Counter").size() == 4);
}

TEST_CASE("an adapter comes and goes while others stay") {
  World world({loaded("stays", "kit_driver")});
  REQUIRE(world.error.empty());
  const wmi::Class* const before = world.lab->registry()->schema()->find("KitTest_Counter");
  int changes = 0;
  const auto token = world.lab->control()->on_change(
      [&](std::string_view path) { changes += path == "adapters"; });
  for (int round = 0; round < 5; ++round) {
    REQUIRE(world.add(loaded("comes", "kit_scsiport")).empty());
    CHECK(world.instances("KitTest_Counter").size() == 4);
    CHECK(world.read("adapters/comes/state") == "running");
    REQUIRE(world.lab->control()->remove_directory("adapters/comes"));
    CHECK(world.instances("KitTest_Counter").size() == 2);
    CHECK_FALSE(world.lab->control()->stat("adapters/comes"));
  }
  CHECK(changes == 10);
  // The classes of those that stay are the objects that they were.
  CHECK(world.lab->registry()->schema()->find("KitTest_Counter") == before);
  CHECK(world.query("KitTest_Counter", 0) == std::vector<std::uint32_t>{0, 100, 1});
}

TEST_CASE("a driver that is built anew is loaded anew, and never while it runs") {
  World world({});
  REQUIRE(world.error.empty());
  const std::string file = (world.folder / "driver.so").string();
  std::filesystem::copy_file(driver_file("kit_driver"), file);
  REQUIRE(world.add(loaded("one", file)).empty());
  CHECK(world.value(1, {1, 1}) == 2);
  // Written over in place, as cp and some linkers do.
  const struct ::stat was = [&] {
    struct ::stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status;
  }();
  std::ofstream(file, std::ios::binary | std::ios::in | std::ios::out)
      << std::string(static_cast<std::size_t>(was.st_size), '\0');
  CHECK(world.value(1, {1, 2}) == 3);
  CHECK(world.query("KitTest_Counter").at(2) == 1);
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
  // Nothing of the copy is left.
  CHECK(std::filesystem::is_empty(world.folder / "state" / "drivers"));
  std::filesystem::copy_file(driver_file("kit_extended"), file,
                             std::filesystem::copy_options::overwrite_existing);
  REQUIRE(world.add(loaded("one", file)).empty());
  CHECK(world.query("KitTest_Counter").at(2) == 1);
}

TEST_CASE("a reset starts the driver again without a further DriverEntry") {
  World world({loaded("one", "kit_driver")});
  REQUIRE(world.error.empty());
  const std::uint32_t value = 5;
  std::vector<std::uint8_t> item(sizeof value);
  std::memcpy(item.data(), &value, sizeof value);
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter"), 1, item));
  REQUIRE(world.lab->control()->write("adapters/one/reset", "1"));
  CHECK(world.query("KitTest_Counter") == std::vector<std::uint32_t>{0, 100, 1});
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("requests that are pending when an adapter goes end with it") {
  World world({loaded("one", "kit_driver")});
  REQUIRE(world.error.empty());
  const auto later = world.call(2, {1000});
  const auto work = world.call(3, {1});
  CHECK_FALSE(later->done);
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
  CHECK(later->done);
  CHECK(later->failed == wmi::NtStatus::cancelled);
  CHECK(work->done);
  world.clock->advance(std::chrono::seconds(10));  // the driver's code is gone
}

TEST_CASE("events of a loaded driver reach who listens") {
  World world({loaded("one", "kit_driver")});
  REQUIRE(world.error.empty());
  std::vector<std::uint32_t> seen;
  const auto token = world.lab->events()->subscribe([&](const wmi::Event& event) {
    std::uint32_t value = 0;
    if (event.data.size() == sizeof value) std::memcpy(&value, event.data.data(), sizeof value);
    seen.push_back(value);
  });
  CHECK(world.value(5, {1}) == 1);  // nobody has asked for events
  const wmi::Class* cls = world.lab->registry()->schema()->find("KitTest_Event");
  bool enabled = false;
  world.lab->client()->enable_events(
      world.lab->registry()->registrations(cls->guid).at(0), true,
      [&](std::expected<void, wmi::WmiError> done) { enabled = done.has_value(); });
  REQUIRE(enabled);
  CHECK(world.value(5, {2}) == 2);
  world.lab->events()->drain();
  CHECK(seen == std::vector<std::uint32_t>{2});
}
