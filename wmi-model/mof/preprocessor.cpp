#include "wmi-model/mof/preprocessor.hpp"

#include <charconv>

namespace hbalab::wmi::mof {
namespace {

// Cost of a file that is entered and of a macro that is expanded, beside their text: both take time
// even when they are empty.
constexpr std::size_t kEntryCost = 16;

bool is_name(const Token& token, std::string_view name) {
  return token.kind == TokenKind::identifier && equal_ignoring_case(token.text, name);
}

}  // namespace

Preprocessor::Preprocessor(Sources& sources, Diagnostics& diagnostics, const MofOptions& options,
                           Budget& budget)
    : sources_(sources), diagnostics_(diagnostics), options_(options), budget_(budget) {
  for (const auto& [name, replacement] : options_.defines) {
    made_.push_back(name + ' ' + replacement + '\n');
    const std::uint32_t file = sources_.add("<command line>", made_.back(), nullptr);
    frames_.push_back({Lexer(file, sources_.file(file), diagnostics_), {}, {}});
    define();
    frames_.pop_back();
  }
}

void Preprocessor::start(std::uint32_t file, const std::filesystem::path& path) {
  const SourceFile& source = sources_.file(file);
  const Position begin{file, 0, 0};
  if (!charge(source.text.size() + kEntryCost, begin)) return;
  frames_.push_back({Lexer(file, source, diagnostics_), path, {}});
}

void Preprocessor::give_up(const Position& where, std::string message) {
  if (!stopped_) diagnostics_.error(where, std::move(message));
  stopped_ = true;
}

bool Preprocessor::charge(std::size_t bytes, const Position& where) {
  if (stopped_) return false;
  if (budget_.take(bytes)) return true;
  give_up(where, "the text is longer than the limit of " +
                     std::to_string(options_.max_source_bytes) +
                     " bytes after inclusion and macro expansion");
  return false;
}

Token Preprocessor::next() {
  for (;;) {
    Token token = raw();
    if (token.kind != TokenKind::identifier || token.no_expand) return token;
    if (!expand(token)) return token;
  }
}

// The next token before macros: given back, from a list, or from the file.
Token Preprocessor::raw() {
  if (!pushed_.empty()) {
    const Token token = pushed_.back();
    pushed_.pop_back();
    return token;
  }
  while (!contexts_.empty()) {
    Context& context = contexts_.back();
    if (context.at < context.tokens.size()) {
      Token token = context.tokens[context.at++];
      if (token.where.expansion == 0) token.where.expansion = context.expansion;
      if (stopped_ || !charge(token.text.size() + 1, token.where)) return {};
      return token;
    }
    if (context.barrier) return {};
    if (context.macro) context.macro->disabled = false;
    contexts_.pop_back();
  }
  expansion_ = 0;
  return file_token();
}

Token Preprocessor::file_token() {
  for (;;) {
    if (frames_.empty()) return {};
    Token token = frames_.back().lexer.next(false);
    if (stopped_ || diagnostics_.stopped()) {
      // An end that still says where the reading was.
      Token end;
      end.where = token.where;
      return end;
    }
    if (token.kind == TokenKind::end) {
      if (frames_.size() == 1 && frames_.back().conditions.empty()) return token;
      leave_file();
      if (frames_.empty()) return token;
      continue;
    }
    if (token.line_start && token.is('#')) {
      directive(token);
      continue;
    }
    return token;
  }
}

void Preprocessor::leave_file() {
  for (const Condition& open : frames_.back().conditions) {
    diagnostics_.error(open.where, "this condition has no #endif: got the end of the file");
  }
  if (frames_.size() == 1) {
    frames_.back().conditions.clear();
  } else {
    frames_.pop_back();
  }
}

// The rest of the directive's line.
std::vector<Token> Preprocessor::directive_tokens() {
  std::vector<Token> tokens;
  Lexer& lexer = frames_.back().lexer;
  for (;;) {
    Token token = lexer.next(true);
    if (token.kind == TokenKind::newline) return tokens;
    tokens.push_back(token);
  }
}

void Preprocessor::expect_line_end(std::string_view directive) {
  const std::vector<Token> rest = directive_tokens();
  // #endif NAME and #else NAME are widespread, and every compiler forgives them.
  if (!rest.empty()) {
    diagnostics_.warning(rest.front().where, "expected the end of the line behind #" +
                                                 std::string(directive) + ", got '" +
                                                 std::string(rest.front().text) + "'");
  }
}

void Preprocessor::directive(const Token& hash) {
  Lexer& lexer = frames_.back().lexer;
  const Token name = lexer.next(true);
  std::string scratch;
  if (name.kind == TokenKind::newline) return;
  if (name.kind == TokenKind::number) {
    std::vector<Token> tokens =
        directive_tokens();  // "# 12 "file"": output of another preprocessor
    tokens.insert(tokens.begin(), name);
    line_directive(hash, tokens);
  } else if (is_name(name, "define")) {
    define();
  } else if (is_name(name, "undef")) {
    undefine();
  } else if (is_name(name, "include")) {
    include(hash.where, lexer.rest_of_line(scratch));
  } else if (is_name(name, "pragma")) {
    const std::string_view rest = lexer.rest_of_line(scratch);
    pragma(hash.where, rest);
  } else if (is_name(name, "error")) {
    const std::string_view rest = lexer.rest_of_line(scratch);
    diagnostics_.error(hash.where, "#error " + std::string(rest));
  } else if (is_name(name, "warning")) {
    const std::string_view rest = lexer.rest_of_line(scratch);
    diagnostics_.warning(hash.where, "#warning " + std::string(rest));
  } else if (is_name(name, "line")) {
    const std::vector<Token> tokens = directive_tokens();
    line_directive(hash, tokens);
  } else if (conditional(name)) {
    skip_group();
  } else {
    diagnostics_.error(name.where,
                       "'#" + std::string(name.text) +
                           "' is no directive: expected define, undef, include, pragma, "
                           "if, ifdef, ifndef, elif, else, endif, error or line");
    static_cast<void>(lexer.rest_of_line(scratch));
  }
}

// True when `name` is a directive of a condition, which is then done.
bool Preprocessor::conditional(const Token& name) {
  auto& conditions = frames_.back().conditions;
  if (is_name(name, "if")) {
    const bool value = evaluate_condition(name.where);
    conditions.push_back({name.where, value, value, false});
  } else if (is_name(name, "ifdef") || is_name(name, "ifndef")) {
    const std::vector<Token> tokens = directive_tokens();
    bool value = false;
    if (tokens.empty() || tokens.front().kind != TokenKind::identifier) {
      diagnostics_.error(name.where, "expected a macro's name behind #" + std::string(name.text));
    } else {
      value = (find_macro(tokens.front().text) != nullptr) == is_name(name, "ifdef");
    }
    conditions.push_back({name.where, value, value, false});
  } else if (is_name(name, "elif") || is_name(name, "else") || is_name(name, "endif")) {
    alternative(name);
  } else {
    return false;
  }
  return true;
}

// #elif, #else and #endif.
void Preprocessor::alternative(const Token& name) {
  auto& conditions = frames_.back().conditions;
  std::string scratch;
  if (conditions.empty()) {
    diagnostics_.error(name.where,
                       "#" + std::string(name.text) + " without #if, #ifdef or #ifndef");
    static_cast<void>(frames_.back().lexer.rest_of_line(scratch));
    return;
  }
  Condition& condition = conditions.back();
  if (is_name(name, "endif")) {
    expect_line_end("endif");
    conditions.pop_back();
    return;
  }
  if (condition.seen_else) {
    diagnostics_.error(name.where, "#" + std::string(name.text) + " behind #else: expected #endif");
  }
  if (is_name(name, "else")) {
    expect_line_end("else");
    condition.seen_else = true;
    condition.active = !condition.taken;
  } else if (condition.taken) {
    condition.active = false;
    static_cast<void>(frames_.back().lexer.rest_of_line(scratch));  // not evaluated, so not judged
  } else {
    condition.active = evaluate_condition(name.where);
  }
  condition.taken = condition.taken || condition.active;
}

// Leaves out lines while the innermost condition is not met.
void Preprocessor::skip_group() {
  Frame& frame = frames_.back();
  std::size_t depth = 0;  // of conditions inside the group
  while (!frame.conditions.empty() && !frame.conditions.back().active && !diagnostics_.stopped()) {
    if (!frame.lexer.skip_to_directive()) return;
    const Token name = frame.lexer.next(true);
    if (name.kind == TokenKind::newline) continue;
    const bool ends = is_name(name, "endif");
    if (depth == 0 && (ends || is_name(name, "else") || is_name(name, "elif"))) {
      alternative(name);
      continue;
    }
    if (is_name(name, "if") || is_name(name, "ifdef") || is_name(name, "ifndef")) ++depth;
    if (ends) --depth;
    frame.lexer.skip_text_line();
  }
}

// #line 12 "file", and # 12 "file".
void Preprocessor::line_directive(const Token& at, std::span<const Token> tokens) {
  std::uint32_t line = 0;
  const std::string_view digits = tokens.empty() ? std::string_view() : tokens[0].text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    diagnostics_.error(at.where,
                       "expected a line number behind #line, got '" + std::string(digits) + "'");
    return;
  }
  SourceFile& file = sources_.file(frames_.back().lexer.file());
  const Position here = frames_.back().lexer.here();
  // A file that is included again has its marks already.
  if (!file.marks.empty() && file.marks.back().offset >= here.offset) return;
  LineMark mark{here.offset, line, file.marks.empty() ? std::string() : file.marks.back().file};
  if (tokens.size() > 1 && tokens[1].kind == TokenKind::string && tokens[1].text.size() >= 2) {
    mark.file.clear();
    const std::string_view quoted = tokens[1].text.substr(1, tokens[1].text.size() - 2);
    for (std::size_t i = 0; i < quoted.size(); ++i) {
      if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
      mark.file += quoted[i];
    }
  }
  file.marks.push_back(std::move(mark));
}

}  // namespace hbalab::wmi::mof
