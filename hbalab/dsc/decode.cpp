#include <algorithm>
#include <cstdio>
#include <cstring>

#include "hbalab/dsc/call.hpp"

namespace hbalab::cli::dsc {
namespace {

std::string hex_digits(const std::uint8_t* at, std::size_t count) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[at[i] >> 4];
    text += kDigits[at[i] & 15];
  }
  return text;
}

// Bytes that callers give, in a way in which they can be given.
std::string identity(const std::uint8_t* at, std::size_t count) {
  const std::string text(at, at + count);
  const bool as_it_is = wmi::to_utf16(text).has_value() && printable(text) == text &&
                        !text.starts_with("hex:") && !text.starts_with('@') && text != "-";
  return as_it_is ? text : "hex:" + hex_digits(at, count);
}

std::string guid_text(const std::uint8_t* at) {
  GUID guid;
  std::memcpy(&guid, at, sizeof guid);
  char text[40];
  std::snprintf(text, sizeof text, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", guid.Data1,
                guid.Data2, guid.Data3, guid.Data4[0], guid.Data4[1], guid.Data4[2], guid.Data4[3],
                guid.Data4[4], guid.Data4[5], guid.Data4[6], guid.Data4[7]);
  return text;
}

std::string id_text(const Record& record, const std::uint8_t* at) {
  const Field &first = record.fields[0], &second = record.fields[1];
  char text[48];
  std::snprintf(text, sizeof text, "0x%016llX%c0x%016llX",
                static_cast<unsigned long long>(load(at + first.offset, first.size)),
                record.separator,
                static_cast<unsigned long long>(load(at + second.offset, second.size)));
  return text;
}

std::string text_at(const Field& field, const std::uint8_t* at) {
  const auto* const text = reinterpret_cast<const char*>(at);
  return {text, field.size == 0 ? std::strlen(text) : ::strnlen(text, field.size)};
}

Json strings_at(const std::uint8_t* at) {
  Json list = Json::array();
  for (const auto* text = reinterpret_cast<const char*>(at); *text != '\0';) {
    list.push_back(text);
    text += std::strlen(text) + 1;
  }
  return list;
}

// A structure that ends in a list is as long as the list makes it.
std::size_t extent(const Record& record, const std::uint8_t* at) {
  const Field& last = record.fields.back();
  if (last.counted_by < 0 || last.pointer) return record.size;
  const Field& counting = record.fields[static_cast<std::size_t>(last.counted_by)];
  return last.offset + load(at + counting.offset, counting.size) * last.size;
}

// A count, and so many structures.
Json listed(const Field& field, const std::uint8_t* at) {
  Json list = Json::array();
  const auto count = load(at, sizeof(ULONG));
  std::size_t offset = sizeof(ULONG);
  for (std::uint64_t i = 0; i < count; ++i) {
    offset = (offset + field.align - 1) / field.align * field.align;
    list.push_back(decode(*field.record, at + offset));
    offset += extent(*field.record, at + offset);
  }
  return list;
}

std::size_t count_of(const Record& record, const Field& field, const std::uint8_t* at) {
  const int by = field.is_list() ? field.counted_by : field.sized_by;
  if (by < 0) return field.size;
  const Field& counting = record.fields[static_cast<std::size_t>(by)];
  return load(at + counting.offset, counting.size);
}

}  // namespace

Json decode(const Field& field, const std::uint8_t* at, std::size_t count) {
  if (field.secret || at == nullptr) return nullptr;
  switch (field.form) {
    case Form::number:
      return load(at, field.size);
    case Form::boolean_:
      return *at != 0;
    case Form::text:
      return text_at(field, at);
    case Form::strings:
      return strings_at(at);
    case Form::bytes:
      return field.pointer && field.way != Way::out ? identity(at, count) : hex_digits(at, count);
    case Form::guid:
      return guid_text(at);
    case Form::record:
      break;
    case Form::chosen:
    case Form::reserved:
      return nullptr;
  }
  if (field.listed) return listed(field, at);
  if (!field.is_list()) {
    if (field.record->shorthand == Shorthand::id) return id_text(*field.record, at);
    return decode(*field.record, at);
  }
  Json list = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(decode(*field.record, at + i * field.size));
  }
  return list;
}

Json decode(const Record& record, const std::uint8_t* at) {
  Json object = Json::object();
  for (const Field& field : record.fields) {
    const std::uint8_t* place = at + field.offset;
    if (field.pointer) std::memcpy(static_cast<void*>(&place), at + field.offset, sizeof place);
    add_member(object, field, decode(field, place, count_of(record, field, at)));
  }
  return object;
}

void add_member(Json& object, const Field& field, Json value) {
  std::string name(field.name);
  const std::string names =
      value.is_number() ? names_of(field, value.get<std::uint64_t>()) : std::string();
  object[name] = std::move(value);
  if (!names.empty()) object[name + ".name"] = names;
}

}  // namespace hbalab::cli::dsc
