// DbgPrint and its like: text for the log of the adapter, with the formats of Windows: long has 32
// bits, I64 says 64, S, ws and ls are of 16-bit characters, Z is a counted string.
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "hba-sim/include/ntdef.h"
#include "hba-sim/port/services_port.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::port {
namespace {

constexpr std::size_t kMostText = 4096;  // of one argument, and of a message

// A conversion of a format: flags, width and precision as C has them, with the size apart.
struct Conversion {
  std::string spec = "%";
  bool is64 = false, wide = false, narrow = false;
  char letter = 0;
};

void read_size(std::string_view& format, Conversion& conversion) {
  const auto take = [&format](std::string_view prefix) {
    if (!format.starts_with(prefix)) return false;
    format.remove_prefix(prefix.size());
    return true;
  };
  if (take("I32")) return;
  if (take("I64") || take("ll") || take("I") || take("z") || take("t") || take("j")) {
    conversion.is64 = true;
  } else if (take("l") || take("w")) {
    conversion.wide = true;
  } else if (take("hh") || take("h")) {
    conversion.narrow = true;
  }
}

std::string bounded(const char* text, std::size_t most) {
  return text == nullptr ? "(null)" : std::string(text, ::strnlen(text, most));
}

std::string bounded(const char16_t* text, std::size_t most) {
  if (text == nullptr) return "(null)";
  std::size_t length = 0;
  while (length < most && text[length] != 0) ++length;
  return wmi::to_utf8(std::u16string_view(text, length));
}

class Printer {
 public:
  Printer(std::string_view format, std::va_list arguments) : format_(format) {
    va_copy(list_, arguments);
  }
  ~Printer() { va_end(list_); }
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  std::string print() {
    while (!format_.empty() && out_.size() < kMostText) {
      const std::size_t percent = format_.find('%');
      out_.append(format_.substr(0, percent));
      if (percent == std::string_view::npos) break;
      format_.remove_prefix(percent + 1);
      if (format_.starts_with('%')) {
        out_ += '%';
        format_.remove_prefix(1);
        continue;
      }
      if (!convert()) break;
    }
    return std::move(out_);
  }

 private:
  bool convert() {
    Conversion conversion;
    precision_ = kMostText;
    bool in_precision = false;
    while (!format_.empty() && std::strchr("-+ #0123456789.*", format_.front()) != nullptr) {
      const char c = format_.front();
      format_.remove_prefix(1);
      if (c == '.') in_precision = true;
      const std::string part = c == '*' ? std::to_string(va_arg(list_, int)) : std::string(1, c);
      conversion.spec += part;
      if (in_precision && c != '.') digits_ += part;
    }
    if (!digits_.empty()) precision_ = static_cast<std::size_t>(std::atoi(digits_.c_str()));
    digits_.clear();
    read_size(format_, conversion);
    if (format_.empty()) return false;
    conversion.letter = format_.front();
    format_.remove_prefix(1);
    return append(conversion);
  }

  bool append(const Conversion& conversion) {
    switch (conversion.letter) {
      case 'd':
      case 'i':
      case 'u':
      case 'x':
      case 'X':
      case 'o': {
        const unsigned long long value =
            conversion.is64 ? va_arg(list_, unsigned long long)
            : std::strchr("di", conversion.letter) != nullptr
                ? static_cast<unsigned long long>(static_cast<long long>(va_arg(list_, int)))
                : va_arg(list_, unsigned);
        return put(conversion.spec + "ll" + conversion.letter, value);
      }
      case 'p':
        return put("%016llX", reinterpret_cast<std::uintptr_t>(va_arg(list_, void*)));
      case 'c':
      case 'C':
        return put(conversion.spec + 'c', va_arg(list_, int));
      case 's':
      case 'S':
        return text((conversion.letter == 'S') != conversion.wide && !conversion.narrow);
      case 'Z':
        return counted(conversion.wide);
      default:
        // Its argument is not known, and with it none behind it.
        out_ += "%" + std::string(1, conversion.letter);
        return false;
    }
  }

  template <typename Value>
  bool put(const std::string& spec, Value value) {
    std::array<char, 128> piece{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    std::snprintf(piece.data(), piece.size(), spec.c_str(), value);
#pragma GCC diagnostic pop
    out_ += piece.data();
    return true;
  }

  bool text(bool wide) {
    const void* const at = va_arg(list_, void*);
    out_ += wide ? bounded(static_cast<const char16_t*>(at), precision_)
                 : bounded(static_cast<const char*>(at), precision_);
    return true;
  }

  bool counted(bool wide) {
    const auto* string = static_cast<const UNICODE_STRING*>(va_arg(list_, void*));
    if (string == nullptr || string->Buffer == nullptr) {
      out_ += "(null)";
      return true;
    }
    const void* const at = string->Buffer;
    out_ += wide ? bounded(static_cast<const char16_t*>(at), string->Length / 2)
                 : bounded(static_cast<const char*>(at), string->Length);
    return true;
  }

  std::string_view format_;
  std::va_list list_;
  std::string out_;
  std::string digits_;
  std::size_t precision_ = kMostText;
};

void print(const char* format, std::va_list arguments) {
  if (format != nullptr) log_line(Printer(format, arguments).print());
}

}  // namespace
}  // namespace hbalab::port

#define HBALAB_PRINT(last)                \
  std::va_list arguments;                 \
  va_start(arguments, last);              \
  hbalab::port::print(Format, arguments); \
  va_end(arguments)

extern "C" {

ULONG DbgPrint(const char* Format, ...) {
  HBALAB_PRINT(Format);
  return 0;
}

ULONG DbgPrintEx(ULONG, ULONG, const char* Format, ...) {
  HBALAB_PRINT(Format);
  return 0;
}

VOID StorPortDebugPrint(ULONG DebugPrintLevel, PCHAR Format, ...);
VOID StorPortDebugPrint(ULONG, PCHAR Format, ...) { HBALAB_PRINT(Format); }

VOID ScsiDebugPrint(ULONG DebugPrintLevel, PCHAR Format, ...);
VOID ScsiDebugPrint(ULONG, PCHAR Format, ...) { HBALAB_PRINT(Format); }

}  // extern "C"
