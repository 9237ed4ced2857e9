// Qualifiers and values.
#include <limits>

#include "wmi-model/mof/literal.hpp"
#include "wmi-model/mof/parser.hpp"

namespace hbalab::wmi::mof {
namespace {

// Lists in lists; qualifiers need one level, and each level costs stack.
constexpr int kMaxDepth = 32;

}  // namespace

bool Parser::qualifier_list(List<QualifierNode>& out) {
  advance();
  if (accept(']')) return true;
  for (;;) {
    QualifierNode node{{}, {}, false, {}, List<std::string_view>(&arena_)};
    if (!qualifier(node)) return false;
    out.push_back(std::move(node));
    if (accept(']')) return true;
    if (!accept(','))
      return fail("',' or ']' behind qualifier '" + std::string(out.back().name) + "'");
  }
}

bool Parser::qualifier(QualifierNode& out) {
  out.where = token_.where;
  if (!expect_name(out.name, "the name of a qualifier")) return false;
  if (is('(')) {
    advance();
    out.has_value = true;
    if (!value(out.value, 0)) return false;
    // Several values in parentheses are a list that should have braces; it is read as one.
    if (is(',')) {
      ValueNode first = out.value;
      if (!value_list(out.value, ')', 0)) return false;
      auto* elements = std::pmr::polymorphic_allocator<>(&arena_).new_object<List<ValueNode>>();
      elements->push_back(first);
      elements->insert(elements->end(), out.value.elements->begin(), out.value.elements->end());
      out.value.elements = elements;
    } else if (!expect(')', "behind the value of qualifier '" + std::string(out.name) + "'")) {
      return false;
    }
  } else if (is('{')) {
    out.has_value = true;
    if (!value_list(out.value, '}', 0)) return false;
  }
  return !accept(':') || flavors(out.flavors);
}

bool Parser::flavors(List<std::string_view>& out) {
  do {
    std::string_view name;
    if (!expect_name(name, "a flavor (amended, ToSubclass, ...) behind ':'")) return false;
    out.push_back(name);
  } while (token_.kind == TokenKind::identifier);
  return true;
}

// The elements behind the current token, which opens or continues the list.
bool Parser::value_list(ValueNode& out, char close, int depth) {
  if (depth > kMaxDepth) return fail("lists that are nested less deeply");
  const Position where = token_.where;
  advance();
  out = {};
  out.kind = ValueNode::Kind::list;
  out.where = where;
  auto* elements = std::pmr::polymorphic_allocator<>(&arena_).new_object<List<ValueNode>>();
  out.elements = elements;
  if (accept(close)) return true;
  for (;;) {
    ValueNode element;
    if (!value(element, depth + 1)) return false;
    elements->push_back(element);
    if (accept(close)) return true;
    if (!accept(',')) return fail(std::string("',' or '") + close + "' in the list");
    if (accept(close)) return true;  // a comma behind the last one
  }
}

bool Parser::value(ValueNode& out, int depth) {
  out.where = token_.where;
  switch (token_.kind) {
    case TokenKind::string:
      string(out);
      return true;
    case TokenKind::number:
      return number(out);
    case TokenKind::character:
      return character(out);
    case TokenKind::identifier:
      return word(out);
    default:
      break;
  }
  if (is('{')) return value_list(out, '}', depth);
  if (is('-') || is('+')) {
    const Position where = token_.where;
    const bool negative = is('-');
    advance();
    if (token_.kind != TokenKind::number) return fail("a number behind the sign");
    if (!number(out)) return false;
    out.where = where;
    out.negative = negative && out.kind == ValueNode::Kind::integer && out.integer != 0;
    if (negative) out.real = -out.real;
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + 1;
    if (out.negative && out.integer > kMost)
      return fail_at(where, "the number does not fit into 64 bits");
    return true;
  }
  if (is('$')) {
    advance();
    out.kind = ValueNode::Kind::alias;
    return expect_name(out.text, "the name of an alias behind '$'");
  }
  return fail("a value (string, number, TRUE, FALSE, NULL or '{')");
}

bool Parser::number(ValueNode& out) {
  const Token literal = token_;
  out.where = literal.where;
  if (const auto integer = parse_integer(literal.text)) {
    out.kind = ValueNode::Kind::integer;
    out.integer = *integer;
  } else if (const auto real = parse_real(literal.text)) {
    if (literal.text.find_first_of(".eE") == std::string_view::npos) {
      return fail_at(literal.where, "the number '" + std::string(literal.text.substr(0, 40)) +
                                        "' does not fit into 64 bits");
    }
    out.kind = ValueNode::Kind::real;
    out.real = *real;
  } else {
    return fail_at(literal.where, "'" + std::string(literal.text.substr(0, 40)) +
                                      "' is no number that fits into 64 bits");
  }
  advance();
  return true;
}

bool Parser::character(ValueNode& out) {
  if (token_.unfinished) {
    out.kind = ValueNode::Kind::integer;
    excused_ = true;
    advance();
    return true;
  }
  scratch_.clear();
  LiteralProblem problem;
  Position where = token_.where;
  if (!decode_literal(token_.text, scratch_, problem)) {
    where.offset += static_cast<std::uint32_t>(problem.offset);
    return fail_at(where, problem.message);
  }
  // One UTF-16 unit: at most three bytes of UTF-8 that begin with one lead byte.
  std::uint32_t code = 0;
  const auto lead = scratch_.empty() ? 0U : static_cast<unsigned char>(scratch_[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : 3;
  if (scratch_.size() != length || lead >= 0xF0) {
    return fail_at(where, "expected one character between the quotes");
  }
  code = lead < 0x80 ? lead : lead < 0xE0 ? lead & 0x1F : lead & 0x0F;
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<unsigned char>(scratch_[i]) & 0x3F);
  out.kind = ValueNode::Kind::integer;
  out.character = true;
  out.integer = code;
  advance();
  return true;
}

// One string of all the literals that follow each other.
void Parser::string(ValueNode& out) {
  scratch_.clear();
  out.kind = ValueNode::Kind::string;
  const Token first = token_;
  std::size_t literals = 0;
  for (; token_.kind == TokenKind::string; advance()) {
    excused_ = excused_ || token_.unfinished;
    LiteralProblem problem;
    Position where = token_.where;
    if (!decode_literal(token_.text, scratch_, problem)) {
      where.offset += static_cast<std::uint32_t>(problem.offset);
      diagnostics_.error(where, problem.message);
    }
    long_string_ = {};
    if (token_.text.find('\n') != std::string_view::npos) long_string_ = token_.where;
    ++literals;
  }
  // Most strings are used as they stand in the source.
  const bool plain = literals == 1 && first.text.size() == scratch_.size() + 2;
  out.text = plain ? first.text.substr(1, scratch_.size()) : keep(scratch_);
}

bool Parser::word(ValueNode& out) {
  if (is_word("true") || is_word("false")) {
    out.kind = ValueNode::Kind::boolean;
    out.integer = is_word("true") ? 1 : 0;
  } else if (is_word("null")) {
    out.kind = ValueNode::Kind::null;
  } else {
    return fail_at(token_.where, "expected a value, got the name '" + std::string(token_.text) +
                                     "', which is no macro here");
  }
  advance();
  return true;
}

}  // namespace hbalab::wmi::mof
