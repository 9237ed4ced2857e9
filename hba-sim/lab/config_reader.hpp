// The table-driven reader behind parse_lab: one table of fields for each object of the lab file
// gives both the parser and the JSON Schema, so that the two cannot disagree.
#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::lab {

using Json = nlohmann::ordered_json;

// Collects what is wrong. The path is kept as parts and spelled only when something is wrong.
class Reader {
 public:
  static constexpr std::size_t kMaxErrors = 200;  // a hostile file must not produce a million

  class Step {
   public:
    Step(Reader& reader, std::variant<std::string_view, std::size_t> part) : reader_(reader) {
      reader_.path_.push_back(part);
    }
    ~Step() { reader_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
  };

  [[nodiscard]] std::string pointer() const;
  void fail(const JsonNode& node, std::string message);
  // "is <what came>; expected <expected>"
  void mismatch(const JsonNode& node, std::string_view expected);
  [[nodiscard]] bool full() const { return found_.size() >= kMaxErrors; }

  struct Found {
    std::string where;
    std::size_t end = 0;  // JsonNode::end
    std::string message;
  };
  [[nodiscard]] std::vector<Found>& found() { return found_; }

 private:
  std::vector<std::variant<std::string_view, std::size_t>> path_;
  std::vector<Found> found_;
};

// Schemas of the objects, by name, as they are met.
using Definitions = Json;

template <class Owner>
struct Field {
  std::string_view name;
  std::string_view description;
  bool required = false;
  std::function<void(Reader&, const JsonNode&, Owner&)> read;
  std::function<Json(Definitions&)> schema;
};

// Specialised in config_fields.cpp.
template <class Owner>
struct Table {
  static std::string_view title();
  static const std::vector<Field<Owner>>& fields();
};

// Of two keys exactly one has to be given: Table<Owner>::one_of() names them.
template <class Owner>
concept HasAlternatives = requires { Table<Owner>::one_of(); };

template <class Owner>
void read_object(Reader& reader, const JsonNode& node, Owner& owner) {
  if (node.type != JsonNode::Type::object) {
    reader.mismatch(node, "an object");
    return;
  }
  const auto& fields = Table<Owner>::fields();
  std::vector<bool> given(fields.size());
  for (std::size_t i = 0; i < node.names.size() && !reader.full(); ++i) {
    const Reader::Step step(reader, std::string_view(node.names[i]));
    std::size_t at = 0;
    while (at < fields.size() && fields[at].name != node.names[i]) ++at;
    if (at == fields.size()) {
      std::vector<std::string_view> names;
      for (const auto& field : fields) names.push_back(field.name);
      reader.fail(node.children[i],
                  "is not a key of this object; " + expected_one_of(node.names[i], names));
      continue;
    }
    given[at] = true;
    fields[at].read(reader, node.children[i], owner);
  }
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if (fields[at].required && !given[at]) {
      reader.fail(node, "lacks the required key " + in_quotes(fields[at].name));
    }
  }
  if constexpr (HasAlternatives<Owner>) {
    const auto [one, other] = Table<Owner>::one_of();
    const bool has_one = node.member(one) != nullptr, has_other = node.member(other) != nullptr;
    if (has_one == has_other) {
      reader.fail(node, std::string(has_one ? "has both of" : "lacks one of") + " the keys " +
                            in_quotes(one) + " and " + in_quotes(other) +
                            "; expected exactly one of them");
    }
  }
}

template <class Owner>
Json object_schema(Definitions& definitions) {
  const std::string title(Table<Owner>::title());
  if (!definitions.contains(title)) {
    definitions[title] = Json::object();  // before the members: an object may hold its own kind
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto& field : Table<Owner>::fields()) {
      Json schema = field.schema(definitions);
      schema["description"] = field.description;
      properties[std::string(field.name)] = std::move(schema);
      if (field.required) required.push_back(std::string(field.name));
    }
    Json& object = definitions[title];
    object["type"] = "object";
    object["properties"] = std::move(properties);
    if (!required.empty()) object["required"] = std::move(required);
    object["additionalProperties"] = false;
    if constexpr (HasAlternatives<Owner>) {
      for (const std::string_view name : Table<Owner>::one_of()) {
        object["oneOf"].push_back(Json{{"required", Json::array({std::string(name)})}});
      }
    }
  }
  return Json{{"$ref", "#/$defs/" + title}};
}

struct FieldText {
  std::string_view name;
  std::string_view description;
  bool required = false;
};

struct TextRule {
  std::function<Problem(std::string_view)> check = check_plain_text;
  std::string_view pattern = {};                   // for the schema: no stricter than `check`
  std::span<const std::string_view> choices = {};  // instead of both
  bool secret = false;                             // never quoted in a message
};

