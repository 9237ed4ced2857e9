// The six headers that a driver includes, made of the classes, against the structures, ids and
// names written by hand: they know nothing of each other.
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/iscsiprf.hpp"

namespace {

// Before the names of the methods are macros.
constexpr std::uint32_t kMethods[] = {
#define METHOD(cls, name) static_cast<std::uint32_t>(hbalab::iscsi::cls##Method::name),
#include "method_table.inc"
#undef METHOD
};
// The same for sizes and GUIDs.
const std::pair<std::string, std::size_t> kSizes[] = {
#define SIZE(name) {#name, hbalab::iscsi::name},
#include "size_table.inc"
#undef SIZE
};
#define MEMBER(type, member)
#define VARIABLE(type, member)
#define TRAILING(type, member, varies)
const hbalab::iscsi::Guid16 kGuids[] = {
#define BLOCK(cls, method, type) hbalab::iscsi::cls##Guid,
#include "layout_table_mgt.inc"
#include "layout_table_op.inc"
#undef BLOCK
#undef MEMBER
#undef VARIABLE
#undef TRAILING
};
constexpr const char* kHeaders[] = {"iscsidef.h", "iscsiop.h",  "iscsifnd.h",
                                    "iscsimgt.h", "iscsiprf.h", "iscsicfg.h"};

}  // namespace

#include "tests/wmi-model/header/wdk_types.h"
#include "wdk/iscsicfg.h"
#include "wdk/iscsidef.h"
#include "wdk/iscsifnd.h"
#include "wdk/iscsimgt.h"
#include "wdk/iscsiop.h"
#include "wdk/iscsiprf.h"

// Structures: a difference does not compile.
#define BLOCK(cls, method, type)                                \
  static_assert(sizeof(::type) == sizeof(hbalab::iscsi::type)); \
  static_assert(alignof(::type) == alignof(hbalab::iscsi::type));
#define MEMBER(type, member)                                                        \
  static_assert(offsetof(::type, member) == offsetof(hbalab::iscsi::type, member)); \
  static_assert(sizeof(::type::member) == sizeof(hbalab::iscsi::type::member));
#define VARIABLE(type, member) MEMBER(type, member)
#define TRAILING(type, member, varies)
#include "layout_table_mgt.inc"
#include "layout_table_op.inc"
#undef BLOCK
#undef MEMBER
#undef VARIABLE
#undef TRAILING

namespace {

std::string text_of(const std::string& header) {
  std::ifstream file(std::string(HBALAB_WDK_HEADERS "/") + header);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every name that a header gives a value, as a macro or as an enumerator.
std::map<std::string, std::uint64_t> values() {
  static const std::regex kValue(
      R"((?:#define |\n {4})([A-Za-z_]\w*)(?: = | +)(0x[0-9A-F]+|[0-9]+)(?:ULL)?(?=,?\n))");
  std::map<std::string, std::uint64_t> found;
  for (const char* header : kHeaders) {
    const std::string text = text_of(header);
    for (std::sregex_iterator at(text.begin(), text.end(), kValue), end; at != end; ++at) {
      found.emplace((*at)[1], std::stoull((*at)[2], nullptr, 0));
    }
  }
  return found;
}

// Without the enumeration that it is scoped by.
std::string plain(std::string_view name) {
  const auto colons = name.rfind("::");
  return std::string(colons == std::string_view::npos ? name : name.substr(colons + 2));
}

}  // namespace

TEST_CASE("headers: GUIDs are those of the structures") {
#define MEMBER(type, member)
#define VARIABLE(type, member)
#define TRAILING(type, member, varies)
  const GUID generated[] = {
#define BLOCK(cls, method, type) cls##Guid,
#include "layout_table_mgt.inc"
#include "layout_table_op.inc"
#undef BLOCK
#undef MEMBER
#undef VARIABLE
#undef TRAILING
  };
  REQUIRE(std::size(generated) == std::size(kGuids));
  CHECK(std::size(generated) == 48 + 27 + 24);
  for (std::size_t i = 0; i < std::size(kGuids); ++i) {
    CHECK(std::memcmp(&generated[i], kGuids[i].data(), sizeof(GUID)) == 0);
  }
}

TEST_CASE("headers: methods have their ids") {
  const std::uint32_t generated[] = {
#define METHOD(cls, name) name,
#include "method_table.inc"
#undef METHOD
  };
  REQUIRE(std::size(generated) == std::size(kMethods));
  for (std::size_t i = 0; i < std::size(kMethods); ++i) CHECK(generated[i] == kMethods[i]);
}

TEST_CASE("headers: size macros exist where the structures have them, with their values") {
  std::map<std::string, std::size_t> sizes(std::begin(kSizes), std::end(kSizes));
  REQUIRE(sizes.size() == 56);
#define SIZE(name) CHECK(sizes.at(#name) == name);
#include "size_table.inc"
#undef SIZE
  std::size_t count = 0;
  static const std::regex kSize(R"(#define (\w+_SIZE) \(FIELD_OFFSET)");
  for (const char* header : kHeaders) {
    const std::string text = text_of(header);
    for (std::sregex_iterator at(text.begin(), text.end(), kSize), end; at != end; ++at) {
      INFO((*at)[1]);
      CHECK(sizes.contains((*at)[1]));
      ++count;
    }
  }
  CHECK(count == sizes.size());
}

TEST_CASE("headers: names of values") {
  const auto known = values();
  // Tables of other headers, and of none.
  const std::set<std::string> elsewhere = {"IP_VERSIONS",        "ISCSI_EVENTLOG_TYPE",
                                           "ISCSI_TARGET_FLAGS", "IKE_AUTHENTICATION_METHOD",
                                           "TARGETPROTOCOLTYPE", "TARGET_INFORMATION_CLASS"};
  std::size_t count = 0;
#define VALUE(table, name, value)                              \
  if (!elsewhere.contains(#table)) {                           \
    INFO(#table "." #name);                                    \
    const auto found = known.find(plain(#name));               \
    REQUIRE(found != known.end());                             \
    CHECK(found->second == static_cast<std::uint64_t>(value)); \
    ++count;                                                   \
  } else {                                                     \
    CHECK_FALSE(known.contains(plain(#name)));                 \
  }
#include "enum_rows.inc"
#undef VALUE
  CHECK(count == 84);
}
