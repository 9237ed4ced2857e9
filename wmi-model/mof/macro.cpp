// #define and the expansion of macros, by the rules of the C preprocessor.
#include <algorithm>

#include "wmi-model/mof/preprocessor.hpp"

namespace hbalab::wmi::mof {
namespace {

constexpr std::size_t kEntryCost = 16;
// Calls of macros in arguments of calls; each level costs stack.
constexpr int kMaxArgumentDepth = 100;
constexpr std::size_t kMaxParameters = 127;
constexpr std::string_view kVariadic = "__VA_ARGS__";

bool same_body(const std::vector<Token>& a, const std::vector<Token>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Token& x, const Token& y) {
    return x.kind == y.kind && x.text == y.text;
  });
}

}  // namespace

std::shared_ptr<Preprocessor::Macro> Preprocessor::find_macro(std::string_view name) const {
  const auto found = macros_.find(name);
  return found == macros_.end() ? nullptr : found->second;
}

void Preprocessor::define() {
  Lexer& lexer = frames_.back().lexer;
  const Token name = lexer.next(true);
  if (name.kind != TokenKind::identifier || name.text == "defined") {
    diagnostics_.error(
        name.where, "expected a macro's name behind #define, got '" + std::string(name.text) + "'");
    if (name.kind != TokenKind::newline) directive_tokens();
    return;
  }
  auto macro = std::make_shared<Macro>();
  macro->name = name.text;
  macro->defined = name.where;
  std::vector<Token> rest = directive_tokens();
  // The parenthesis of a parameter list follows its name at once.
  if (!rest.empty() && rest.front().is('(') && !rest.front().space_before) {
    macro->function_like = true;
    macro->body = std::move(rest);
    if (!read_parameters(*macro)) return;
  } else {
    macro->body = std::move(rest);
  }
  const auto known = find_macro(macro->name);
  if (known != nullptr &&
      (known->function_like != macro->function_like || known->parameters != macro->parameters ||
       !same_body(known->body, macro->body))) {
    diagnostics_.warning(name.where,
                         "macro '" + std::string(name.text) + "' is defined again, differently");
    diagnostics_.attach(known->defined, "the earlier definition");
  }
  macros_[macro->name] = std::move(macro);
}

