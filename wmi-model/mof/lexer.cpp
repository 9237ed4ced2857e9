#include "wmi-model/mof/lexer.hpp"

#include <algorithm>

namespace hbalab::wmi::mof {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

}  // namespace

bool is_identifier_start(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_identifier_char(char c) { return is_identifier_start(c) || is_digit(c); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::uint32_t Lexer::splice_length() const {
  if (peek() != '\\') return 0;
  if (peek(1) == '\n') return 2;
  if (peek(1) == '\r') return peek(2) == '\n' ? 3 : 2;
  return 0;
}

void Lexer::skip_line_comment() {
  const Position start = here();
  bool continued = false;
  while (!at_end() && !is_line_end(peek())) {
    if (const std::uint32_t splice = splice_length(); splice != 0) {
      at_ += splice;
      continued = true;
    } else {
      ++at_;
    }
  }
  if (continued) {
    diagnostics_->warning(start,
                          "the backslash at its end makes this comment go on on the next line");
  }
}

bool Lexer::skip_block_comment() {
  const Position start = here();
  const std::size_t end = text_.find("*/", at_ + 2);
  if (end == std::string_view::npos) {
    diagnostics_->error(start, "this comment has no end: expected '*/', got the end of the file");
    at_ = static_cast<std::uint32_t>(text_.size());
    return false;
  }
  at_ = static_cast<std::uint32_t>(end + 2);
  return true;
}

// Whether anything was skipped. Stops at a line end in a directive.
bool Lexer::skip_blank(bool in_directive) {
  const std::uint32_t start = at_;
  while (!at_end()) {
    const char c = peek();
    if (is_line_end(c)) {
      if (in_directive) break;
      line_start_ = true;
      ++at_;
    } else if (c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\x1A') {
      ++at_;  // 0x1A: the end-of-file mark that DOS editors left behind
    } else if (const std::uint32_t splice = splice_length(); splice != 0) {
      at_ += splice;
    } else if (c == '/' && peek(1) == '/') {
      skip_line_comment();
    } else if (c == '/' && peek(1) == '*') {
      if (!skip_block_comment()) break;
    } else {
      break;
    }
  }
  return at_ != start;
}

Token Lexer::quoted(Token token, char quote, bool in_directive) {
  const std::uint32_t start = at_;
  std::uint32_t line_end = 0;  // where the first line of the literal ends, for recovery
  for (++at_; !at_end(); ++at_) {
    const char c = peek();
    if (c == quote) {
      ++at_;
      token.text = text_.substr(start, at_ - start);
      return token;
    }
    if (const std::uint32_t splice = splice_length(); splice != 0) {
      at_ += splice - 1;
    } else if (c == '\\') {
      ++at_;
    } else if (is_line_end(c)) {
      // A string may run over several lines, except where a line is a unit.
      if (line_end == 0) line_end = at_;
      if (in_directive || quote == '\'') break;
    }
  }
  // Recovery: a string ends with its first line, a character is just its quote.
  at_ = std::min(at_, static_cast<std::uint32_t>(text_.size()));
  if (line_end != 0) at_ = line_end;
  if (quote == '\'') at_ = start + 1;
  std::string message = quote == '"' ? "this string has no end: expected '\"'"
                                     : "this character has no end: expected a second \"'\"";
  message += in_directive || quote == '\'' ? " on the same line" : ", got the end of the file";
  diagnostics_->error(token.where, std::move(message));
  token.unfinished = true;
  token.text = text_.substr(start, at_ - start);
  return token;
}

void Lexer::number_end() {
  while (!at_end()) {
    const char c = peek();
    if ((c == '+' || c == '-') && at_ > 0) {
      // A sign belongs to a number only behind a decimal exponent: 1.5e-3, but 0x1E-1 is three
      // tokens.
      const char before = to_lower(text_[at_ - 1]);
      std::uint32_t start = at_;
      while (start > 0 && (is_identifier_char(text_[start - 1]) || text_[start - 1] == '.'))
        --start;
      const bool hex = text_.substr(start, 2) == "0x" || text_.substr(start, 2) == "0X";
      if (before != 'e' || hex) break;
      ++at_;
    } else if (is_identifier_char(c) || c == '.') {
      ++at_;
    } else {
      break;
    }
  }
}

Token Lexer::next(bool in_directive) {
  Token token;
  token.space_before = skip_blank(in_directive);
  token.line_start = line_start_;
  token.where = here();
  if (at_end()) {
    token.kind = in_directive ? TokenKind::newline : TokenKind::end;
    return token;
  }
  const std::uint32_t start = at_;
  const char c = peek();
  if (in_directive && is_line_end(c)) {
    token.kind = TokenKind::newline;
    skip_line();
    return token;
  }
  line_start_ = false;
  if (is_identifier_start(c)) {
    token.kind = TokenKind::identifier;
    while (!at_end() && is_identifier_char(peek())) ++at_;
  } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    token.kind = TokenKind::number;
    ++at_;
    number_end();
  } else if (c == '"') {
    token.kind = TokenKind::string;
    return quoted(token, '"', in_directive);
  } else if (c == '\'') {
    token.kind = TokenKind::character;
    return quoted(token, '\'', in_directive);
  } else {
    token.kind = TokenKind::punctuator;
    at_ += c == '#' && peek(1) == '#' ? 2 : 1;
  }
  token.text = text_.substr(start, at_ - start);
  return token;
}

std::string_view Lexer::rest_of_line(std::string& scratch) {
  scratch.clear();
  bool copied = false;
  std::uint32_t run = at_;
  const auto flush = [&](std::uint32_t resume) {
    scratch += text_.substr(run, at_ - run);
    scratch += ' ';
    copied = true;
    at_ = run = resume;
  };
  char quote = '\0';
  while (!at_end() && !is_line_end(peek())) {
    const char c = peek();
    if (const std::uint32_t splice = splice_length(); splice != 0) {
      flush(at_ + splice);
    } else if (quote == '\0' && c == '/' && peek(1) == '/') {
      const std::uint32_t end = at_;
      skip_line_comment();
      const std::uint32_t resume = at_;
      at_ = end;
      flush(resume);
    } else if (quote == '\0' && c == '/' && peek(1) == '*') {
      const std::uint32_t end = at_;
      skip_block_comment();
      const std::uint32_t resume = at_;
      at_ = end;
      flush(resume);
    } else {
      if (c == '"') quote = quote == '\0' ? '"' : '\0';
      ++at_;
    }
  }
  std::string_view rest = text_.substr(run, at_ - run);
  if (copied) {
    scratch += rest;
    rest = scratch;
  }
  skip_line();
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\t')) rest.remove_suffix(1);
  return rest;
}

void Lexer::skip_line() {
  if (at_end()) return;
  if (peek() == '\r' && peek(1) == '\n') ++at_;
  ++at_;
  line_start_ = true;
}

void Lexer::skip_text_line() {
  while (!at_end() && !is_line_end(peek())) {
    if (const std::uint32_t splice = splice_length(); splice != 0) {
      at_ += splice;
    } else if (peek() == '/' && peek(1) == '/') {
      while (!at_end() && !is_line_end(peek())) at_ += std::max(splice_length(), 1U);
    } else if (peek() == '/' && peek(1) == '*') {
      if (!skip_block_comment()) return;
    } else {
      ++at_;
    }
  }
}

// What a condition leaves out need not be MOF: apostrophes of prose and C code are no literals
// here. A quoted string is still one, so that "/*" in it begins no comment.
bool Lexer::skip_to_directive() {
  bool first = true;  // nothing but blanks and comments in this line so far
  while (!at_end()) {
    const char c = peek();
    if (is_line_end(c)) {
      skip_line();
      first = true;
    } else if (const std::uint32_t splice = splice_length(); splice != 0) {
      at_ += splice;
    } else if (c == '/' && peek(1) == '/') {
      while (!at_end() && !is_line_end(peek())) at_ += std::max(splice_length(), 1U);
    } else if (c == '/' && peek(1) == '*') {
      if (!skip_block_comment()) return false;
    } else if (c == '#' && first) {
      ++at_;
      line_start_ = false;
      return true;
    } else {
      if (c == '"') {
        const std::uint32_t start = at_;
        for (++at_; !at_end() && peek() != '"' && !is_line_end(peek());) {
          at_ += std::max(splice_length(), peek() == '\\' ? 2U : 1U);
        }
        if (at_end() || peek() != '"') at_ = start;  // a lone quote: an ordinary character
      }
      if (c != ' ' && c != '\t') first = false;
      ++at_;
    }
  }
  return false;
}

}  // namespace hbalab::wmi::mof
