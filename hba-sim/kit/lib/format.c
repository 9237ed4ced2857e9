/*
 * Formats as Microsoft's library reads them: `long` has 32 bits, I64 and ll 64, s and c have the
 * width of the output unless h, l, w or a capital letter says otherwise, Z is a counted string.
 */
#include "format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct conversion {
  int left, plus, space, zero, alternate;
  int width;
  int precision; /* -1: none */
  int is64;
  int is_short; /* 1: 16 bits, 2: 8 bits */
  int wide_text, narrow_text;
};

static unsigned unit(const struct hbalab_output* output, const void* text, size_t index) {
  return output->wide ? ((const WCHAR*)text)[index] : ((const unsigned char*)text)[index];
}

static void put(struct hbalab_output* output, unsigned character) {
  if (output->length < output->size) {
    if (output->wide) {
      ((WCHAR*)output->buffer)[output->length] = (WCHAR)character;
    } else {
      ((char*)output->buffer)[output->length] = (char)character;
    }
  }
  ++output->length;
}

static void pad(struct hbalab_output* output, int count, unsigned character) {
  for (; count > 0; --count) put(output, character);
}

/* A character in narrow output is UTF-8. */
static void put_utf8(struct hbalab_output* output, unsigned character) {
  int more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
  put(output, first[more] | character >> (6 * more));
  while (more > 0) put(output, 0x80 | (character >> (6 * --more) & 0x3F));
}

static int is_surrogate(unsigned character, unsigned half) { return (character & 0xFC00) == half; }

/* Returns how many of the characters it took: a pair is two; half of one stands for no character.
 */
static size_t put_wide(struct hbalab_output* output, const WCHAR* text, size_t length) {
  const unsigned character = text[0];
  if (output->wide) {
    put(output, character);
  } else if (is_surrogate(character, 0xD800) && length > 1 && is_surrogate(text[1], 0xDC00)) {
    put_utf8(output, 0x10000 + ((character & 0x3FF) << 10 | (text[1] & 0x3FFu)));
    return 2;
  } else if (is_surrogate(character, 0xD800) || is_surrogate(character, 0xDC00)) {
    put_utf8(output, 0xFFFD);
  } else {
    put_utf8(output, character);
  }
  return 1;
}

static void put_text(struct hbalab_output* output, const struct conversion* c, const void* text,
                     size_t length, int wide) {
  const int missing = c->width - (int)length;
  size_t index = 0;
  if (!c->left) pad(output, missing, ' ');
  while (index < length) {
    if (wide) {
      index += put_wide(output, (const WCHAR*)text + index, length - index);
    } else {
      put(output, ((const unsigned char*)text)[index++]);
    }
  }
  if (c->left) pad(output, missing, ' ');
}

static void put_string(struct hbalab_output* output, const struct conversion* c, const void* text,
                       int wide) {
  const size_t limit = c->precision < 0 ? SIZE_MAX : (size_t)c->precision;
  size_t length = 0;
  if (text == NULL) {
    text = "(null)";
    wide = 0;
  }
  while (length < limit &&
         (wide ? ((const WCHAR*)text)[length] : ((const unsigned char*)text)[length]) != 0) {
    ++length;
  }
  put_text(output, c, text, length, wide);
}

/* Z: an ANSI_STRING or a UNICODE_STRING, which begin alike. */
static void put_counted(struct hbalab_output* output, const struct conversion* c,
                        const UNICODE_STRING* string) {
  if (string == NULL || string->Buffer == NULL) {
    put_string(output, c, NULL, 0);
  } else {
    put_text(output, c, string->Buffer,
             c->wide_text ? string->Length / sizeof(WCHAR) : string->Length, c->wide_text);
  }
}

static void put_integer(struct hbalab_output* output, const struct conversion* c, uint64_t value,
                        int negative, unsigned base, int capital, int digits) {
  const char* const set = capital ? "0123456789ABCDEF" : "0123456789abcdef";
  const char sign = negative ? '-' : c->plus ? '+' : c->space ? ' ' : 0;
  const int prefix = c->alternate && value != 0 ? (base == 16 ? 2 : base == 8) : 0;
  char text[64];
  int length = 0;
  int zeros;
  int missing;
  while (value != 0 || (length == 0 && digits != 0)) {
    text[length++] = set[value % base];
    value /= base;
  }
  zeros = digits > length ? digits - length : 0;
  missing = c->width - length - zeros - prefix - (sign != 0);
  if (c->zero && !c->left && c->precision < 0 && missing > 0) {
    zeros += missing;
    missing = 0;
  }
  if (!c->left) pad(output, missing, ' ');
  if (sign != 0) put(output, (unsigned char)sign);
  if (prefix != 0) put(output, '0');
  if (prefix == 2) put(output, capital ? 'X' : 'x');
  pad(output, zeros, '0');
  while (length > 0) put(output, (unsigned char)text[--length]);
  if (c->left) pad(output, missing, ' ');
}

static void put_double(struct hbalab_output* output, const struct conversion* c, unsigned type,
                       double value) {
  char format[16] = "%.";
  char text[400];
  int precision = c->precision < 0 ? 6 : c->precision;
  size_t length = 2;
  if (precision > 40) precision = 40;
  if (precision >= 10) format[length++] = (char)('0' + precision / 10);
  format[length++] = (char)('0' + precision % 10);
  format[length] = (char)type;
  strfromd(text, sizeof text, format, value);
  put_text(output, c, text, strlen(text), 0);
}

