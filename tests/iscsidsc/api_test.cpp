// The binary interface: layouts, exports, the header from C.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <type_traits>

#include "iscsidsc.h"

#define HBALAB_DSC_CHECK(condition) static_assert(condition);
#define HBALAB_DSC_ALIGNOF(type) alignof(type)
#define HBALAB_DSC_SIZEOF(type, member) sizeof(type::member)
#include "iscsidsc/layout_checks.inc"
#define HBALAB_DSC_TYPE(structure, member, ...) \
  static_assert(std::is_same_v<decltype(structure::member), __VA_ARGS__>);
#include "iscsidsc/member_types.inc"

extern "C" PWSTR dsc_test_wide_text();
extern "C" ISDSC_STATUS dsc_test_version_from_c(PISCSI_VERSION_INFO info);

namespace {

const std::set<std::string> kProvided = {
#define HBALAB_DSC_FUNCTION(name) #name,
#include "iscsidsc/api_table.inc"
#undef HBALAB_DSC_FUNCTION
};

}  // namespace

TEST_CASE("the shared library exports what is provided, and nothing else") {
  void* const library = ::dlopen(HBALAB_DSC_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  INFO((library == nullptr ? ::dlerror() : ""));
  REQUIRE(library != nullptr);
  std::ifstream file(HBALAB_DSC_API);
  const auto api = nlohmann::json::parse(file);
  std::size_t entry_points = 0;
  for (const auto& function : api["functions"]) {
    const std::string variants = function["variants"];
    for (const std::string& suffix :
         variants.empty() ? std::vector<std::string>{""} : std::vector<std::string>{"W", "A"}) {
      const std::string name = function["name"].get<std::string>() + suffix;
      INFO(name);
      CHECK((::dlsym(library, name.c_str()) != nullptr) == kProvided.contains(name));
      ++entry_points;
    }
  }
  CHECK(entry_points == 79);
  CHECK(::dlsym(library, "_ZN6hbalab3dsc9transportEv") == nullptr);
  ::dlclose(library);
}

TEST_CASE("C programs see the same interface") {
  CHECK(std::u16string(dsc_test_wide_text()) == u"wide");
  ISCSI_VERSION_INFO info{};
  CHECK(dsc_test_version_from_c(&info) == ERROR_SUCCESS);
  CHECK(info.MajorVersion == 6);
  CHECK(dsc_test_version_from_c(nullptr) == ERROR_INVALID_PARAMETER);
}

TEST_CASE("the statuses are those of the table") {
  CHECK(ISDSC_SUCCESS == 0);
  CHECK(ISDSC_OPERATION_NOT_ALL_SUCCESS == 0xAFFF002E);
  CHECK(ISDSC_SERVICE_NOT_RUNNING == 0xEFFF003E);
}
