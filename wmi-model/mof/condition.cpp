// The expressions of #if and #elif: integers, as the C preprocessor evaluates them.
#include <array>
#include <limits>

#include "wmi-model/mof/literal.hpp"
#include "wmi-model/mof/preprocessor.hpp"

namespace hbalab::wmi::mof {
namespace {

struct Operator {
  std::string_view text;
  int precedence;  // a higher one binds tighter
};
// Two-character operators come first, so that "<<" is not taken for "<".
constexpr std::array<Operator, 18> kOperators = {{{"||", 1},
                                                  {"&&", 2},
                                                  {"==", 6},
                                                  {"!=", 6},
                                                  {"<=", 7},
                                                  {">=", 7},
                                                  {"<<", 8},
                                                  {">>", 8},
                                                  {"|", 3},
                                                  {"^", 4},
                                                  {"&", 5},
                                                  {"<", 7},
                                                  {">", 7},
                                                  {"+", 9},
                                                  {"-", 9},
                                                  {"*", 10},
                                                  {"/", 10},
                                                  {"%", 10}}};
constexpr int kMaxDepth = 100;

class Expression {
 public:
  Expression(std::span<const Token> tokens, const Position& where, Diagnostics& diagnostics)
      : tokens_(tokens), where_(where), diagnostics_(diagnostics) {}

  // Nothing when the expression is wrong, which has been said then.
  std::optional<std::int64_t> evaluate() {
    const std::int64_t value = ternary(0);
    if (!failed_ && at_ < tokens_.size()) fail("the end of the expression");
    return failed_ ? std::nullopt : std::optional(value);
  }

 private:
  void fail(std::string_view expected) {
    if (failed_) return;
    failed_ = true;
    const bool more = at_ < tokens_.size();
    diagnostics_.error(
        more ? tokens_[at_].where : where_,
        "in a condition: expected " + std::string(expected) + ", got " +
            (more ? "'" + std::string(tokens_[at_].text) + "'" : "the end of the line"));
  }
  [[nodiscard]] bool is(char c) const { return at_ < tokens_.size() && tokens_[at_].is(c); }

  std::int64_t ternary(int depth) {
    std::int64_t value = binary(1, depth + 1);
    if (failed_ || !is('?')) return value;
    ++at_;
    const std::int64_t yes = ternary(depth + 1);
    if (!failed_ && !is(':')) fail("':'");
    ++at_;
    const std::int64_t no = failed_ ? 0 : ternary(depth + 1);
    return value != 0 ? yes : no;
  }

  // The operator at the current place; its tokens must stand together.
  [[nodiscard]] const Operator* current() const {
    for (const Operator& op : kOperators) {
      if (at_ + op.text.size() > tokens_.size() || !tokens_[at_].is(op.text[0])) continue;
      if (op.text.size() == 1) return &op;
      if (tokens_[at_ + 1].is(op.text[1]) && !tokens_[at_ + 1].space_before) return &op;
    }
    return nullptr;
  }

  std::int64_t binary(int precedence, int depth) {
    std::int64_t left = unary(depth + 1);
    for (;;) {
      const Operator* op = failed_ ? nullptr : current();
      if (op == nullptr || op->precedence < precedence) return left;
      at_ += op->text.size();
      const std::int64_t right = binary(op->precedence + 1, depth + 1);
      left = apply(op->text, left, right);
    }
  }

  std::int64_t apply(std::string_view op, std::int64_t left, std::int64_t right) {
    const auto a = static_cast<std::uint64_t>(left);
    const auto b = static_cast<std::uint64_t>(right);
    if (op == "||") return left != 0 || right != 0;
    if (op == "&&") return left != 0 && right != 0;
    if (op == "==") return left == right;
    if (op == "!=") return left != right;
    if (op == "<=") return left <= right;
    if (op == ">=") return left >= right;
    if (op == "<") return left < right;
    if (op == ">") return left > right;
    if (op == "<<") return b > 63 ? 0 : static_cast<std::int64_t>(a << b);
    if (op == ">>") return left >> (b > 63 ? 63 : b);
    if (op == "|") return static_cast<std::int64_t>(a | b);
    if (op == "^") return static_cast<std::int64_t>(a ^ b);
    if (op == "&") return static_cast<std::int64_t>(a & b);
    if (op == "+") return static_cast<std::int64_t>(a + b);
    if (op == "-") return static_cast<std::int64_t>(a - b);
    if (op == "*") return static_cast<std::int64_t>(a * b);
    if (right == 0) return 0;  // "defined(X) && 10 / X": not an error where X is not defined
    if (left == std::numeric_limits<std::int64_t>::min() && right == -1)
      return op == "/" ? left : 0;
    return op == "/" ? left / right : left % right;
  }

  std::int64_t unary(int depth) {
    if (depth > 3 * kMaxDepth) {
      fail("a condition that is nested less deeply");
      return 0;
    }
    if (failed_) return 0;
    if (is('!')) return ++at_, unary(depth + 1) == 0;
    if (is('~')) return ++at_, ~unary(depth + 1);
    if (is('+')) return ++at_, unary(depth + 1);
    if (is('-'))
      return ++at_, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(unary(depth + 1)));
    if (is('(')) {
      ++at_;
      const std::int64_t value = ternary(depth + 1);
      if (!failed_ && !is(')')) fail("')'");
      ++at_;
      return value;
    }
    return primary();
  }

  std::int64_t primary() {
    if (at_ < tokens_.size()) {
      const Token& token = tokens_[at_];
      if (token.kind == TokenKind::identifier) {
        ++at_;
        return equal_ignoring_case(token.text, "true") ? 1 : 0;  // names left over are 0
      }
      if (token.kind == TokenKind::number) {
        if (const auto number = parse_integer(token.text))
          return ++at_, static_cast<std::int64_t>(*number);
      }
    }
    fail("a number, a name, defined(NAME) or '('");
    return 0;
  }

  std::span<const Token> tokens_;
  Position where_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

bool Preprocessor::evaluate_condition(const Position& where) {
  std::vector<Token> tokens = directive_tokens();
  std::vector<Token> resolved;  // with defined(X) answered, which must happen before macros expand
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::identifier || tokens[i].text != "defined") {
      resolved.push_back(tokens[i]);
      continue;
    }
    const bool bracket = i + 1 < tokens.size() && tokens[i + 1].is('(');
    const std::size_t name = i + (bracket ? 2 : 1);
    const bool closed = !bracket || (name + 1 < tokens.size() && tokens[name + 1].is(')'));
    if (name >= tokens.size() || tokens[name].kind != TokenKind::identifier || !closed) {
      diagnostics_.error(tokens[i].where, "expected defined(NAME)");
      return false;
    }
    Token answer = tokens[i];
    answer.kind = TokenKind::number;
    answer.text = find_macro(tokens[name].text) != nullptr ? "1" : "0";
    resolved.push_back(answer);
    i = name + (bracket ? 1 : 0);
  }
  const std::vector<Token> expanded = expand_list(resolved);
  if (stopped_) return false;
  return Expression(expanded, where, diagnostics_).evaluate().value_or(0) != 0;
}

}  // namespace hbalab::wmi::mof
