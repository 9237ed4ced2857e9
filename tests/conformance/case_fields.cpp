// The tables of case files.
#include "tests/conformance/case_fields.hpp"

#include <algorithm>
#include <array>

namespace hbalab::conform {
namespace {

using lab::Definitions;
using lab::FieldText;
using lab::JsonNode;
using lab::Reader;
using lab::TextRule;

constexpr std::size_t kMostSteps = 200;
constexpr std::size_t kMostCases = 1000;
constexpr std::size_t kMostText = 1000;

constexpr std::uint32_t kMostTries = 1000;

constexpr std::array<std::string_view, 18> kVerbs{
    "query", "call",   "set",    "instances", "registered", "watch", "event",  "quiet", "reset",
    "start", "finish", "cancel", "bench",     "look",       "make",  "remove", "views", "wait"};

lab::Problem check_sentence(std::string_view text) {
  if (text.empty() || text.size() > kMostText)
    return "a text of 1 to " + std::to_string(kMostText) + " bytes";
  return std::nullopt;
}

lab::Problem check_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
  };
  if (text.empty() || text.size() > 200 || !std::ranges::all_of(text, fits))
    return "letters, digits, '_', '-', '.' and '/', at most 200";
  return std::nullopt;
}

const TextRule kSentence{check_sentence, {}, {}, false};
const TextRule kId{check_id, "^[A-Za-z0-9_./-]{1,200}$", {}, false};

lab::Json one_of_schema(std::span<const std::string_view> names) {
  lab::Json schema{{"type", "string"}};
  schema["enum"] = lab::Json::array();
  for (const auto name : names) schema["enum"].push_back(name);
  return schema;
}

// A text out of a table of names.
template <typename Owner, typename Value>
lab::Field<Owner> named_field(FieldText text, Value Owner::* member,
                              std::span<const std::string_view> names,
                              std::optional<Value> (*of)(std::string_view)) {
  return {text.name, text.description, text.required,
          [=](Reader& reader, const JsonNode& node, Owner& owner) {
            const auto value =
                node.type == JsonNode::Type::text ? of(node.text) : std::optional<Value>{};
            if (!value)
              return reader.fail(node, "is " + lab::describe(node) + "; " +
                                           lab::expected_one_of(node.text, names));
            owner.*member = *value;
          },
          [=](Definitions&) { return one_of_schema(names); }};
}

// An array of such texts.
template <typename Owner, typename Value>
lab::Field<Owner> names_field(FieldText text, std::vector<Value> Owner::* member,
                              std::span<const std::string_view> names,
                              std::optional<Value> (*of)(std::string_view)) {
  return {
      text.name, text.description, text.required,
      [=](Reader& reader, const JsonNode& node, Owner& owner) {
        if (node.type != JsonNode::Type::array) return reader.mismatch(node, "an array");
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          const Reader::Step step(reader, i);
          const JsonNode& child = node.children[i];
          const auto value =
              child.type == JsonNode::Type::text ? of(child.text) : std::optional<Value>{};
          if (value) {
            (owner.*member).push_back(*value);
          } else {
            reader.fail(child, "is " + lab::describe(child) + "; " +
                                   lab::expected_one_of(child.text, names));
          }
        }
      },
      [=](Definitions&) { return lab::Json{{"type", "array"}, {"items", one_of_schema(names)}}; }};
}

template <typename Owner>
lab::Field<Owner> texts_field(FieldText text, std::vector<std::string> Owner::* member) {
  return {
      text.name, text.description, text.required,
      [=](Reader& reader, const JsonNode& node, Owner& owner) {
        if (node.type != JsonNode::Type::array) return reader.mismatch(node, "an array");
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          const Reader::Step step(reader, i);
          std::string value;
          if (lab::read_text(reader, node.children[i], kSentence, value))
            (owner.*member).push_back(std::move(value));
        }
      },
      [](Definitions&) { return lab::Json{{"type", "array"}, {"items", {{"type", "string"}}}}; }};
}

// Any JSON of an object; `check` judges it.
template <typename Owner>
lab::Field<Owner> json_field(FieldText text, Json Owner::* member,
                             std::function<std::optional<std::string>(const Json&)> check = {}) {
  return {text.name, text.description, text.required,
          [=](Reader& reader, const JsonNode& node, Owner& owner) {
            if (node.type != JsonNode::Type::object) return reader.mismatch(node, "an object");
            owner.*member = Json::object();
            for (std::size_t i = 0; i < node.names.size(); ++i) {
              const Reader::Step step(reader, std::string_view(node.names[i]));
              Json value = json_of(node.children[i]);
              if (auto wrong = check ? check(value) : std::nullopt)
                reader.fail(node.children[i], *wrong);
              (owner.*member)[node.names[i]] = std::move(value);
            }
          },
          [](Definitions&) { return lab::Json{{"type", "object"}}; }};
}

std::optional<std::string> check_expected(const Json& matcher) {
  auto wrong = check_matcher(matcher);
  if (!wrong) return std::nullopt;
  std::string names;
  for (const auto name : matcher_names()) names += (names.empty() ? "" : ", ") + std::string(name);
  return *wrong + "; expected a value, or an object of matchers: " + names;
}

