// The JSON Schema and the parser: one is made from the other's tables, and both judge files alike.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "hba-sim/lab/config.hpp"

using hbalab::lab::lab_schema_text;
using hbalab::lab::parse_lab;
using nlohmann::json;

namespace {

// As much of JSON Schema as the lab's uses; an unknown keyword fails the test.
class Validator {
 public:
  explicit Validator(json schema) : root_(std::move(schema)) {}
  bool accepts(const json& value) const { return check(root_, value); }

 private:
  bool check(const json& schema, const json& value) const {
    for (const auto& [keyword, rule] : schema.items()) {
      if (!check_keyword(schema, keyword, rule, value)) return false;
    }
    return true;
  }

  static bool has_type(const std::string& type, const json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    REQUIRE(type == "integer");
    return value.is_number_integer() ||
           (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
  }

  bool check_keyword(const json& schema, const std::string& keyword, const json& rule,
                     const json& value) const {
    if (keyword[0] == '$' && keyword != "$ref") return true;
    if (keyword == "title" || keyword == "description" || keyword == "default") return true;
    if (keyword == "$ref") {
      return check(root_.at(json::json_pointer(rule.get<std::string>().substr(1))), value);
    }
    if (keyword == "type") return has_type(rule, value);
    if (keyword == "enum") return std::find(rule.begin(), rule.end(), value) != rule.end();
    if (keyword == "minimum") return !value.is_number() || value >= rule;
    if (keyword == "maximum") return !value.is_number() || value <= rule;
    if (keyword == "pattern") {
      return !value.is_string() ||
             std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
    }
    if (keyword == "minItems") return !value.is_array() || value.size() >= rule;
    if (keyword == "maxItems") return !value.is_array() || value.size() <= rule;
    if (keyword == "maxProperties") return !value.is_object() || value.size() <= rule;
    if (keyword == "uniqueItems")
      return !value.is_array() || std::set<json>(value.begin(), value.end()).size() == value.size();
    if (keyword == "anyOf") {
      return std::any_of(rule.begin(), rule.end(),
                         [&](const json& one) { return check(one, value); });
    }
    if (keyword == "oneOf") {
      return std::count_if(rule.begin(), rule.end(),
                           [&](const json& one) { return check(one, value); }) == 1;
    }
    if (keyword == "required") {
      return !value.is_object() || std::all_of(rule.begin(), rule.end(), [&](const json& name) {
        return value.contains(name);
      });
    }
    if (keyword == "items") {
      return !value.is_array() || std::all_of(value.begin(), value.end(),
                                              [&](const json& item) { return check(rule, item); });
    }
    return check_members(schema, keyword, rule, value);
  }

  bool check_members(const json& schema, const std::string& keyword, const json& rule,
                     const json& value) const {
    REQUIRE((keyword == "properties" || keyword == "additionalProperties"));
    if (!value.is_object()) return true;
    for (const auto& [name, member] : value.items()) {
      const bool known = schema.contains("properties") && schema["properties"].contains(name);
      if (keyword == "properties") {
        if (known && !check(rule.at(name), member)) return false;
      } else if (!known) {
        if (rule.is_boolean() ? !rule.get<bool>() : !check(rule, member)) return false;
      }
    }
    return true;
  }

  json root_;
};

json good_lab() {
  return json::parse(R"({"adapters":[{"name":"hba0","ports":[{"address":"192.0.2.1"}]}],
    "targets":[{"name":"iqn.2026-01.org.example:a","portals":[{"address":"192.0.2.9"}],"luns":[{"lun":0}],
                "chap":{"user":"u","secret":"123456789012"},"keys":{"MaxBurstLength":"65536"}}],
    "hosts":{"a.example.org":"192.0.2.2"}})");
}

}  // namespace

TEST_CASE("the schema file is what the parser's tables say") {
  // HBALAB_UPDATE_SCHEMA=1 writes the file anew after a change of the tables.
  if (std::getenv("HBALAB_UPDATE_SCHEMA") != nullptr) {
    std::ofstream(HBALAB_LAB_SCHEMA, std::ios::binary) << lab_schema_text();
  }
  std::ifstream stream(HBALAB_LAB_SCHEMA, std::ios::binary);
  REQUIRE(stream);
  std::stringstream text;
  text << stream.rdbuf();
  CHECK(text.str() == lab_schema_text());
}

