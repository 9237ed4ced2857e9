// Files, directives and macros: turns the text of a file and what it includes into one stream of
// tokens.
//
// Macros expand lazily over a stack of token lists, so that an expansion takes no memory of its
// own. Every token that a macro makes and every file entered is charged to one budget
// (MofOptions::max_source_bytes), which bounds time and memory for any input.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wmi-model/mof.hpp"
#include "wmi-model/mof/diagnostics.hpp"
#include "wmi-model/mof/lexer.hpp"
#include "wmi-model/mof/source.hpp"

namespace hbalab::wmi::mof {

// The bytes that a reading may still take in; shared by all its files.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : left_(bytes) {}
  // False when there is nothing left.
  [[nodiscard]] bool take(std::size_t bytes) {
    if (bytes > left_) {
      left_ = 0;
      return false;
    }
    left_ -= bytes;
    return true;
  }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

class Preprocessor {
 public:
  Preprocessor(Sources& sources, Diagnostics& diagnostics, const MofOptions& options,
               Budget& budget);

  // Begins with a file that is already in the sources; `path` is where its own includes are looked
  // for.
  void start(std::uint32_t file, const std::filesystem::path& path);
  // The next token after directives and macros; `end` for ever when the text is over or given up.
  [[nodiscard]] Token next();
  // True when the end was made, not reached: the error that says why was told.
  [[nodiscard]] bool gave_up() const { return stopped_; }

 private:
  struct Macro {
    std::string_view name;
    Position defined;
    bool function_like = false;
    bool variadic = false;
    bool disabled = false;  // while it is being expanded
    std::vector<std::string_view> parameters;
    std::vector<Token> body;
  };
  // A list of tokens being read. `macro` is enabled again when it is over; a barrier is not left by
  // reading on: it gives `end` until whoever set it up takes it away.
  struct Context {
    std::span<const Token> tokens;
    std::size_t at = 0;
    std::shared_ptr<Macro> macro;
    std::shared_ptr<std::vector<Token>> owned;
    std::uint32_t expansion = 0;  // for tokens that are in no expansion yet
    bool barrier = false;
  };
  struct Condition {
    Position where;
    bool active = false;  // this branch is read
    bool taken = false;   // one branch was
    bool seen_else = false;
  };
  struct Frame {
    Lexer lexer;
    std::filesystem::path path;  // empty for text in memory
    std::vector<Condition> conditions;
  };
  using Arguments = std::vector<std::vector<Token>>;

  // preprocessor.cpp: tokens and directives
  Token raw();
  Token file_token();
  void leave_file();
  void directive(const Token& hash);
  std::vector<Token> directive_tokens();
  void expect_line_end(std::string_view directive);
  void skip_group();
  bool conditional(const Token& name);
  void alternative(const Token& name);
  void line_directive(const Token& at, std::span<const Token> tokens);
  void give_up(const Position& where, std::string message);
  bool charge(std::size_t bytes, const Position& where);

  // include.cpp
  void include(const Position& where, std::string_view rest);
  void include_named(const Position& where, std::string name, bool quoted);
  [[nodiscard]] std::optional<std::uint32_t> find_include(const Position& where, std::string& name,
                                                          bool quoted, std::filesystem::path& path);
  [[nodiscard]] std::optional<std::uint32_t> load(const std::filesystem::path& path,
                                                  const Position& where);
  void pragma(const Position& where, std::string_view rest);

  // macro.cpp
  void define();
  void undefine();
  bool read_parameters(Macro& macro);
  [[nodiscard]] std::shared_ptr<Macro> find_macro(std::string_view name) const;
  bool expand(Token& token);
  bool expand_call(const std::shared_ptr<Macro>& macro, const Token& name);
  bool read_arguments(const Macro& macro, const Token& name, Arguments& out);
  void substitute(const Macro& macro, const Arguments& arguments, std::uint32_t expansion,
                  std::vector<Token>& out);
  std::vector<Token> expand_list(std::span<const Token> tokens);
  Token stringize(const std::vector<Token>& argument, const Position& where);
  void paste(Token& left, const Token& right);

  // condition.cpp
  bool evaluate_condition(const Position& where);

  Sources& sources_;
  Diagnostics& diagnostics_;
  const MofOptions& options_;
  Budget& budget_;
  std::vector<Frame> frames_;
  std::vector<Context> contexts_;
  std::vector<Token> pushed_;  // tokens given back, last one first
  std::unordered_map<std::string_view, std::shared_ptr<Macro>> macros_;
  std::deque<std::string> made_;                           // text of pasted and stringized tokens
  std::unordered_map<std::string, std::uint32_t> loaded_;  // path -> file index
  std::uint32_t expansion_ = 0;                            // of the outermost macro being expanded
  int argument_depth_ = 0;
  std::size_t includes_ = 0;
  bool stopped_ = false;
};

}  // namespace hbalab::wmi::mof
