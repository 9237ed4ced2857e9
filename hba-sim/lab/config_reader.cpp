#include "hba-sim/lab/config_reader.hpp"

#include <utility>

namespace hbalab::lab {

std::string Reader::pointer() const {
  std::string pointer;
  for (const auto& part : path_) {
    pointer += '/';
    if (const auto* name = std::get_if<std::string_view>(&part)) {
      pointer += pointer_token(*name);
    } else {
      pointer += std::to_string(std::get<std::size_t>(part));
    }
  }
  return pointer;
}

void Reader::fail(const JsonNode& node, std::string message) {
  if (!full()) found_.push_back({pointer(), node.end, std::move(message)});
}

void Reader::mismatch(const JsonNode& node, std::string_view expected) {
  fail(node, "is " + describe(node) + "; expected " + std::string(expected));
}

bool read_text(Reader& reader, const JsonNode& node, const TextRule& rule, std::string& value) {
  if (node.type != JsonNode::Type::text) {
    // A secret that was given as a number is a secret all the same.
    if (rule.secret) {
      reader.fail(node, "is not a string; expected 12 to 16 bytes of text");
    } else {
      reader.mismatch(node, "a string");
    }
    return false;
  }
  if (!rule.choices.empty()) {
    if (!contains(rule.choices, node.text)) {
      reader.fail(node,
                  "is " + in_quotes(node.text) + "; " + expected_one_of(node.text, rule.choices));
      return false;
    }
  } else if (auto problem = rule.check(node.text)) {
    const std::string came =
        rule.secret ? std::to_string(node.text.size()) + " bytes long" : in_quotes(node.text);
    reader.fail(node, "is " + came + "; expected " + *problem);
    return false;
  }
  value = node.text;
  return true;
}

Json text_schema(const TextRule& rule) {
  if (!rule.choices.empty()) {
    Json choices = Json::array();
    for (const std::string_view choice : rule.choices) choices.push_back(std::string(choice));
    return Json{{"type", "string"}, {"enum", std::move(choices)}};
  }
  Json schema{{"type", "string"}};
  if (!rule.pattern.empty()) schema["pattern"] = std::string(rule.pattern);
  return schema;
}

bool read_integer(Reader& reader, const JsonNode& node, std::uint64_t low, std::uint64_t high,
                  std::uint64_t& value) {
  const auto expected = [&] {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  };
  bool whole = node.type == JsonNode::Type::integer && (!node.negative || node.magnitude == 0);
  std::uint64_t number = node.magnitude;
  // JSON does not tell 3 from 3.0, and JSON Schema calls both integers.
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (node.type == JsonNode::Type::real && node.real >= 0 && node.real <= kExact &&
      std::floor(node.real) == node.real) {
    whole = true;
    number = static_cast<std::uint64_t>(node.real);
  }
  if (!whole || number < low || number > high) {
    reader.mismatch(node, expected());
    return false;
  }
  value = number;
  return true;
}

bool read_duration(Reader& reader, const JsonNode& node, milliseconds& value) {
  if (node.type == JsonNode::Type::text) {
    const bool bare =
        !node.text.empty() && node.text.find_first_not_of("0123456789") == std::string::npos;
    const auto parsed = parse_duration(bare ? std::string_view() : std::string_view(node.text));
    if (!parsed) {
      reader.mismatch(node, parsed.error());
      return false;
    }
    value = *parsed;
    return true;
  }
  if (node.type != JsonNode::Type::integer && node.type != JsonNode::Type::real) {
    reader.mismatch(node, parse_duration("").error());
    return false;
  }
  std::uint64_t number = 0;
  if (!read_integer(reader, node, 0, static_cast<std::uint64_t>(kMaxMilliseconds), number))
    return false;
  value = milliseconds(static_cast<std::int64_t>(number));
  return true;
}

}  // namespace hbalab::lab
