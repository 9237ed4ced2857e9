// Tokens of one file's text. Knows comments, literals and line ends, not directives or macros.
#pragma once

#include <cstdint>
#include <string_view>

#include "wmi-model/mof/diagnostics.hpp"
#include "wmi-model/mof/source.hpp"

namespace hbalab::wmi::mof {

enum class TokenKind : std::uint8_t {
  end,      // of the text (or of a bounded token list)
  newline,  // only while a directive is read
  identifier,
  number,      // as the C preprocessor takes it: 0x10, 101b, 1.5e-3, 16UL
  string,      // with its quotes, undecoded
  character,   // with its quotes, undecoded
  punctuator,  // one character, or "##"
};

struct Token {
  TokenKind kind = TokenKind::end;
  bool space_before = false;
  bool line_start = false;  // first token of its line: where '#' begins a directive
  bool unfinished = false;  // a literal without its closing quote: an error was told
  bool no_expand = false;   // the name of a macro inside its own expansion
  std::string_view text;
  Position where;

  [[nodiscard]] bool is(char c) const {
    return kind == TokenKind::punctuator && text.size() == 1 && text[0] == c;
  }
};

[[nodiscard]] bool is_identifier_start(char c);
[[nodiscard]] bool is_identifier_char(char c);
// ASCII only, which is what MOF's keywords and qualifier names are compared in.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string lower_case(std::string_view text);

class Lexer {
 public:
  Lexer(std::uint32_t file_index, const SourceFile& file, Diagnostics& diagnostics)
      : text_(file.text), file_(file_index), diagnostics_(&diagnostics) {}

  // In a directive a line end is a token and a string must end on its line.
  [[nodiscard]] Token next(bool in_directive);
  // The rest of the line with continuations and comments taken out is for directives that carry
  // free text (#error, #pragma, #include); the line end is consumed. The view is into the source
  // where no continuation occurs in it, else into `scratch`.
  [[nodiscard]] std::string_view rest_of_line(std::string& scratch);
  // Moves behind the lines of a group that a condition leaves out, to the next line that begins
  // with
  // '#', behind which it stops; false at the end of the text.
  [[nodiscard]] bool skip_to_directive();
  // The rest of a line that a condition leaves out, whatever it holds.
  void skip_text_line();
  // One line end.
  void skip_line();

  [[nodiscard]] Position here() const { return {file_, at_, 0}; }
  [[nodiscard]] std::uint32_t file() const { return file_; }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  // Length of a backslash and the line end behind it, else 0.
  [[nodiscard]] std::uint32_t splice_length() const;
  bool skip_blank(bool in_directive);
  void skip_line_comment();
  bool skip_block_comment();
  Token quoted(Token token, char quote, bool in_directive);
  void number_end();

  std::string_view text_;
  std::uint32_t file_;
  std::uint32_t at_ = 0;
  bool line_start_ = true;
  Diagnostics* diagnostics_;
};

}  // namespace hbalab::wmi::mof
