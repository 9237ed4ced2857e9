// Which names a header has used, so that two of them never meet.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace hbalab::wmi::header {

class Names {
 public:
  // A word that occurs as a member or type: a macro of that name would replace it.
  void add_word(std::string_view word) { words_.emplace(word); }
  // Words of text that the classes bring along (cpp_quote): what it defines is not defined again.
  void add_text(std::string_view text);
  // The name for a type: the first of them that no other type has, else one with a number behind
  // it.
  [[nodiscard]] std::string add_type(const std::string& wanted, const std::string& otherwise);
  // False when a type has the name already.
  [[nodiscard]] bool try_type(const std::string& name);

  enum class Macro {
    fresh,  // to be defined now
    same,   // has been, with this value
    taken,  // is something else
  };
  [[nodiscard]] Macro add_macro(const std::string& name, const std::string& value);

 private:
  std::unordered_set<std::string> words_;
  std::unordered_set<std::string> types_;
  std::unordered_set<std::string> quoted_;
  std::unordered_map<std::string, std::string> macros_;
};

}  // namespace hbalab::wmi::header