// Takes the parameter list off the front of the body.
bool Preprocessor::read_parameters(Macro& macro) {
  std::vector<Token>& body = macro.body;
  std::size_t at = 1;
  const auto fail = [&](std::string_view expected) {
    const Token& got = body[std::min(at, body.size() - 1)];
    diagnostics_.error(got.where, "in the parameters of macro '" + std::string(macro.name) +
                                      "': expected " + std::string(expected) + ", got " +
                                      (at < body.size() ? "'" + std::string(got.text) + "'"
                                                        : std::string("the end of the line")));
    return false;
  };
  const auto is = [&](char c) { return at < body.size() && body[at].is(c); };
  if (!is(')')) {
    for (;;) {
      if (is('.') && at + 2 < body.size() && body[at + 1].is('.') && body[at + 2].is('.')) {
        macro.variadic = true;
        macro.parameters.push_back(kVariadic);
        at += 3;
        if (!is(')')) return fail("')' behind '...'");
        break;
      }
      if (at >= body.size() || body[at].kind != TokenKind::identifier)
        return fail("a parameter's name");
      if (macro.parameters.size() >= kMaxParameters) return fail("at most 127 parameters");
      macro.parameters.push_back(body[at++].text);
      if (is(')')) break;
      if (!is(',')) return fail("',' or ')'");
      ++at;
    }
  }
  body.erase(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return true;
}

void Preprocessor::undefine() {
  const std::vector<Token> tokens = directive_tokens();
  if (tokens.empty() || tokens.front().kind != TokenKind::identifier) {
    const Position where = tokens.empty() ? frames_.back().lexer.here() : tokens.front().where;
    diagnostics_.error(where, "expected a macro's name behind #undef");
    return;
  }
  macros_.erase(tokens.front().text);
}

// True when the token was a macro and its replacement is what is read next.
bool Preprocessor::expand(Token& token) {
  const auto macro = find_macro(token.text);
  if (macro == nullptr) return false;
  if (macro->disabled) {
    token.no_expand = true;
    return false;
  }
  if (!charge(kEntryCost, token.where)) return false;
  if (macro->function_like) return expand_call(macro, token);
  if (expansion_ == 0) expansion_ = diagnostics_.add_expansion(macro->name, token.where);
  macro->disabled = true;
  Context context;
  context.tokens = macro->body;
  context.macro = macro;
  context.expansion = expansion_;
  contexts_.push_back(std::move(context));
  return true;
}

bool Preprocessor::expand_call(const std::shared_ptr<Macro>& macro, const Token& name) {
  const std::uint32_t outer = expansion_;
  Token open = raw();
  if (!open.is('(')) {
    pushed_.push_back(open);  // without parentheses the name is just a name
    return false;
  }
  Arguments arguments;
  if (!read_arguments(*macro, name, arguments)) return false;
  const std::uint32_t expansion =
      outer != 0 ? outer : diagnostics_.add_expansion(macro->name, name.where);
  auto replaced = std::make_shared<std::vector<Token>>();
  substitute(*macro, arguments, expansion, *replaced);
  expansion_ = expansion;
  macro->disabled = true;
  Context context;
  context.tokens = *replaced;
  context.owned = std::move(replaced);
  context.macro = macro;
  contexts_.push_back(std::move(context));
  return true;
}

bool Preprocessor::read_arguments(const Macro& macro, const Token& name, Arguments& out) {
  out.emplace_back();
  std::size_t depth = 0;
  for (;;) {
    const Token token = raw();
    if (token.kind == TokenKind::end) {
      give_up(name.where, "the arguments of macro '" + std::string(macro.name) +
                              "' have no end: expected ')', got the end of the file");
      return false;
    }
    if (!charge(sizeof(Token), token.where)) return false;
    if (token.is('(')) ++depth;
    if (token.is(')') && depth-- == 0) break;
    const bool last = macro.variadic && out.size() == macro.parameters.size();
    if (token.is(',') && depth == 0 && !last) {
      out.emplace_back();
      continue;
    }
    out.back().push_back(token);
  }
  if (macro.parameters.empty() && out.size() == 1 && out[0].empty()) out.clear();
  if (macro.variadic && out.size() + 1 == macro.parameters.size()) out.emplace_back();
  if (out.size() == macro.parameters.size()) return true;
  diagnostics_.error(name.where, "macro '" + std::string(macro.name) + "' takes " +
                                     std::to_string(macro.parameters.size()) + " arguments, got " +
                                     std::to_string(out.size()));
  out.resize(macro.parameters.size());
  return true;
}

void Preprocessor::substitute(const Macro& macro, const Arguments& arguments,
                              std::uint32_t expansion, std::vector<Token>& out) {
  const auto argument_of = [&](const Token& token) -> const std::vector<Token>* {
    if (token.kind != TokenKind::identifier) return nullptr;
    const auto found = std::find(macro.parameters.begin(), macro.parameters.end(), token.text);
    return found == macro.parameters.end()
               ? nullptr
               : &arguments[static_cast<std::size_t>(found - macro.parameters.begin())];
  };
  std::vector<std::optional<std::vector<Token>>> expanded(arguments.size());
  const auto is_paste = [](const Token& token) { return token.text == "##"; };
  for (std::size_t i = 0; i < macro.body.size() && !stopped_; ++i) {
    Token token = macro.body[i];
    token.where.expansion = expansion;
    const bool pastes = i > 0 && is_paste(macro.body[i - 1]);
    if (is_paste(token) && i > 0 && i + 1 < macro.body.size()) continue;
    std::vector<Token> piece;
    if (token.is('#') && i + 1 < macro.body.size() && argument_of(macro.body[i + 1]) != nullptr) {
      piece.push_back(stringize(*argument_of(macro.body[++i]), token.where));
    } else if (const std::vector<Token>* argument = argument_of(token)) {
      const bool pasted = pastes || (i + 1 < macro.body.size() && is_paste(macro.body[i + 1]));
      const auto index = static_cast<std::size_t>(argument - arguments.data());
      if (!pasted && !expanded[index]) expanded[index] = expand_list(*argument);
      piece = pasted ? *argument : *expanded[index];
    } else {
      piece.push_back(token);
    }
    if (!charge(piece.size() * sizeof(Token), token.where)) return;
    auto from = piece.begin();
    if (pastes && !out.empty() && from != piece.end()) paste(out.back(), *from++);
    out.insert(out.end(), from, piece.end());
  }
}

// An argument, expanded on its own.
std::vector<Token> Preprocessor::expand_list(std::span<const Token> tokens) {
  std::vector<Token> out;
  if (tokens.empty()) return out;
  if (++argument_depth_ > kMaxArgumentDepth) {
    give_up(tokens.front().where, "macro calls are nested more than " +
                                      std::to_string(kMaxArgumentDepth) + " deep in arguments");
  } else {
    const std::uint32_t outer = expansion_;
    const std::size_t depth = contexts_.size();
    std::vector<Token> kept = std::move(pushed_);  // belongs behind this list
    pushed_.clear();
    Context context;
    context.tokens = tokens;
    context.barrier = true;
    contexts_.push_back(std::move(context));
    for (Token token = next(); token.kind != TokenKind::end; token = next()) {
      if (!charge(sizeof(Token), token.where)) break;
      out.push_back(token);
    }
    while (contexts_.size() > depth) {
      if (contexts_.back().macro) contexts_.back().macro->disabled = false;
      contexts_.pop_back();
    }
    pushed_ = std::move(kept);
    expansion_ = outer;
  }
  --argument_depth_;
  return out;
}

Token Preprocessor::stringize(const std::vector<Token>& argument, const Position& where) {
  std::string text = "\"";
  for (const Token& token : argument) {
    if (text.size() > 1 && token.space_before) text += ' ';
    const bool literal = token.kind == TokenKind::string || token.kind == TokenKind::character;
    for (const char c : token.text) {
      if (literal && (c == '"' || c == '\\')) text += '\\';
      text += c;
    }
  }
  text += '"';
  Token token;
  token.kind = TokenKind::string;
  token.where = where;
  if (charge(text.size(), where)) {
    made_.push_back(std::move(text));
    token.text = made_.back();
  } else {
    token.text = "\"\"";
  }
  return token;
}

void Preprocessor::paste(Token& left, const Token& right) {
  std::string text = std::string(left.text) + std::string(right.text);
  if (!charge(text.size() + kEntryCost, left.where)) return;
  const bool name = std::all_of(text.begin(), text.end(), is_identifier_char);
  if (!name && left.kind != TokenKind::number) {
    diagnostics_.error(left.where, "'" + text + "', pasted with ##, is no token");
    return;
  }
  made_.push_back(std::move(text));
  left.text = made_.back();
  left.kind = is_identifier_start(left.text[0]) ? TokenKind::identifier : TokenKind::number;
  left.no_expand = false;
}

}  // namespace hbalab::wmi::mof