static int number(const struct hbalab_output* output, const void* format, size_t* at,
                  va_list* arguments) {
  int value = 0;
  if (unit(output, format, *at) == '*') {
    ++*at;
    return va_arg(*arguments, int);
  }
  while (unit(output, format, *at) >= '0' && unit(output, format, *at) <= '9') {
    if (value < 100000) value = value * 10 + (int)(unit(output, format, *at) - '0');
    ++*at;
  }
  return value;
}

static void read_flags(const struct hbalab_output* output, const void* format, size_t* at,
                       struct conversion* c) {
  for (;; ++*at) {
    switch (unit(output, format, *at)) {
      case '-':
        c->left = 1;
        break;
      case '+':
        c->plus = 1;
        break;
      case ' ':
        c->space = 1;
        break;
      case '0':
        c->zero = 1;
        break;
      case '#':
        c->alternate = 1;
        break;
      default:
        return;
    }
  }
}

static void read_size(const struct hbalab_output* output, const void* format, size_t* at,
                      struct conversion* c) {
  for (;; ++*at) {
    switch (unit(output, format, *at)) {
      case 'h':
        ++c->is_short;
        c->narrow_text = 1;
        break;
      case 'l':
        if (unit(output, format, *at + 1) == 'l') {
          ++*at;
          c->is64 = 1;
        }
        c->wide_text = 1;
        break;
      case 'w':
        c->wide_text = 1;
        break;
      case 'L':
      case 'j':
      case 'z':
      case 't':
        c->is64 = 1;
        break;
      case 'I':
        c->is64 = 1;
        if (unit(output, format, *at + 1) == '6' && unit(output, format, *at + 2) == '4') {
          *at += 2;
        } else if (unit(output, format, *at + 1) == '3' && unit(output, format, *at + 2) == '2') {
          *at += 2;
          c->is64 = 0;
        }
        break;
      default:
        return;
    }
  }
}

static uint64_t unsigned_argument(const struct conversion* c, va_list* arguments) {
  const uint64_t value = c->is64 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, uint32_t);
  return c->is_short == 1 ? (uint16_t)value : c->is_short >= 2 ? (uint8_t)value : value;
}

static int64_t signed_argument(const struct conversion* c, va_list* arguments) {
  const int64_t value = c->is64 ? va_arg(*arguments, int64_t) : va_arg(*arguments, int32_t);
  return c->is_short == 1 ? (int16_t)value : c->is_short >= 2 ? (int8_t)value : value;
}

static void put_number(struct hbalab_output* output, const struct conversion* c, unsigned type,
                       va_list* arguments) {
  const int digits = c->precision < 0 ? 1 : c->precision;
  if (type == 'd' || type == 'i') {
    const int64_t value = signed_argument(c, arguments);
    put_integer(output, c, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, 10, 0,
                digits);
  } else {
    struct conversion unsigned_one = *c;
    unsigned_one.plus = unsigned_one.space = 0;
    put_integer(output, &unsigned_one, unsigned_argument(c, arguments), 0,
                type == 'o'   ? 8
                : type == 'u' ? 10
                              : 16,
                type == 'X', digits);
  }
}

static void convert(struct hbalab_output* output, struct conversion* c, unsigned type,
                    va_list* arguments) {
  const int wide = c->wide_text || (output->wide && !c->narrow_text);
  switch (type) {
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      put_number(output, c, type, arguments);
      break;
    case 'p':
      put_integer(output, c, (uintptr_t)va_arg(*arguments, void*), 0, 16, 1, 16);
      break;
    case 's':
      put_string(output, c, va_arg(*arguments, const void*), wide);
      break;
    case 'S':
      put_string(output, c, va_arg(*arguments, const void*),
                 c->wide_text || (!output->wide && !c->narrow_text));
      break;
    case 'Z':
      put_counted(output, c, va_arg(*arguments, const UNICODE_STRING*));
      break;
    case 'c':
    case 'C': {
      WCHAR character = (WCHAR)va_arg(*arguments, int);
      const int as_wide = type == 'c' ? wide : c->wide_text || (!output->wide && !c->narrow_text);
      unsigned char narrow = (unsigned char)character;
      put_text(output, c, as_wide ? (const void*)&character : (const void*)&narrow, 1, as_wide);
      break;
    }
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      put_double(output, c, type, va_arg(*arguments, double));
      break;
    default:
      put(output, type);
      break; /* %% and what no library knows */
  }
}

void hbalab_format(struct hbalab_output* output, const void* format, va_list arguments) {
  va_list rest;
  size_t at = 0;
  va_copy(rest, arguments);
  for (; unit(output, format, at) != 0; ++at) {
    struct conversion c = {0};
    if (unit(output, format, at) != '%') {
      put(output, unit(output, format, at));
      continue;
    }
    ++at;
    read_flags(output, format, &at, &c);
    c.width = number(output, format, &at, &rest);
    if (c.width < 0) {
      c.left = 1;
      c.width = -c.width;
    }
    c.precision = -1;
    if (unit(output, format, at) == '.') {
      ++at;
      c.precision = number(output, format, &at, &rest);
    }
    read_size(output, format, &at, &c);
    if (unit(output, format, at) == 0) break;
    convert(output, &c, unit(output, format, at), &rest);
  }
  va_end(rest);
}
