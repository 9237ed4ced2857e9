#include "wmi-model/model.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

namespace hbalab::wmi {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Decimal, 0x hexadecimal, or a negative decimal, which gives its two's complement.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? 0 - value : value;
}

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return "0x" + std::string(digits.data(), result.ptr);
}

}  // namespace

std::string_view cim_type_name(CimType type) {
  switch (type) {
    case CimType::boolean:
      return "boolean";
    case CimType::sint8:
      return "sint8";
    case CimType::uint8:
      return "uint8";
    case CimType::sint16:
      return "sint16";
    case CimType::uint16:
      return "uint16";
    case CimType::sint32:
      return "sint32";
    case CimType::uint32:
      return "uint32";
    case CimType::sint64:
      return "sint64";
    case CimType::uint64:
      return "uint64";
    case CimType::real32:
      return "real32";
    case CimType::real64:
      return "real64";
    case CimType::char16:
      return "char16";
    case CimType::string:
      return "string";
    case CimType::datetime:
      return "datetime";
    case CimType::object:
      break;
  }
  return "object";
}

const Qualifier* Qualifiers::find(std::string_view name) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [name](const Qualifier& q) { return same_name(q.name, name); });
  return found == items.end() ? nullptr : &*found;
}

bool Qualifiers::is_set(std::string_view name) const {
  const Qualifier* qualifier = find(name);
  if (qualifier == nullptr) return false;
  const bool* value = std::get_if<bool>(&qualifier->value);
  return value == nullptr || *value;
}

std::optional<std::uint64_t> Qualifiers::integer(std::string_view name) const {
  const Qualifier* qualifier = find(name);
  if (qualifier == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<std::uint64_t>(&qualifier->value)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&qualifier->value)) {
    return static_cast<std::uint64_t>(*value);
  }
  if (const auto* value = std::get_if<std::string>(&qualifier->value)) return parse_number(*value);
  return std::nullopt;
}

const std::string* Qualifiers::text(std::string_view name) const {
  const Qualifier* qualifier = find(name);
  return qualifier == nullptr ? nullptr : std::get_if<std::string>(&qualifier->value);
}

const EnumTable::Item* EnumTable::by_value(std::uint64_t value) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [value](const Item& item) { return item.value == value; });
  return found == items.end() ? nullptr : &*found;
}

const EnumTable::Item* EnumTable::by_name(std::string_view name) const {
  auto found = std::find_if(items.begin(), items.end(),
                            [name](const Item& item) { return item.name == name; });
  if (found == items.end()) {
    found = std::find_if(items.begin(), items.end(),
                         [name](const Item& item) { return same_name(item.name, name); });
  }
  return found == items.end() ? nullptr : &*found;
}

std::string EnumTable::describe(std::uint64_t value) const {
  if (!flags || value == 0) {
    const Item* item = by_value(value);
    return item != nullptr ? item->name : flags ? "0" : "";
  }
  std::string text;
  std::uint64_t rest = value;
  for (const Item& item : items) {
    // A mask of several bits shows when all of them are set; bits that it covers are not told
    // twice.
    if (item.value == 0 || (value & item.value) != item.value || (rest & item.value) == 0) continue;
    if (!text.empty()) text += '|';
    text += item.name;
    rest &= ~item.value;
  }
  if (rest != 0) {
    if (!text.empty()) text += '|';
    text += hex(rest);
  }
  return text;
}

std::optional<std::uint64_t> EnumTable::parse(std::string_view text) const {
  text = trim(text);
  if (const Item* item = by_name(text)) return item->value;
  if (const auto number = parse_number(text)) return number;
  if (!flags || text.find('|') == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  for (;;) {
    const std::size_t bar = text.find('|');
    const std::string_view part = trim(text.substr(0, bar));
    if (const Item* item = by_name(part)) {
      value |= item->value;
    } else if (const auto number = parse_number(part)) {
      value |= *number;
    } else {
      return std::nullopt;
    }
    if (bar == std::string_view::npos) return value;
    text.remove_prefix(bar + 1);
  }
}

const Property* Class::property(std::string_view name_to_find) const {
  const auto found = std::find_if(properties.begin(), properties.end(), [&](const Property& p) {
    return same_name(p.name, name_to_find);
  });
  return found == properties.end() ? nullptr : &*found;
}

const Method* Class::method(std::string_view name_to_find) const {
  const auto found = std::find_if(methods.begin(), methods.end(),
                                  [&](const Method& m) { return same_name(m.name, name_to_find); });
  return found == methods.end() ? nullptr : &*found;
}

const Method* Class::method(std::uint32_t id) const {
  const auto found =
      std::find_if(methods.begin(), methods.end(), [id](const Method& m) { return m.id == id; });
  return found == methods.end() ? nullptr : &*found;
}

const Class* SchemaSet::find(std::string_view name) const {
  std::string key(name);
  for (char& c : key) c = to_lower(c);
  const auto found = by_name_.find(key);
  return found == by_name_.end() ? nullptr : found->second;
}

const Class* SchemaSet::find(const Guid& guid) const {
  const auto found = by_guid_.find(guid);
  return found == by_guid_.end() ? nullptr : found->second;
}

std::shared_ptr<const SchemaSet> SchemaSet::unite(
    const std::vector<std::shared_ptr<const SchemaSet>>& sets) {
  auto all = std::make_shared<SchemaSet>();
  std::unordered_set<const Class*> taken;
  for (const auto& set : sets) {
    if (!set) continue;
    for (const auto& cls : set->classes_) {
      if (!taken.insert(cls.get()).second) continue;
      std::string key = cls->name;
      for (char& c : key) c = to_lower(c);
      all->by_name_.emplace(std::move(key), cls.get());
      if (cls->has_guid) all->by_guid_.emplace(cls->guid, cls.get());
      all->classes_.push_back(cls);
    }
  }
  return all;
}

}  // namespace hbalab::wmi
