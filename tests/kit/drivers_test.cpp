// Drivers that have every idiom of Windows' drivers in their source, and that use what the kit's
// headers and library compute, answer as they would on Windows when hbalab-cc has compiled them.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

// The driver's DriverEntry, which takes the number of a question as its first argument here, and
// that of a group of questions as its second one.
class Driver {
 public:
  explicit Driver(const char* path) : handle_(dlopen(path, RTLD_LAZY | RTLD_LOCAL)) {
    if (handle_ == nullptr) FAIL(dlerror());
    entry_ = reinterpret_cast<Entry*>(dlsym(handle_, "DriverEntry"));
    REQUIRE(entry_ != nullptr);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { dlclose(handle_); }

  [[nodiscard]] std::int32_t ask(std::uintptr_t which, std::uintptr_t group) const {
    return entry_(which, group);
  }

 private:
  using Entry = std::int32_t(std::uintptr_t, std::uintptr_t);
  void* handle_;
  Entry* entry_ = nullptr;
};

// What the drivers export is only this.
bool exports(const char* path, const char* name) {
  void* const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(handle != nullptr);
  const bool found = dlsym(handle, name) != nullptr;
  dlclose(handle);
  return found;
}

// What the counters' driver takes from the lab: what it would hand to the real port driver.
std::vector<std::byte> initialization_data;

}  // namespace

extern "C" {
// NOLINTBEGIN(readability-identifier-naming): the port driver's own names.
__attribute__((visibility("default"))) std::uint32_t StorPortInitialize(void* driver,
                                                                        void* registry, void* data,
                                                                        void* context);
std::uint32_t StorPortInitialize(void*, void*, void* data, void*) {
  const auto* bytes = static_cast<const std::byte*>(data);
  std::uint32_t size = 0;
  std::memcpy(&size, bytes, sizeof size);
  initialization_data.assign(bytes, bytes + size);
  return 0;
}
// NOLINTEND(readability-identifier-naming)
}

TEST_CASE("an idiomatic driver compiled by hbalab-cc behaves as on Windows") {
  const char* const path = GENERATE(values<const char*>({HBALAB_IDIOMS_DRIVERS}));
  INFO(path);
  const Driver driver(path);

  const std::vector<std::int32_t> sizes{4, 48, 5, 6, 32, 8, 4, 4, 8};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    INFO("size " << i);
    CHECK(driver.ask(i, 0) == sizes[i]);
  }
  for (std::uintptr_t i = 0; i <= 12; ++i) {
    INFO("question " << i);
    CHECK(driver.ask(i, 1) == 1);
  }
  CHECK_FALSE(exports(path, "SetShared"));
  CHECK_FALSE(exports(path, "Outlined"));
}

TEST_CASE("what the kit's headers and library compute is right, in C and in C++") {
  const char* const path = GENERATE(values<const char*>({HBALAB_HELPERS_DRIVERS}));
  INFO(path);
  const Driver driver(path);

  const std::vector<std::uintptr_t> questions{5, 5, 11};
  for (std::uintptr_t group = 0; group < questions.size(); ++group) {
    for (std::uintptr_t which = 0; which < questions[group]; ++which) {
      INFO("group " << group << ", question " << which);
      CHECK(driver.ask(which, group) == 1);
    }
    CHECK(driver.ask(questions[group], group) == 2);
  }
}

TEST_CASE("a Storport miniport hands over what the port driver expects") {
  const char* const path = GENERATE(values<const char*>({HBALAB_COUNTERS_DRIVERS}));
  INFO(path);
  const Driver driver(path);

  initialization_data.clear();
  CHECK(driver.ask(0, 0) == 0);
  REQUIRE(initialization_data.size() == 208);
  void* routine = nullptr;
  std::memcpy(&routine, initialization_data.data() + 128, sizeof routine);  // HwBuildIo
  CHECK(routine != nullptr);
  std::uint32_t extension = 0;
  std::memcpy(&extension, initialization_data.data() + 64,
              sizeof extension);  // DeviceExtensionSize
  CHECK(extension == 80);         // a number, 64 bytes of SCSI_WMILIB_CONTEXT, a pointer
}
