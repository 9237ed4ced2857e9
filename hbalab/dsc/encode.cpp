#include "hbalab/dsc/encode.hpp"

#include <string.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace hbalab::cli::dsc {
namespace {

using Done = std::expected<void, wmi::TextError>;
using Kind = wmi::TextError::Kind;

constexpr std::string_view kNameSuffix = ".name";

const char* kind_of(const Json& json) {
  if (json.is_object()) return "an object";
  if (json.is_array()) return "a list";
  if (json.is_string()) return "a text";
  if (json.is_boolean()) return "a boolean";
  if (json.is_null()) return "null";
  return json.is_number_float() ? "a fraction, or more than 64 bits," : "a number";
}

std::unexpected<wmi::TextError> wrong_kind(const Json& json, const char* expected) {
  return refuse(std::string(kind_of(json)) + " came, " + expected + " was expected");
}

// The error with the member in front of its place.
template <typename Result>
Result below(std::string_view place, Result result) {
  if (!result) {
    std::string& path = result.error().path;
    path = path.empty()          ? std::string(place)
           : path.front() == '[' ? std::string(place) + path
                                 : std::string(place) + '.' + path;
  }
  return result;
}

// "ADDRESS", "ADDRESS:SOCKET", "[V6]:SOCKET" or a bare IPv6 address. What the address is, the
// library says.
std::expected<Json, wmi::TextError> expand_portal(const Record& record, std::string_view text) {
  std::string_view address = text, socket;
  bool with_socket = false;
  const std::size_t colon = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return refuse(shown(text) + " came, there is no ']' behind the address");
    }
    address = text.substr(1, end - 1);
    socket = text.substr(end + 1);
    with_socket = !socket.empty();
    if (with_socket && !socket.starts_with(':')) {
      return refuse(shown(text) + " came, ':' and a port was expected behind ']'");
    }
  } else if (colon != std::string_view::npos &&
             text.find(':', colon + 1) == std::string_view::npos) {
    address = text.substr(0, colon);
    socket = text.substr(colon);
    with_socket = true;
  }
  Json portal = Json::object();
  portal[std::string(record.fields[1].name)] = address;
  if (with_socket) portal[std::string(record.fields[2].name)] = socket.substr(1);
  return portal;
}

Json with_list(const Record& record, Json list) {
  Json object = Json::object();
  object[std::string(std::ranges::find_if(record.fields, &Field::is_list)->name)] = std::move(list);
  return object;
}

// A structure that is written as one text becomes its members.
std::expected<Json, wmi::TextError> expand(const Record& record, std::string_view text) {
  switch (record.shorthand) {
    case Shorthand::portal:
      return expand_portal(record, text);
    case Shorthand::id:
    case Shorthand::pair: {
      const std::size_t at = text.find(record.separator);
      if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) {
        return refuse(shown(text) + " came, " + std::string(record.syntax) + " was expected");
      }
      Json pair = Json::object();
      pair[std::string(record.fields[0].name)] = text.substr(0, at);
      pair[std::string(record.fields[1].name)] = text.substr(at + 1);
      return pair;
    }
    case Shorthand::list:
      return with_list(record, text);
    case Shorthand::none:
      break;
  }
  return Json::object();
}

class Encoder {
 public:
  Encoder(Memory& memory, Sources& sources) : memory_(memory), sources_(sources) {}

