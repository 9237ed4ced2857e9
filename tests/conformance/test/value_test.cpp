#include "tests/conformance/value.hpp"

#include <catch2/catch.hpp>

namespace hbalab::conform_test {

using conform::Json;
using conform::mismatch;

TEST_CASE("references take the type of what they name", "[conform]") {
  conform::Scope scope;
  scope.parameters["portal"] = "192.0.2.10";
  scope.parameters["count"] = 4;
  scope.answers["login"] = Json::parse(R"({"Id": 18446744073709551615, "List": [{"Name": "a"}]})");
  CHECK(conform::substitute("${portal}:3261", scope) == Json("192.0.2.10:3261"));
  CHECK(conform::substitute("${count}", scope) == Json(4));
  CHECK(conform::substitute("${login/Id}", scope) == Json(18446744073709551615ULL));
  CHECK(conform::substitute("${login/Id:hex16}", scope) == Json("ffffffffffffffff"));
  CHECK(conform::substitute("${login/List/0/Name}", scope) == Json("a"));
  CHECK(conform::substitute("${count} + 3", scope) == Json(7));
  CHECK(conform::substitute("${count} - 1", scope) == Json(3));
  CHECK(conform::substitute(Json::parse(R"({"a": ["${count}", "x${portal}"]})"), scope) ==
        Json::parse(R"({"a": [4, "x192.0.2.10"]})"));
  CHECK(conform::substitute("no ${ reference", scope) == Json("no ${ reference"));
}

TEST_CASE("a reference that names nothing is said to", "[conform]") {
  conform::Scope scope;
  scope.answers["login"] = Json::parse(R"({"Id": 1, "Text": "t"})");
  for (const auto* text :
       {"${portal}", "${login/Other}", "${other/Id}", "${login/Text:hex16}", "${login/Id:oct}"}) {
    const auto result = conform::substitute(text, scope);
    INFO(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().starts_with("${"));
  }
}

TEST_CASE("matchers fit what they say", "[conform]") {
  const auto fits = [](const char* value, const char* matcher) {
    const Json parsed = Json::parse(matcher);
    CHECK_FALSE(conform::check_matcher(parsed));
    return !mismatch(Json::parse(value), nullptr, parsed);
  };
  CHECK(fits("3", "3"));
  CHECK_FALSE(fits("3", "4"));
  CHECK(fits("3", R"({"not": 4})"));
  CHECK_FALSE(fits("3", R"({"not": 3})"));
  CHECK(fits("3", R"({"one_of": [1, 3]})"));
  CHECK_FALSE(fits("2", R"({"one_of": [1, 3]})"));
  CHECK(fits("3", R"({"range": [3, 5]})"));
  CHECK_FALSE(fits("6", R"({"range": [3, 5]})"));
  CHECK_FALSE(fits("\"a\"", R"({"range": [3, 5]})"));
  CHECK(fits("3", R"({"at_least": 3, "at_most": 3})"));
  CHECK_FALSE(fits("3", R"({"at_least": 3, "at_most": 2})"));
  CHECK(fits("\"abc\"", R"({"matches": "a.c"})"));
  CHECK_FALSE(fits("\"abcd\"", R"({"matches": "a.c"})"));
  CHECK(fits("\"abc\"", R"({"contains": "bc"})"));
  CHECK(fits("\"ABC\"", R"({"like": "abc"})"));
  CHECK_FALSE(fits("\"ABD\"", R"({"like": "abc"})"));
  CHECK(fits("6", R"({"bits": 2, "no_bits": 1})"));
  CHECK_FALSE(fits("5", R"({"bits": 2})"));
  CHECK(fits("[1, 2]", R"({"count": 2, "has": 2, "lacks": 3, "each": {"at_most": 2}})"));
  CHECK_FALSE(fits("[1, 2]", R"({"has": 3})"));
  CHECK_FALSE(fits("[1, 2]", R"({"lacks": 2})"));
  CHECK_FALSE(fits("[1, 2]", R"({"each": 1})"));
  CHECK_FALSE(fits("1", R"({"lacks": 2})"));
  CHECK(fits(R"({"a": {"b": 1}})", R"({"members": {"a/b": 1}})"));
  CHECK_FALSE(fits(R"({"a": {"b": 1}})", R"({"members": {"a/c": 1}})"));
  CHECK(fits("null", R"({"any": true})"));
}

TEST_CASE("what does not fit is told of the member, and of the nearest element", "[conform]") {
  const Json list = Json::parse(R"([{"a": 1, "b": {"c": 2}}, {"a": 3, "b": {"c": 4}}])");
  const auto part = [&](const char* matcher) {
    const Json parsed = Json::parse(matcher);
    REQUIRE(mismatch(list, nullptr, parsed));
    const conform::Blame found = conform::blame(list, nullptr, parsed);
    return found.path + (found.nearest ? " nearest " : " ") +
           (found.value != nullptr ? found.value->dump() : "none") + " " + found.matcher->dump();
  };
  CHECK(part(R"({"has": {"members": {"a": 3, "b/c": 5}}})") == "1/b/c nearest 4 5");
  CHECK(part(R"({"has": {"members": {"a": 1, "x": 5}}})") == "0/x nearest none 5");
  CHECK(part(R"({"each": {"members": {"b/c": {"at_most": 3}}}})") == "1/b/c 4 {\"at_most\":3}");
  // Nothing is near, or the list itself is wrong.
  CHECK(part(R"({"has": {"members": {"a": 9}}})").starts_with(" ["));
  CHECK(part(R"({"count": 3})").starts_with(" ["));
}

TEST_CASE("a symbolic name is as good as its number", "[conform]") {
  const Json name = "ISDSC_SUCCESS";
  CHECK_FALSE(mismatch(Json(0), &name, Json("ISDSC_SUCCESS")));
  CHECK(mismatch(Json(0), &name, Json("ISDSC_OTHER")) == "\"ISDSC_OTHER\"");
  CHECK_FALSE(mismatch(Json(0), &name, Json::parse(R"({"one_of": ["x", "ISDSC_SUCCESS"]})")));
}

TEST_CASE("what is no matcher is refused", "[conform]") {
  for (const auto* text :
       {R"({})", R"({"equals": 1})", R"({"range": [1]})", R"({"range": 1})", R"({"one_of": []})",
        R"({"matches": "("})", R"({"matches": 1})", R"({"contains": 1})", R"({"has": {"no": 1}})",
        R"({"members": []})", R"({"members": {"a": {"no": 1}}})"}) {
    INFO(text);
    CHECK(conform::check_matcher(Json::parse(text)));
  }
}

TEST_CASE("paths lead into objects and arrays", "[conform]") {
  CHECK(conform::find_path(Json::parse(R"([{"a": 1}])"), "0/a") != nullptr);
  CHECK(conform::find_path(Json::parse(R"([{"a": 1}])"), "1/a") == nullptr);
  CHECK(conform::find_path(Json::parse(R"([{"a": 1}])"), "0x/a") == nullptr);
}

}  // namespace hbalab::conform_test