[[nodiscard]] bool read_text(Reader& reader, const JsonNode& node, const TextRule& rule,
                             std::string& value);
[[nodiscard]] Json text_schema(const TextRule& rule);
[[nodiscard]] bool read_integer(Reader& reader, const JsonNode& node, std::uint64_t low,
                                std::uint64_t high, std::uint64_t& value);
[[nodiscard]] bool read_duration(Reader& reader, const JsonNode& node, milliseconds& value);

template <class Owner>
Field<Owner> text_field(FieldText text, std::string Owner::* member, TextRule rule) {
  return {text.name, text.description, text.required,
          [member, rule](Reader& reader, const JsonNode& node, Owner& owner) {
            (void)read_text(reader, node, rule, owner.*member);
          },
          [member, rule](Definitions&) {
            Json schema = text_schema(rule);
            const Owner fresh{};
            if (!(fresh.*member).empty()) schema["default"] = fresh.*member;
            return schema;
          }};
}

template <class Owner, class Number>
Field<Owner> integer_field(FieldText text, Number Owner::* member, std::uint64_t low,
                           std::uint64_t high, std::function<Problem(std::uint64_t)> check = {}) {
  return {text.name, text.description, text.required,
          [=](Reader& reader, const JsonNode& node, Owner& owner) {
            std::uint64_t value = 0;
            if (!read_integer(reader, node, low, high, value)) return;
            if (check) {
              if (auto problem = check(value)) return reader.mismatch(node, *problem);
            }
            owner.*member = static_cast<Number>(value);
          },
          [=](Definitions&) {
            Json schema{{"type", "integer"}, {"minimum", low}, {"maximum", high}};
            if (!text.required) schema["default"] = Owner{}.*member;
            return schema;
          }};
}

template <class Owner>
Field<Owner> boolean_field(FieldText text, bool Owner::* member) {
  return {
      text.name, text.description, text.required,
      [member](Reader& reader, const JsonNode& node, Owner& owner) {
        if (node.type != JsonNode::Type::boolean) return reader.mismatch(node, "true or false");
        owner.*member = node.truth;
      },
      [member](Definitions&) { return Json{{"type", "boolean"}, {"default", Owner{}.*member}}; }};
}

template <class Owner>
Field<Owner> duration_field(FieldText text, milliseconds Owner::* member) {
  return {text.name, text.description, text.required,
          [member](Reader& reader, const JsonNode& node, Owner& owner) {
            (void)read_duration(reader, node, owner.*member);
          },
          [member](Definitions&) {
            Json schema;
            schema["anyOf"] = Json::array(
                {Json{{"type", "integer"}, {"minimum", 0}, {"maximum", kMaxMilliseconds}},
                 Json{{"type", "string"}, {"pattern", std::string(kDurationPattern)}}});
            schema["default"] = (Owner{}.*member).count();
            return schema;
          }};
}

struct ListRule {
  std::size_t at_least = 0;
  std::size_t at_most = 0;
};

template <class Owner, class Item>
Field<Owner> list_field(FieldText text, std::vector<Item> Owner::* member, ListRule rule) {
  return {text.name, text.description, text.required,
          [=](Reader& reader, const JsonNode& node, Owner& owner) {
            const std::size_t count = node.children.size();
            if (node.type != JsonNode::Type::array) return reader.mismatch(node, "an array");
            if (count < rule.at_least || count > rule.at_most) {
              reader.fail(node, "has " + std::to_string(count) + " entries; expected " +
                                    std::to_string(rule.at_least) + " to " +
                                    std::to_string(rule.at_most));
              return;
            }
            auto& list = owner.*member;
            list.resize(count);
            for (std::size_t i = 0; i < count && !reader.full(); ++i) {
              const Reader::Step step(reader, i);
              read_object(reader, node.children[i], list[i]);
            }
          },
          [=](Definitions& definitions) {
            Json schema{{"type", "array"}, {"items", object_schema<Item>(definitions)}};
            if (rule.at_least != 0) schema["minItems"] = rule.at_least;
            schema["maxItems"] = rule.at_most;
            return schema;
          }};
}

template <class Owner, class Item>
Field<Owner> object_field(FieldText text, Item Owner::* member) {
  return {text.name, text.description, text.required,
          [member](Reader& reader, const JsonNode& node, Owner& owner) {
            read_object(reader, node, owner.*member);
          },
          [](Definitions& definitions) { return object_schema<Item>(definitions); }};
}

template <class Owner, class Item>
Field<Owner> object_field(FieldText text, std::optional<Item> Owner::* member) {
  return {text.name, text.description, text.required,
          [member](Reader& reader, const JsonNode& node, Owner& owner) {
            read_object(reader, node, (owner.*member).emplace());
          },
          [](Definitions& definitions) { return object_schema<Item>(definitions); }};
}

}  // namespace hbalab::lab
