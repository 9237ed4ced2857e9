// The services that drivers can import are those of the list, and each of them is there.
#include <catch2/catch.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

TEST_CASE("every service of the list is exported, and the list is sorted") {
  std::ifstream stream(HBALAB_EXPORTS);
  REQUIRE(stream);
  std::vector<std::string> names;
  for (std::string line; std::getline(stream, line);) names.push_back(line);
  REQUIRE(names.size() > 50);
  CHECK(std::ranges::is_sorted(names));
  CHECK(std::ranges::adjacent_find(names) == names.end());
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(::dlsym(RTLD_DEFAULT, name.c_str()) != nullptr);
  }
}
