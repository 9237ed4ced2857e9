// Tokens -> declarations. Reports what it expected and what came, and goes on behind it.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/mof/ast.hpp"
#include "wmi-model/mof/preprocessor.hpp"

namespace hbalab::wmi::mof {

class Parser {
 public:
  Parser(Preprocessor& tokens, Diagnostics& diagnostics, std::pmr::memory_resource& arena);

  // Reads to the end; appends the classes in order.
  void parse(std::vector<ClassNode*>& classes);

 private:
  // parser.cpp: declarations
  void declaration(std::vector<ClassNode*>& classes);
  void class_declaration(List<QualifierNode> qualifiers, std::vector<ClassNode*>& classes);
  void member(ClassNode& cls);
  bool member_tail(MemberNode& member);
  bool parameters(MemberNode& method);
  bool parameter(MemberNode& method);
  bool type(TypeNode& type);
  bool array_suffix(MemberNode& member);
  void qualifier_declaration();
  bool qualifier_clauses();
  void instance();

  // parser_value.cpp: qualifiers and values
  bool qualifier_list(List<QualifierNode>& out);
  bool qualifier(QualifierNode& out);
  bool flavors(List<std::string_view>& out);
  bool value(ValueNode& out, int depth);
  bool value_list(ValueNode& out, char close, int depth);
  bool number(ValueNode& out);
  bool character(ValueNode& out);
  void string(ValueNode& out);
  bool word(ValueNode& out);

  // Tokens
  void advance();
  [[nodiscard]] const Token& token() const { return token_; }
  [[nodiscard]] bool is(char c) const { return token_.is(c); }
  [[nodiscard]] bool is_word(std::string_view word) const;
  [[nodiscard]] bool at_end() const { return token_.kind == TokenKind::end; }
  bool accept(char c);
  bool expect(char c, std::string_view context);
  bool expect_name(std::string_view& name, std::string_view what);
  // One error for one place: nothing more is said until the parser has recovered.
  bool fail(std::string_view expected);
  bool fail_at(const Position& where, std::string message);
  void recover();
  [[nodiscard]] std::string describe(const Token& token) const;
  std::string_view keep(std::string_view text);

  Preprocessor& tokens_;
  Diagnostics& diagnostics_;
  std::pmr::memory_resource& arena_;
  Token token_;
  Position last_end_;  // behind the previous token: where a missing ';' belongs
  // An error was told whose consequence is not to be told too: an unfinished literal.
  bool excused_ = false;
  // A string that ran over lines: when an error follows, it is likely a missing quote.
  Position long_string_;
  std::string scratch_;
};

}  // namespace hbalab::wmi::mof
