// Statuses, enumerations and embedded files against what is written down beside this test.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "iscsiop/enums.hpp"
#include "iscsiop/status.hpp"
#include "schemas/builtin_mof.hpp"

namespace iscsi = hbalab::iscsi;

namespace {

struct StatusRow {
  std::string_view name;
  std::uint32_t value;
  std::uint32_t enumerator;
};
constexpr StatusRow kRows[] = {
#define STATUS(name, value) {#name, value, iscsi::name},
#include "status_rows.inc"
#undef STATUS
};

#define VALUE(type, name, value)                                      \
  static_assert(static_cast<std::uint64_t>(iscsi::name) == (value) && \
                std::is_same_v<decltype(iscsi::name), iscsi::type>);
#include "enum_rows.inc"
#undef VALUE

static_assert(std::is_same_v<std::underlying_type_t<iscsi::SECURITY_FLAG>, std::uint64_t>);
static_assert(std::is_same_v<std::underlying_type_t<iscsi::ISCSI_SESSION_TYPE>, std::uint8_t>);
static_assert(std::is_same_v<std::underlying_type_t<iscsi::IsdscStatus>, std::uint32_t>);

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.is_open());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every status has its name, value and text") {
  REQUIRE(std::size(kRows) == 105);  // 104 and success
  REQUIRE(iscsi::kIsdscStatuses.size() == std::size(kRows));
  for (const StatusRow& row : kRows) {
    INFO(row.name);
    CHECK(row.value == row.enumerator);
    CHECK(iscsi::isdsc_status_name(row.value) == row.name);
    CHECK_FALSE(iscsi::isdsc_status_text(row.value).empty());
    const iscsi::IsdscStatusInfo* info = iscsi::find_isdsc_status(row.name);
    REQUIRE(info != nullptr);
    CHECK(info->value == row.value);
    CHECK(info == iscsi::find_isdsc_status(row.value));
    CHECK_FALSE(info->group.empty());
  }
}

TEST_CASE("statuses have the facility and one of the two severities") {
  for (const iscsi::IsdscStatusInfo& info : iscsi::kIsdscStatuses) {
    INFO(info.name);
    if (info.value == iscsi::ISDSC_SUCCESS) continue;
    const std::uint32_t prefix = info.value & 0xFFFF0000u;
    CHECK((prefix == 0xEFFF0000u || prefix == 0xAFFF0000u));
  }
  CHECK(std::is_sorted(iscsi::kIsdscStatuses.begin(), iscsi::kIsdscStatuses.end(),
                       [](const auto& a, const auto& b) { return a.value < b.value; }));
}

TEST_CASE("a status that nobody defines has no name") {
  for (std::uint32_t value :
       {1u, 0xEFFF0000u, 0xEFFF0069u, 0xEFFF002Eu, 0xAFFF0001u, 0xFFFFFFFFu}) {
    INFO(value);
    CHECK(iscsi::isdsc_status_name(value).empty());
    CHECK(iscsi::isdsc_status_text(value).empty());
    CHECK(iscsi::find_isdsc_status(value) == nullptr);
  }
  CHECK(iscsi::find_isdsc_status("ISDSC_LOGIN") == nullptr);
  CHECK(iscsi::find_isdsc_status("") == nullptr);
}

TEST_CASE("the embedded MOF is what lies in the folder") {
  const auto files = hbalab::schemas::builtin_mof_files();
  std::set<std::string_view> names;
  for (const auto& [name, text] : files) {
    INFO(name);
    CHECK(names.insert(name).second);
    CHECK(hbalab::schemas::file(name) == text);
    if (name.ends_with(".mof")) {
      CHECK(text == read_file(std::string(HBALAB_SCHEMAS_DIR "/") + std::string(name)));
    }
  }
  for (std::string_view name : {"iscsidef.mof", "iscsiop.mof", "iscsifnd.mof", "iscsimgt.mof",
                                "iscsiprf.mof", "iscsicfg.mof", "iscsi_qualifiers.mofh"}) {
    CHECK(names.contains(name));
  }
  CHECK(names.size() == 7);
  CHECK(files[0].first == "iscsidef.mof");  // the others need it
  CHECK(hbalab::schemas::file("nothing.mof").empty());
}

TEST_CASE("every status and every flag has a place in the qualifiers") {
  const std::string_view text = hbalab::schemas::file("iscsi_qualifiers.mofh");
  const auto has = [&](std::string_view name) {
    return text.find("\"" + std::string(name) + "\"") != std::string_view::npos;
  };
  for (const StatusRow& row : kRows) {
    INFO(row.name);
    CHECK(has(row.name));
  }
#define VALUE(type, name, value)                                 \
  {                                                              \
    const std::string_view full = #name;                         \
    const std::size_t colon = full.rfind(':');                   \
    INFO(full);                                                  \
    CHECK(has(full.substr(colon == full.npos ? 0 : colon + 1))); \
  }
#include "enum_rows.inc"
#undef VALUE
}