lab::Field<Step> verb_field(Verb verb, std::string_view description) {
  const std::string_view name = kVerbs[static_cast<std::size_t>(verb)];
  return {name, description, false,
          [verb](Reader& reader, const JsonNode& node, Step& step) {
            if (!step.object.empty()) {
              reader.fail(node, "is a second thing to do; expected one in a step");
              return;
            }
            step.verb = verb;
            (void)lab::read_text(reader, node, kSentence, step.object);
          },
          [](Definitions&) { return lab::text_schema(kSentence); }};
}

lab::Field<Step> room_field() {
  constexpr std::string_view kExpected =
      "a number of bytes, or \"needed\", \"needed+N\" or \"needed-N\"";
  return {
      "room", "How many bytes the answer may take, or how many more or less than it needs", false,
      [=](Reader& reader, const JsonNode& node, Step& step) {
        std::optional<Room> room;
        if (node.type == JsonNode::Type::integer && !node.negative && node.magnitude <= 1U << 24)
          room = Room{false, static_cast<std::int64_t>(node.magnitude)};
        if (node.type == JsonNode::Type::text) room = room_of(node.text);
        if (!room) return reader.mismatch(node, kExpected);
        step.room = room;
      },
      [](Definitions&) {
        lab::Json schema;
        schema["anyOf"] = {{{"type", "integer"}, {"minimum", 0}},
                           {{"type", "string"}, {"pattern", "^needed([+-][0-9]{1,6})?$"}}};
        return schema;
      }};
}

}  // namespace

lab::Problem check_line(std::string_view text) {
  if (text.size() > kMostText) return "a text of at most " + std::to_string(kMostText) + " bytes";
  return std::nullopt;
}

std::string_view verb_name(Verb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }

std::optional<Room> room_of(std::string_view text) {
  constexpr std::string_view kNeeded = "needed";
  if (!text.starts_with(kNeeded)) return std::nullopt;
  text.remove_prefix(kNeeded.size());
  if (text.empty()) return Room{true, 0};
  const bool minus = text.front() == '-';
  if ((!minus && text.front() != '+') || text.size() < 2 || text.size() > 7) return std::nullopt;
  std::int64_t bytes = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    bytes = bytes * 10 + (c - '0');
  }
  return Room{true, minus ? -bytes : bytes};
}

Json json_of(const JsonNode& node) {
  switch (node.type) {
    case JsonNode::Type::boolean:
      return node.truth;
    case JsonNode::Type::integer:
      if (node.negative) return -static_cast<std::int64_t>(node.magnitude);
      return node.magnitude;
    case JsonNode::Type::real:
      return node.real;
    case JsonNode::Type::text:
      return node.text;
    case JsonNode::Type::array: {
      Json array = Json::array();
      for (const JsonNode& child : node.children) array.push_back(json_of(child));
      return array;
    }
    case JsonNode::Type::object: {
      Json object = Json::object();
      for (std::size_t i = 0; i < node.names.size(); ++i)
        object[node.names[i]] = json_of(node.children[i]);
      return object;
    }
    case JsonNode::Type::null:
      break;
  }
  return nullptr;
}

}  // namespace hbalab::conform

