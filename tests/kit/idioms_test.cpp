// A driver that has every idiom of Windows' drivers in its source, compiled by hbalab-cc, answers as
// it would on Windows.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace {

// The driver's DriverEntry, which takes a number of a question as its first argument here; asked
// with a second one it answers whether what it knows is so.
class Driver {
 public:
  explicit Driver(const char* path) : handle_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) FAIL(dlerror());
    entry_ = reinterpret_cast<Entry*>(dlsym(handle_, "DriverEntry"));
    REQUIRE(entry_ != nullptr);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { dlclose(handle_); }

  [[nodiscard]] std::int32_t size(std::uintptr_t which) const { return entry_(which, 0); }
  [[nodiscard]] bool holds(std::uintptr_t which) const { return entry_(which, 1) == 1; }

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

}  // namespace

TEST_CASE("an idiomatic driver compiled by hbalab-cc behaves as on Windows") {
  const char* const path = GENERATE(values<const char*>({HBALAB_IDIOMS_DRIVERS}));
  INFO(path);
  const Driver driver(path);

  const std::vector<std::int32_t> sizes{4, 48, 5, 6, 32, 8, 4, 4, 8};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    INFO("size " << i);
    CHECK(driver.size(i) == sizes[i]);
  }
  for (std::uintptr_t i = 0; i <= 12; ++i) {
    INFO("question " << i);
    CHECK(driver.holds(i));
  }
  CHECK_FALSE(exports(path, "SetShared"));
  CHECK_FALSE(exports(path, "Outlined"));
}
