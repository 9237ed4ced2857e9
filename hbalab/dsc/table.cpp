#include "hbalab/dsc/table.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

#include "iscsiop/status.hpp"

namespace hbalab::cli::dsc {
namespace {

// An argument as it stands in its 8 bytes.
template <typename T>
T argument(std::uint64_t value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(value);
  } else {
    return static_cast<T>(value);
  }
}

template <typename... Types, std::size_t... I>
ISDSC_STATUS call_with(ISDSC_STATUS (*function)(Types...),
                       [[maybe_unused]] const std::uint64_t* arguments, std::index_sequence<I...>) {
  return function(argument<Types>(arguments[I])...);
}

template <typename... Types>
ISDSC_STATUS call_all(ISDSC_STATUS (*function)(Types...), const std::uint64_t* arguments) {
  return call_with(function, arguments, std::index_sequence_for<Types...>());
}

template <auto function>
ISDSC_STATUS invoke(const std::uint64_t* arguments) {
  return call_all(function, arguments);
}

#include "iscsidsc/command_table.inc"

// Short names come last: a value is described by the name that the header has.
std::shared_ptr<const wmi::EnumTable> enum_table(const Enumeration& names) {
  static std::map<const Enumeration*, std::shared_ptr<const wmi::EnumTable>> tables;
  auto& table = tables[&names];
  if (!table) {
    auto made = std::make_shared<wmi::EnumTable>();
    made->flags = names.flags;
    for (const Name& row : names.names)
      made->items.push_back({row.value, std::string(row.name), {}});
    for (const Name& row : names.names) {
      if (!row.short_name.empty())
        made->items.push_back({row.value, std::string(row.short_name), {}});
    }
    table = std::move(made);
  }
  return table;
}

wmi::CimType type_of(const Field& field) {
  if (field.form == Form::boolean_) return wmi::CimType::boolean;
  switch (field.size) {
    case 1:
      return wmi::CimType::uint8;
    case 2:
      return wmi::CimType::uint16;
    case 4:
      return wmi::CimType::uint32;
    default:
      return wmi::CimType::uint64;
  }
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

const Field* Record::find(std::string_view member) const {
  const auto found = std::ranges::find_if(
      fields, [&](const Field& field) { return same_name(field.name, member); });
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string_view> Record::inputs() const {
  std::vector<std::string_view> names;
  for (const Field& field : fields) {
    if (field.is_input()) names.push_back(field.name);
  }
  return names;
}

std::vector<const Field*> Record::positional() const {
  std::vector<const Field*> all, needed;
  for (const Field& field : fields) {
    if (!field.is_input()) continue;
    all.push_back(&field);
    if (field.required) needed.push_back(&field);
  }
  return all.size() == 1 && all.front()->form != Form::boolean_ ? all : needed;
}

std::span<const Function> functions() { return kFunctions; }

const Function* find_function(std::string_view name) {
  const auto all = functions();
  const auto found = std::ranges::find_if(
      all, [&](const Function& function) { return same_name(function.arguments.name, name); });
  return found == all.end() ? nullptr : &*found;
}

std::optional<Status> find_status(ISDSC_STATUS code) {
  const auto found = std::ranges::find(kWin32Statuses, code, &Status::code);
  if (found != std::end(kWin32Statuses)) return *found;
  const auto* info = iscsi::find_isdsc_status(code);
  if (info == nullptr) return std::nullopt;
  return Status{code, info->name, info->text};
}

bool is_done(ISDSC_STATUS status) { return status == ERROR_SUCCESS || status >> 30 == 2; }

wmi::Property property_of(const Field& field) {
  wmi::Property property;
  property.name = field.name;
  property.type = type_of(field);
  property.secret = field.secret;
  if (field.names != nullptr) property.enumeration = enum_table(*field.names);
  return property;
}

std::string names_of(const Field& field, std::uint64_t value) {
  return field.names == nullptr ? std::string() : enum_table(*field.names)->describe(value);
}

}  // namespace hbalab::cli::dsc
