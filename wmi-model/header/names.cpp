#include "wmi-model/header/names.hpp"

#include "wmi-model/header/words.hpp"
#include "wmi-model/mof/lexer.hpp"

namespace hbalab::wmi::header {

void Names::add_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!mof::is_identifier_start(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && mof::is_identifier_char(text[end])) ++end;
    quoted_.emplace(text.substr(at, end - at));
    at = end;
  }
}

bool Names::try_type(const std::string& name) {
  if (!types_.insert(name).second) return false;
  add_word(name);
  return true;
}

std::string Names::add_type(const std::string& wanted, const std::string& otherwise) {
  if (try_type(wanted)) return wanted;
  std::string name = otherwise;
  for (int n = 2; !try_type(name); ++n) name = otherwise + "_" + std::to_string(n);
  return name;
}

Names::Macro Names::add_macro(const std::string& name, const std::string& value) {
  if (quoted_.contains(name)) return Macro::same;
  if (words_.contains(name) || is_keyword(name)) return Macro::taken;
  const auto [at, fresh] = macros_.emplace(name, value);
  if (fresh) return Macro::fresh;
  return at->second == value ? Macro::same : Macro::taken;
}

}  // namespace hbalab::wmi::header