TEST_CASE("schema and parser agree, value by value") {
  const Validator validator(json::parse(lab_schema_text()));
  const auto agree = [&](const json& lab, bool good) {
    INFO(lab.dump());
    CHECK(validator.accepts(lab) == good);
    CHECK(parse_lab("x", lab.dump()).has_value() == good);
  };
  agree(good_lab(), true);
  struct Case {
    const char* where;
    const char* value;  // JSON; "" removes
    bool good;
  };
  const Case cases[] = {
      {"/name", "\"x\"", true},
      {"/name", "\"a b\"", false},
      {"/name", "1", false},
      {"/seed", "5", true},
      {"/seed", "5.0", true},
      {"/seed", "-1", false},
      {"/seed", "\"5\"", false},
      {"/sed", "5", false},
      {"/$schema", "\"lab.schema.json\"", true},
      {"/adapters", "[]", false},
      {"/adapters", "", false},
      {"/targets", "[]", true},
      {"/hosts", "{}", true},
      {"/hosts", "{\"a\":1}", false},
      {"/adapters/0/name", "", false},
      {"/adapters/0/ports", "[]", false},
      {"/adapters/0/ports", "", false},
      {"/adapters/0/miniport", "{\"path\":\"./driver.so\"}", false},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"./driver.so\"}}", true},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{}}", false},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"\"}}", false},
      {"/adapters/0",
       "{\"name\":\"a\",\"miniport\":{\"path\":\"d\",\"mof\":[\"d.mof\"],"
       "\"registry\":{\"Depth\":32,\"Name\":\"x\"}}}",
       true},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"d\",\"mof\":\"d.mof\"}}", false},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"d\",\"mof\":[1]}}", false},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"d\",\"registry\":{\"Depth\":-1}}}",
       false},
      {"/adapters/0", "{\"name\":\"a\",\"miniport\":{\"path\":\"d\",\"registry\":{\"Depth\":[]}}}",
       false},
      {"/adapters/0/ports/0/mac", "\"02:00:00:00:00:0g\"", false},
      {"/adapters/0/ports/0/mac", "\"02:00:00:00:00:0A\"", true},
      {"/adapters/0/ports/0/link_up", "0", false},
      {"/adapters/0/ports/0/link_up", "false", true},
      {"/adapters/0/ports/0/link_speed", "999999", false},
      {"/adapters/0/max_sessions", "0", false},
      {"/adapters/0/max_cdb_length", "261", false},
      {"/adapters/0/functionality", "[\"ISCSI_HBA_ISNS_DISCOVERY\"]", true},
      {"/adapters/0/functionality", "[\"ISCSI_HBA_ISNS_DISCOVERY\",\"ISCSI_HBA_ISNS_DISCOVERY\"]",
       false},
      {"/adapters/0/functionality", "[\"ISNS\"]", false},
      {"/adapters/0/nvram", "{\"slots\":0}", true},
      {"/adapters/0/nvram", "{\"slot\":1}", false},
      {"/adapters/0/timing", "{\"login_timeout\":\"15s\",\"retry_interval\":100}", true},
      {"/adapters/0/timing", "{\"login_timeout\":\"15\"}", false},
      {"/adapters/0/timing", "{\"login_timeout\":\"15h\"}", false},
      {"/adapters/0/timing", "{\"login_timeout\":true}", false},
      {"/adapters/0/device_instance", "\"PCI\"", false},
      {"/adapters/0/initiator_name", "\"host\"", false},
      {"/targets/0/name", "\"disk\"", false},
      {"/targets/0/portals/0/port", "0", false},
      {"/targets/0/portals/0/port", "65535", true},
      {"/targets/0/portals/0/group", "65536", false},
      {"/targets/0/portals/0/state", "\"up\"", true},
      {"/targets/0/portals/0/state", "\"down\"", false},
      {"/targets/0/portals/0/network", "\"\"", false},
      {"/targets/0/portals/0/address", "", false},
      {"/targets/0/luns/0/lun", "", false},
      {"/targets/0/luns/0/lun", "16384", false},
      {"/targets/0/luns/0/blocks", "0", false},
      {"/targets/0/luns/0/block_size", "256", false},
      {"/targets/0/chap/user", "", false},
      {"/targets/0/chap/password", "\"x\"", false},
      {"/targets/0/login_refusal", "\"auth\"", true},
      {"/targets/0/login_refusal", "\"never\"", false},
      {"/targets/0/keys", "{\"MaxBurstLength\":65536}", false},
      {"/targets/0/keys", "{\"Unknown\":\"1\"}", false},
      {"/targets/0/connect_delay", "86400001", false},
  };
  for (const Case& one : cases) {
    json lab = good_lab();
    const json::json_pointer where(one.where);
    if (*one.value == '\0') {
      lab[where.parent_pointer()].erase(where.back());
    } else {
      lab[where] = json::parse(one.value);
    }
    agree(lab, one.good);
  }
}
