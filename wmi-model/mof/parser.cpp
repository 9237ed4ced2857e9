#include "wmi-model/mof/parser.hpp"

#include <array>
#include <limits>
#include <utility>

#include "wmi-model/mof/literal.hpp"

namespace hbalab::wmi::mof {
namespace {

constexpr std::array<std::pair<std::string_view, CimType>, 14> kTypes = {
    {{"boolean", CimType::boolean},
     {"sint8", CimType::sint8},
     {"uint8", CimType::uint8},
     {"sint16", CimType::sint16},
     {"uint16", CimType::uint16},
     {"sint32", CimType::sint32},
     {"uint32", CimType::uint32},
     {"sint64", CimType::sint64},
     {"uint64", CimType::uint64},
     {"real32", CimType::real32},
     {"real64", CimType::real64},
     {"char16", CimType::char16},
     {"string", CimType::string},
     {"datetime", CimType::datetime}}};

}  // namespace

Parser::Parser(Preprocessor& tokens, Diagnostics& diagnostics, std::pmr::memory_resource& arena)
    : tokens_(tokens), diagnostics_(diagnostics), arena_(arena) {}

void Parser::advance() {
  last_end_ = token_.where;
  last_end_.offset += static_cast<std::uint32_t>(token_.text.size());
  token_ = tokens_.next();
}

bool Parser::is_word(std::string_view word) const {
  return token_.kind == TokenKind::identifier && equal_ignoring_case(token_.text, word);
}

bool Parser::accept(char c) {
  if (!is(c)) return false;
  advance();
  return true;
}

std::string Parser::describe(const Token& token) const {
  constexpr std::size_t kShown = 40;
  switch (token.kind) {
    case TokenKind::end:
    case TokenKind::newline:
      return "the end of the file";
    case TokenKind::string:
      return "a string";
    case TokenKind::character:
      return "a character";
    default:
      break;
  }
  return "'" + std::string(token.text.substr(0, kShown)) +
         (token.text.size() > kShown ? "..." : "") + "'";
}

bool Parser::fail_at(const Position& where, std::string message) {
  if (tokens_.gave_up() || std::exchange(excused_, false)) return false;
  diagnostics_.error(where, std::move(message));
  if (long_string_.file != Position::kNoFile) {
    diagnostics_.attach(long_string_, "a string that begins here goes on over several lines");
    long_string_ = {};
  }
  return false;
}

bool Parser::fail(std::string_view expected) {
  return fail_at(token_.where, "expected " + std::string(expected) + ", got " + describe(token_));
}

bool Parser::expect(char c, std::string_view context) {
  if (accept(c)) return true;
  return fail(std::string("'") + c + "' " + std::string(context));
}

bool Parser::expect_name(std::string_view& name, std::string_view what) {
  if (token_.kind != TokenKind::identifier) return fail(what);
  name = token_.text;
  advance();
  return true;
}

std::string_view Parser::keep(std::string_view text) {
  if (text.empty()) return {};
  auto* memory = static_cast<char*>(arena_.allocate(text.size(), 1));
  text.copy(memory, text.size());
  return {memory, text.size()};
}

// Behind the declaration or member in which an error was: past ';', or to the brace that closes
// what is around it, or to a line that clearly begins something new.
void Parser::recover() {
  excused_ = false;
  std::size_t depth = 0;
  while (!at_end()) {
    if (is('{')) ++depth;
    if (is('}')) {
      if (depth == 0) return;
      --depth;
    }
    if (depth == 0 && is(';')) {
      advance();
      return;
    }
    if (token_.line_start && depth == 0 && (is_word("class") || is_word("instance"))) return;
    advance();
  }
}

void Parser::parse(std::vector<ClassNode*>& classes) {
  token_ = tokens_.next();
  while (!at_end() && !diagnostics_.stopped()) {
    declaration(classes);
  }
}

void Parser::declaration(std::vector<ClassNode*>& classes) {
  if (accept(';')) return;
  if (is('}')) {
    fail("a declaration (class, instance, qualifier or '[')");
    advance();
    return;
  }
  List<QualifierNode> qualifiers(&arena_);
  if (is('[') && !qualifier_list(qualifiers)) {
    // The class that they belong to is read without them, so that its members are still judged.
    while (!at_end() && !is_word("class") && !is_word("instance") && !is(';') && !is('{'))
      advance();
    if (is_word("class")) {
      class_declaration(std::move(qualifiers), classes);
      if (!classes.empty()) classes.back()->broken = true;
      return;
    }
    recover();
    accept('}');
    return;
  }
  if (is_word("class")) {
    class_declaration(std::move(qualifiers), classes);
  } else if (is_word("instance")) {
    instance();
  } else if (is_word("qualifier")) {
    qualifier_declaration();
  } else {
    fail(qualifiers.empty() ? "a declaration (class, instance, qualifier or '[')"
                            : "'class' or 'instance' behind the qualifiers");
    recover();
    accept('}');
  }
}

void Parser::class_declaration(List<QualifierNode> qualifiers, std::vector<ClassNode*>& classes) {
  advance();
  auto* cls = std::pmr::polymorphic_allocator<>(&arena_).new_object<ClassNode>(
      ClassNode{std::move(qualifiers), {}, {}, {}, {}, List<MemberNode>(&arena_), false});
  cls->where = token_.where;
  bool ok = expect_name(cls->name, "the name of the class");
  if (ok && is_word("as")) {
    advance();
    std::string_view alias;
    ok = expect('$', "and the name of the alias") && expect_name(alias, "the name of the alias");
  }
  if (ok && accept(':')) {
    cls->base_where = token_.where;
    ok = expect_name(cls->base, "the name of the base class");
  }
  if (ok && is(';')) {  // a declaration ahead of the definition: nothing to keep
    advance();
    return;
  }
  ok = ok && expect('{', "and the members of class '" + std::string(cls->name) + "'");
  if (!ok) {
    recover();
    accept('}');
    return;
  }
  classes.push_back(cls);
  while (!at_end() && !is('}') && !diagnostics_.stopped()) member(*cls);
  if (at_end()) {
    cls->broken = true;
    if (!diagnostics_.stopped()) fail("'}' at the end of class '" + std::string(cls->name) + "'");
    return;
  }
  advance();
  if (!accept(';')) {
    fail_at(last_end_, "expected ';' behind the '}' of class '" + std::string(cls->name) +
                           "', got " + describe(token_));
  }
}

void Parser::member(ClassNode& cls) {
  if (accept(';')) return;
  MemberNode node{List<QualifierNode>(&arena_), {}, {}, {}, false, {}, {}, false,
                  List<MemberNode>(&arena_)};
  bool ok = !is('[') || qualifier_list(node.qualifiers);
  ok = ok && type(node.type);
  node.where = token_.where;
  ok = ok && expect_name(node.name, "the name of the property or method") && member_tail(node);
  if (!ok) {
    cls.broken = true;
    recover();
    return;
  }
  cls.members.push_back(std::move(node));
}

bool Parser::member_tail(MemberNode& node) {
  const bool after_name = is('(');
  if (after_name) {
    node.is_method = true;
    if (!parameters(node)) return false;
  } else {
    // A '[' on the next line belongs to what comes next: this line lacks its ';'.
    if (is('[') && !token_.line_start && !array_suffix(node)) return false;
    if (accept('=')) {
      node.initial.emplace();
      if (!value(*node.initial, 0)) return false;
    }
  }
  if (accept(';')) return true;
  const std::string what = (after_name ? "method '" : "property '") + std::string(node.name) + "'";
  // A ';' missing at the end of a line is told there, and reading goes on as if it were present.
  const std::string message = "expected ';' behind " + what + ", got " + describe(token_);
  if (!token_.line_start && !is('}')) return fail_at(token_.where, message);
  fail_at(last_end_, message);
  return true;
}

bool Parser::type(TypeNode& out) {
  out.where = token_.where;
  if (!expect_name(out.name, "a type, '[' or '}'")) return false;
  out.class_name = out.name;
  out.type = CimType::object;
  for (const auto& [name, type] : kTypes) {
    if (!equal_ignoring_case(name, out.name)) continue;
    out.type = type;
    out.class_name = {};
  }
  if (equal_ignoring_case(out.name, "void")) {
    out.is_void = true;
    out.class_name = {};
  } else if (equal_ignoring_case(out.name, "object")) {
    out.class_name = {};
    if (accept(':')) return expect_name(out.class_name, "the name of a class behind 'object:'");
  }
  if (is_word("ref")) {
    out.is_reference = true;
    advance();
  }
  return true;
}

bool Parser::array_suffix(MemberNode& node) {
  advance();
  node.is_array = true;
  if (accept(']')) return true;
  const Position where = token_.where;
  ValueNode count;
  if (token_.kind != TokenKind::number || !number(count))
    return fail("the number of elements or ']'");
  if (count.kind != ValueNode::Kind::integer || count.integer == 0 ||
      count.integer > std::numeric_limits<std::uint32_t>::max()) {
    return fail_at(where, "the number of elements of '" + std::string(node.name) +
                              "' must be from 1 to 4294967295");
  }
  node.count = static_cast<std::uint32_t>(count.integer);
  return expect(']', "behind the number of elements");
}

bool Parser::parameters(MemberNode& method) {
  advance();
  if (accept(')')) return true;
  // C's "(void)" is not MOF, but means what it says.
  while (parameter(method)) {
    if (accept(')')) return true;
    if (!accept(',')) {
      return fail("',' or ')' behind parameter '" + std::string(method.parameters.back().name) +
                  "'");
    }
  }
  return false;
}

bool Parser::parameter(MemberNode& method) {
  MemberNode node{List<QualifierNode>(&arena_), {}, {}, {}, false, {}, {}, false,
                  List<MemberNode>(&arena_)};
  if (is('[') && !qualifier_list(node.qualifiers)) return false;
  if (!type(node.type)) return false;
  node.where = token_.where;
  if (!expect_name(node.name,
                   "the name of a parameter of method '" + std::string(method.name) + "'")) {
    return false;
  }
  if (is('[') && !array_suffix(node)) return false;
  if (accept('=')) {
    node.initial.emplace();
    if (!value(*node.initial, 0)) return false;
  }
  method.parameters.push_back(std::move(node));
  return true;
}

// Qualifier NAME : type = value, Scope(...), Flavor(...);
void Parser::qualifier_declaration() {
  advance();
  std::string_view name;
  TypeNode of;
  MemberNode array{List<QualifierNode>(&arena_), {}, {}, {}, false, {}, {}, false,
                   List<MemberNode>(&arena_)};
  bool ok = expect_name(name, "the name of the qualifier") &&
            expect(':', "and the type of qualifier '" + std::string(name) + "'") && type(of);
  if (ok && of.type == CimType::object) {
    ok = fail_at(of.where, "expected the type of qualifier '" + std::string(name) + "', got '" +
                               std::string(of.name) + "'");
  }
  array.name = name;
  if (ok && is('[')) ok = array_suffix(array);
  ValueNode initial;
  if (ok && accept('=')) ok = value(initial, 0);
  ok = ok && qualifier_clauses() &&
       expect(';', "behind the declaration of qualifier '" + std::string(name) + "'");
  if (!ok) recover();
}

bool Parser::qualifier_clauses() {
  while (accept(',')) {
    if (!is_word("scope") && !is_word("flavor")) return fail("Scope(...) or Flavor(...)");
    advance();
    if (!expect('(', "behind Scope or Flavor")) return false;
    do {
      std::string_view word;
      if (!expect_name(word, "the name of a scope or flavor")) return false;
    } while (accept(','));
    if (!expect(')', "behind the list of scopes or flavors")) return false;
  }
  return true;
}

// instance of CLASS [as $ALIAS] { ... }; has no part in the schema: its braces must match, no more.
void Parser::instance() {
  const Position where = token_.where;
  advance();
  std::string_view name;
  if (!is_word("of")) {
    fail("'of' behind 'instance'");
    recover();
    return;
  }
  advance();
  if (!expect_name(name, "the name of the class of the instance")) {
    recover();
    return;
  }
  while (!at_end() && !is('{') && !is(';')) advance();
  std::size_t depth = 0;
  while (!at_end()) {
    if (is('{')) ++depth;
    if (is('}') && depth > 0) --depth;
    const bool done = depth == 0 && is(';');
    advance();
    if (done) {
      diagnostics_.note(where, "the instance of class '" + std::string(name) +
                                   "' is skipped: instances come from the driver");
      return;
    }
  }
  fail("'}' and ';' at the end of the instance of class '" + std::string(name) + "'");
}

}  // namespace hbalab::wmi::mof