  [[nodiscard]] Done record(const Record& record, const Json& given, std::uint8_t* at) {
    if (!given.is_object()) return wrong_kind(given, "an object");
    Values values(record.fields.size());
    if (auto matched = match(record, given, values); !matched) return matched;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Field& field = record.fields[i];
      if (field.way == Way::counts || !field.is_input()) continue;
      auto done = values[i] != nullptr ? value(record, field, *values[i], at) : absent(field, at);
      if (!done) return below(field.name, std::move(done));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Field& field = record.fields[i];
      if (field.specified && values[i] == nullptr) specify(record, field, values, at);
      if (field.way != Way::counts || values[i] == nullptr) continue;
      if (auto done = agrees(field, *values[i], at); !done)
        return below(field.name, std::move(done));
    }
    return {};
  }

 private:
  using Values = std::vector<const Json*>;

  // Which member each key is. A key "NAME.name" has the value when there is no key "NAME", else it
  // has to agree.
  [[nodiscard]] Done match(const Record& record, const Json& given, Values& values) {
    std::vector<std::pair<std::size_t, const Json*>> names;
    for (const auto& [key, json] : given.items()) {
      std::string_view name = key;
      const Field* field = record.find(name);
      const bool is_name = field == nullptr && name.ends_with(kNameSuffix);
      if (is_name) {
        field = record.find(name.substr(0, name.size() - kNameSuffix.size()));
        if (field != nullptr && field->names == nullptr) field = nullptr;
      }
      if (field == nullptr || !(field->is_input() || field->way == Way::counts)) {
        return unknown(record, name);
      }
      if (json.is_null()) continue;
      const auto index = static_cast<std::size_t>(field - record.fields.data());
      if (is_name) {
        names.emplace_back(index, &json);
      } else if (std::exchange(values[index], &json) != nullptr) {
        return below(field->name, Done(refuse("it came twice")));
      }
    }
    for (const auto& [index, json] : names) {
      const Field& field = record.fields[index];
      if (values[index] == nullptr) {
        values[index] = json;
      } else if (auto same = same_number(field, *values[index], *json); !same) {
        return below(field.name, std::move(same));
      }
    }
    return {};
  }

  [[nodiscard]] static Done unknown(const Record& record, std::string_view name) {
    const auto inputs = record.inputs();
    return refuse("there is no member " + shown(name), wmi::nearest_name(name, inputs),
                  Kind::unknown_key);
  }

  [[nodiscard]] static Done same_number(const Field& field, const Json& value, const Json& name) {
    const auto first = number(field, value), second = number(field, name);
    if (!first) return std::unexpected(first.error());
    if (!second) return std::unexpected(second.error());
    if (*first == *second) return {};
    return refuse(std::to_string(*first) + " came, and the name of " + std::to_string(*second));
  }

  [[nodiscard]] static Done absent(const Field& field, std::uint8_t* at) {
    if (field.required) return refuse("it is missing", {}, Kind::missing);
    if (field.form == Form::number && !field.pointer) {
      store(at + field.offset, field.size, field.default_value);
    } else if (field.form == Form::record && !field.pointer && !field.is_list()) {
      return defaults(*field.record, at + field.offset);
    }
    return {};
  }
  [[nodiscard]] static Done defaults(const Record& record, std::uint8_t* at) {
    for (const Field& field : record.fields) {
      if (auto done = absent(field, at); !done) return done;
    }
    return {};
  }

  static void specify(const Record& record, const Field& field, const Values& values,
                      std::uint8_t* at) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != nullptr) bits |= record.fields[i].specifies;
    }
    store(at + field.offset, field.size, bits);
  }

  [[nodiscard]] static Done agrees(const Field& field, const Json& json, const std::uint8_t* at) {
    const auto given = number(field, json);
    if (!given) return std::unexpected(given.error());
    const std::uint64_t there = load(at + field.offset, field.size);
    if (*given == there) return {};
    return refuse(std::to_string(*given) + " came, " + std::to_string(there) +
                  " follows from what it counts");
  }

  [[nodiscard]] static std::expected<std::uint64_t, wmi::TextError> number(const Field& field,
                                                                           const Json& json) {
    std::string text;
    if (json.is_array() && field.names != nullptr && field.names->flags) {
      for (const Json& name : json) {
        if (!name.is_string()) return wrong_kind(name, "a name");
        text += (text.empty() ? "" : "|") + name.get_ref<const std::string&>();
      }
      if (text.empty()) text = "0";
    } else if (json.is_string()) {
      text = json.get_ref<const std::string&>();
      // '|' is not a letter to a shell.
      if (field.names != nullptr && field.names->flags) std::ranges::replace(text, ',', '|');
    } else if (json.is_number_integer() || (json.is_boolean() && field.form == Form::boolean_)) {
      text = json.dump();
    } else {
      return wrong_kind(json, field.form == Form::boolean_ ? "true or false" : "a number");
    }
    auto value = wmi::parse_property(property_of(field), text);
    if (!value) {
      value.error().path.clear();  // whoever asked knows the place
      return std::unexpected(std::move(value.error()));
    }
    if (const auto* truth = std::get_if<bool>(&*value)) return *truth ? 1 : 0;
    return std::get<std::uint64_t>(*value);
  }

  // Where a value of `size` bytes goes: into the member, or to where the member then points.
  [[nodiscard]] std::uint8_t* place(const Field& field, std::uint8_t* at, std::size_t size) {
    if (!field.pointer) return at + field.offset;
    std::uint8_t* const memory = memory_.take(size);
    store_address(at + field.offset, memory);
    return memory;
  }

  [[nodiscard]] Done value(const Record& owner, const Field& field, const Json& json,
                           std::uint8_t* at) {
    switch (field.form) {
      case Form::number:
      case Form::boolean_: {
        const auto given = number(field, json);
        if (!given) return std::unexpected(given.error());
        store(place(field, at, field.size), field.size, *given);
        return {};
      }
      case Form::text:
        return text(field, json, at);
      case Form::bytes:
        return bytes(owner, field, json, at);
      case Form::record:
        return field.is_list() ? list(owner, field, json, at) : structure(field, json, at);
      default:
        return refuse("it cannot be given");
    }
  }

  [[nodiscard]] Done text(const Field& field, const Json& json, std::uint8_t* at) {
    if (!json.is_string()) return wrong_kind(json, "a text");
    const auto& given = json.get_ref<const std::string&>();
    if (given.find('\0') != std::string::npos) return refuse("a text with a NUL inside came");
    if (!field.pointer && given.size() >= field.size) {
      return refuse("a text of " + std::to_string(given.size()) + " bytes came, at most " +
                        std::to_string(field.size - 1) + " fit",
                    {}, Kind::range);
    }
    std::memcpy(place(field, at, given.size() + 1), given.c_str(), given.size() + 1);
    return {};
  }

  [[nodiscard]] Done bytes(const Record& owner, const Field& field, const Json& json,
                           std::uint8_t* at) {
    if (!json.is_string()) return wrong_kind(json, "a text");
    if (!field.pointer || field.sized_by < 0) return refuse("it cannot be given");
    auto given = sources_.bytes(json.get_ref<const std::string&>());
    if (!given) return std::unexpected(given.error());
    std::ranges::copy(*given, place(field, at, given->size()));
    count(owner, field.sized_by, given->size(), at);
    ::explicit_bzero(given->data(), given->size());
    return {};
  }

  static void count(const Record& owner, int index, std::size_t count, std::uint8_t* at) {
    const Field& counting = owner.fields[static_cast<std::size_t>(index)];
    store(at + counting.offset, counting.size, count);
  }

  // A list that ends a structure makes it longer than it is declared.
  [[nodiscard]] static std::size_t extent(const Record& record, const Json& given) {
    const Field& last = record.fields.back();
    if (!last.is_list() || last.pointer || !given.is_object()) return record.size;
    std::size_t count = 0;
    for (const auto& [key, json] : given.items()) {
      if (same_name(key, last.name)) count = std::max(count, elements(json).size());
    }
    return std::max<std::size_t>(record.size, last.offset + count * last.size);
  }

  [[nodiscard]] Done structure(const Field& field, const Json& json, std::uint8_t* at) {
    const auto given = members(*field.record, json);
    if (!given) return std::unexpected(given.error());
    const std::size_t size = extent(*field.record, *given);
    if (!field.pointer && size > field.size) return refuse("its list is too long");
    return record(*field.record, *given, place(field, at, size));
  }

  [[nodiscard]] Done list(const Record& owner, const Field& field, const Json& json,
                          std::uint8_t* at) {
    const Json given = elements(json);
    if (!given.is_array()) return wrong_kind(json, "a list");
    count(owner, field.counted_by, given.size(), at);
    std::uint8_t* const first = place(field, at, given.size() * field.size);
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto element = members(*field.record, given[i]);
      auto done = element ? record(*field.record, *element, first + i * field.size)
                          : Done(std::unexpected(element.error()));
      if (!done) return below('[' + std::to_string(i) + ']', std::move(done));
    }
    return {};
  }

  Memory& memory_;
  Sources& sources_;
};

}  // namespace

