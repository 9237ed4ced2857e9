// Calls: buffers that grow, what a failure answers, functions that are not there.
#include <cstring>

#include "dsc_support.hpp"

using namespace hbalab::cli::dsc;
using namespace hbalab::cli::dsc::test;

namespace {

// What the function under test has seen and will answer.
struct {
  int calls = 0;
  int grows = 0;  // so often it needs more than it is given
  std::vector<std::uint64_t> force;
  ISDSC_STATUS status = ERROR_SUCCESS;
} g_list;

// A list of texts, as ReportIScsiTargets has it: Force, size, buffer.
ISDSC_STATUS texts(const std::uint64_t* slots) {
  auto* const size = reinterpret_cast<ULONG*>(slots[1]);
  auto* const buffer = reinterpret_cast<char*>(slots[2]);
  ++g_list.calls;
  g_list.force.push_back(slots[0]);
  if (g_list.calls <= g_list.grows) {
    *size += *size / 2;
    return ERROR_INSUFFICIENT_BUFFER;
  }
  // To the last byte: what is not there is seen by sanitizers.
  std::memset(buffer, 0, *size);
  std::memcpy(buffer, "one\0two\0", 9);
  *size = 9;
  return g_list.status;
}

constexpr Field kTexts[] = {
    {.name = "Force", .form = Form::boolean_, .first_call_only = true, .offset = 0, .size = 1},
    {.name = "Size", .way = Way::counts, .offset = 8, .size = 4},
    {.name = "Buffer",
     .form = Form::strings,
     .way = Way::out,
     .pointer = true,
     .offset = 16,
     .sized_by = 1},
};
constexpr Function kTextsFunction{{.name = "Texts", .fields = kTexts, .size = 24}, "", &texts};

// Portals, as ReportIScsiSendTargetPortals has them: the size counts elements.
int g_portals = 0;
ISDSC_STATUS portals(const std::uint64_t* slots) {
  auto* const count = reinterpret_cast<ULONG*>(slots[0]);
  auto* const buffer = reinterpret_cast<ISCSI_TARGET_PORTALA*>(slots[1]);
  const ULONG room = *count;
  *count = static_cast<ULONG>(g_portals);
  if (room < *count) return ERROR_INSUFFICIENT_BUFFER;
  for (int i = 0; i < g_portals; ++i) {
    buffer[i] = {};
    std::strcpy(buffer[i].Address, "192.0.2.1");
    buffer[i].Socket = static_cast<USHORT>(i);
  }
  return ERROR_SUCCESS;
}

std::expected<Answer, hbalab::wmi::TextError> call_texts(const Json& arguments) {
  std::istringstream nothing;
  Sources sources(nothing);
  return call(kTextsFunction, arguments, sources);
}

}  // namespace

TEST_CASE("a list that grows from call to call is fetched") {
  g_list = {};
  SECTION("it fits at once") {}
  SECTION("it has grown once") { g_list.grows = 1; }
  SECTION("it has grown ten times") { g_list.grows = 10; }
  const auto answer = call_texts({{"Force", true}});
  REQUIRE(answer.has_value());
  CHECK(answer->status == ERROR_SUCCESS);
  CHECK(answer->result == Json{{"Buffer", {"one", "two"}}});
  CHECK(g_list.calls == g_list.grows + 1);
  // What is to be done first is done once.
  for (std::size_t i = 0; i < g_list.force.size(); ++i) CHECK(g_list.force[i] == (i == 0 ? 1 : 0));
}

TEST_CASE("a list that never stops growing is given up") {
  g_list = {};
  g_list.grows = 1000;
  const auto answer = call_texts(Json::object());
  REQUIRE(answer.has_value());
  CHECK(answer->status == ERROR_INSUFFICIENT_BUFFER);
  CHECK(answer->result.is_null());
  CHECK(g_list.calls == 16);
}

TEST_CASE("a failure answers nothing, a warning what there is") {
  g_list = {};
  g_list.status = ISDSC_TARGET_NOT_FOUND;
  CHECK(call_texts(Json::object())->result.is_null());
  g_list.status = ISDSC_OPERATION_NOT_ALL_SUCCESS;
  const auto warned = call_texts(Json::object());
  CHECK(warned->status == ISDSC_OPERATION_NOT_ALL_SUCCESS);
  CHECK(warned->result["Buffer"].size() == 2);
}

TEST_CASE("nothing is called with arguments that cannot be given") {
  g_list = {};
  const auto answer = call_texts({{"Force", "maybe"}});
  REQUIRE(!answer.has_value());
  CHECK(answer.error().path == "Force");
  CHECK(g_list.calls == 0);
}

TEST_CASE("a list whose size counts elements") {
  Field fields[] = {
      {.name = "Count", .way = Way::counts, .offset = 0, .size = 4},
      *find_function("ReportIScsiTargetPortals")->arguments.find("Portals"),
  };
  fields[1].offset = 8;
  fields[1].counted_by = 0;
  const Function function{{.name = "Portals", .fields = fields, .size = 16}, "", &portals};
  std::istringstream nothing;
  Sources sources(nothing);
  for (const int count : {0, 1, 127, 128, 1000}) {
    g_portals = count;
    const auto answer = call(function, Json::object(), sources);
    REQUIRE(answer.has_value());
    CHECK(answer->status == ERROR_SUCCESS);
    REQUIRE(answer->result["Portals"].size() == static_cast<std::size_t>(count));
    if (count > 0) CHECK(answer->result["Portals"][count - 1]["Socket"] == count - 1);
  }
}