namespace hbalab::lab {

using namespace conform;

std::string_view Table<conform::Step>::title() { return "step"; }
const std::vector<Field<conform::Step>>& Table<conform::Step>::fields() {
  using conform::Step;
  static const std::vector<Field<Step>> fields{
      verb_field(Verb::query, "Class whose block is asked for"),
      verb_field(Verb::call, "Method to execute, Class.Method"),
      verb_field(Verb::set, "Class of which properties are set"),
      verb_field(Verb::instances, "Class whose instances are listed: count and names"),
      verb_field(Verb::registered, "Class that a driver has to serve"),
      verb_field(Verb::watch, "Class whose events are taken from now on"),
      verb_field(Verb::event, "Class of which an event has to come"),
      verb_field(Verb::quiet, "Class of which no event may come"),
      verb_field(Verb::reset, "What is reset: adapter; or lab, which is switched off and on"),
      verb_field(Verb::start, "Method to execute without waiting for its end, Class.Method"),
      verb_field(Verb::finish, "Name of a started call whose answer is waited for"),
      verb_field(Verb::cancel, "Name of a started call that is to end early"),
      verb_field(Verb::bench, "File below lab/ to write to"),
      verb_field(Verb::look, "File below lab/ to read: text"),
      verb_field(Verb::make, "Directory below lab/ to make"),
      verb_field(Verb::remove, "Directory below lab/ to remove"),
      verb_field(Verb::views, "Class of which an instance's block, JSON and files have to agree"),
      verb_field(Verb::wait, "How long to let time pass: 500ms, 2s, 1m"),
      text_field(
          {"instance", "Pattern of the instance's name; else the one of the device under test"},
          &Step::instance, kSentence),
      json_field({"in", "IN of the method"}, &Step::in),
      json_field({"values", "Properties to set"}, &Step::in),
      text_field({"text", "What the file of the bench gets"}, &Step::text,
                 {check_line, {}, {}, false}),
      text_field({"raw", "IN as hexadecimal digits"}, &Step::raw,
                 {check_hex, "^([0-9A-Fa-f]{2}|[ \\n])*$", {}, false}),
      boolean_field({"json", "The call is made as people make it, by the file that takes JSON"},
                    &Step::json),
      room_field(),
      names_field({"outcome", "How the request may end; without it success"}, &Step::outcomes,
                  outcome_names(), &outcome_of_name),
      json_field({"expect", "What the answer has to be: values or matchers by path"}, &Step::expect,
                 check_expected),
      text_field({"as", "Name by which later steps refer to the answer"}, &Step::as, kId),
      duration_field({"within", "The step is repeated for so long until it is as expected"},
                     &Step::within),
      integer_field({"tries", "The step is done so often at most until it is as expected"},
                    &Step::tries, 1, kMostTries)};
  return fields;
}

std::string_view Table<conform::Requirement>::title() { return "requirement"; }
const std::vector<Field<conform::Requirement>>& Table<conform::Requirement>::fields() {
  static const std::vector<Field<Requirement>> fields{
      text_field({"source", "Document, header or section that asks for it", true},
                 &Requirement::source, kSentence),
      text_field({"text", "What it asks for", true}, &Requirement::text, kSentence),
      named_field({"weight", "How much it is asked for", true}, &Requirement::weight,
                  weight_names(), &weight_of_name)};
  return fields;
}

std::string_view Table<conform::Needs>::title() { return "needs"; }
const std::vector<Field<conform::Needs>>& Table<conform::Needs>::fields() {
  static const std::vector<Field<Needs>> fields{
      texts_field({"classes", "Classes that have to have an instance"}, &Needs::classes),
      texts_field({"methods", "Methods that have to be there, Class.Method"}, &Needs::methods),
      texts_field({"parameters", "Parameters that have to be given"}, &Needs::parameters),
      names_field({"abilities", "What the implementation has to offer"}, &Needs::abilities,
                  ability_names(), &ability_of_name)};
  return fields;
}

std::string_view Table<CaseText>::title() { return "case"; }
const std::vector<Field<CaseText>>& Table<CaseText>::fields() {
  static const std::vector<Field<CaseText>> fields{
      text_field({"id", "Class/about/what; never changes", true}, &CaseText::id, kId),
      text_field({"title", "What is tested, in a sentence", true}, &CaseText::title, kSentence),
      object_field({"requirement", "What asks for it; else that of the file"},
                   &CaseText::requirement),
      object_field({"needs", "What has to be there for it to apply"}, &CaseText::needs),
      boolean_field({"exclusive", "Whether nothing else may run at the same time"},
                    &CaseText::exclusive),
      list_field({"when", "Steps that have to be as expected for it to apply"}, &CaseText::when,
                 {0, kMostSteps}),
      list_field({"steps", "What is done", true}, &CaseText::steps, {1, kMostSteps}),
      list_field({"cleanup", "What is undone in any case"}, &CaseText::cleanup, {0, kMostSteps})};
  return fields;
}

std::string_view Table<CaseFileText>::title() { return "case_file"; }
const std::vector<Field<CaseFileText>>& Table<CaseFileText>::fields() {
  static const std::vector<Field<CaseFileText>> fields{
      text_field({"$schema", "JSON Schema of this file, for editors"}, &CaseFileText::schema,
                 kSentence),
      text_field({"about", "What the file is about"}, &CaseFileText::about, kSentence),
      object_field({"requirement", "Of the cases that have none"}, &CaseFileText::requirement),
      list_field({"cases", "The cases"}, &CaseFileText::cases, {0, kMostCases}),
      list_field({"conditions", "When generated cases apply"}, &CaseFileText::conditions,
                 {0, kMostCases})};
  return fields;
}

std::string_view Table<conform::Condition>::title() { return "condition"; }
const std::vector<Field<conform::Condition>>& Table<conform::Condition>::fields() {
  static const std::vector<Field<Condition>> fields{
      text_field({"cases", "Ids of generated cases, a pattern with * and ?", true},
                 &Condition::cases, kSentence),
      list_field({"when", "Steps that have to be as expected for them to apply", true},
                 &Condition::when, {1, kMostSteps})};
  return fields;
}

std::string_view Table<conform::KnownFailure>::title() { return "known_failure"; }
const std::vector<Field<conform::KnownFailure>>& Table<conform::KnownFailure>::fields() {
  static const std::vector<Field<KnownFailure>> fields{
      text_field({"case", "Id, or a pattern with * and ?", true}, &KnownFailure::id, kSentence),
      text_field({"reason", "Why it fails", true}, &KnownFailure::reason, kSentence)};
  return fields;
}

std::string_view Table<KnownFailuresText>::title() { return "known_failures"; }
const std::vector<Field<KnownFailuresText>>& Table<KnownFailuresText>::fields() {
  static const std::vector<Field<KnownFailuresText>> fields{
      list_field({"known_failures", "Cases that fail, and why", true}, &KnownFailuresText::list,
                 {0, kMostCases})};
  return fields;
}

}  // namespace hbalab::lab
