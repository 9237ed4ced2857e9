#include "wmi-model/header/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hbalab::wmi::header {
namespace {

// Sorted. Those of C++ too: drivers are compiled as either.
constexpr std::array<std::string_view, 101> kKeywords = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break",
    "case", "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return",
    "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr", "constinit",
    "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline",
    "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
    "static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "true", "try",
    "typedef", "typeid", "typename", "typeof", "typeof_unqual", "union", "unsigned", "using",
    "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    // Of this header itself, and of compilers that are not strict.
    "DECLSPEC_ALIGN", "DEFINE_GUID", "FIELD_OFFSET", "defined", "linux", "unix"};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Marks that turn the direction of text, which compilers warn of: E2 80 AA..AE and E2 81 A6..A9.
bool turns_text(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(text[2]);
  return (text[1] == '\x80' && last >= 0xAA && last <= 0xAE) ||
         (text[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

}  // namespace

std::string_view c_type(CimType type) {
  switch (type) {
    case CimType::boolean:
      return "BOOLEAN";
    case CimType::sint8:
      return "CHAR";
    case CimType::uint8:
      return "UCHAR";
    case CimType::sint16:
      return "SHORT";
    case CimType::uint16:
      return "USHORT";
    case CimType::sint32:
      return "LONG";
    case CimType::uint32:
      return "ULONG";
    case CimType::sint64:
      return "LONGLONG";
    case CimType::uint64:
      return "ULONGLONG";
    case CimType::real32:
      return "float";
    case CimType::real64:
      return "double";
    case CimType::char16:
      return "WCHAR";
    case CimType::string:
    case CimType::datetime:
    case CimType::object:
      break;
  }
  return {};
}

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

std::string identifier(std::string_view name) {
  std::string out;
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) out += '_';
  for (const char c : name) out += is_word(c) ? c : '_';
  return out;
}

std::string declared_name(std::string_view name) {
  std::string out = identifier(name);
  if (is_keyword(out)) out += '_';
  return out;
}

std::string guard_of(std::string_view file) {
  return "_" + identifier(file.substr(file.find_last_of('/') + 1)) + "_";
}

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  std::string text(digits.data(), result.ptr);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  const bool wide = text.size() > 8;
  text.insert(0, (wide ? 16 : 8) - text.size(), '0');
  return "0x" + text + (wide ? "ULL" : "");
}

std::string comment(std::string_view indent, std::string_view text) {
  std::string out;
  std::string line;
  const auto finish = [&] {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    // A backslash there, or what stands for one, would draw the next line in.
    if (line.ends_with('\\') || line.ends_with("?\?/")) line += " //";
    out += indent;
    out += line.empty() ? "//" : "// " + line;
    out += '\n';
    line.clear();
  };
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      finish();
    } else if (turns_text(text.substr(i))) {
      line += ' ';
      i += 2;
    } else if (c != '\r') {
      line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
  }
  finish();
  return out;
}

}  // namespace hbalab::wmi::header