Memory::~Memory() {
  for (auto& block : blocks_) ::explicit_bzero(block.data(), block.size());
}

std::uint8_t* Memory::take(std::size_t size) {
  return blocks_.emplace_back(std::max<std::size_t>(size, 1)).data();
}

std::uint64_t load(const std::uint8_t* at, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, std::min(size, sizeof value));
  return value;
}

void store(std::uint8_t* at, std::size_t size, std::uint64_t value) {
  std::memcpy(at, &value, std::min(size, sizeof value));
}

void store_address(std::uint8_t* at, const void* address) {
  std::memcpy(at, static_cast<const void*>(&address), sizeof address);
}

std::expected<Json, wmi::TextError> members(const Record& record, const Json& given) {
  if (given.is_object()) return given;
  if (given.is_array() && record.shorthand == Shorthand::list) return with_list(record, given);
  if (given.is_string() && record.shorthand != Shorthand::none) {
    return expand(record, given.get_ref<const std::string&>());
  }
  return wrong_kind(given, "an object");
}

Json elements(const Json& given) {
  if (given.is_object()) return Json::array({given});
  if (!given.is_string()) return given;
  Json list = Json::array();
  std::string_view text = given.get_ref<const std::string&>();
  while (!text.empty()) {
    const std::size_t end = text.find(',');
    list.push_back(std::string(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return list;
}

std::expected<void, wmi::TextError> encode(const Record& record, const Json& given,
                                           std::uint8_t* at, Memory& memory, Sources& sources) {
  return Encoder(memory, sources).record(record, given, at);
}

}  // namespace hbalab::cli::dsc
