#include "hbalab/dsc/print.hpp"

#include <algorithm>
#include <cstdio>

namespace hbalab::cli::dsc {
namespace {

constexpr std::size_t kRow = 16;  // bytes of a dump

std::string hex(std::uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%0*llX", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string number_text(const Field& field, std::uint64_t value) {
  const bool flags = field.names != nullptr && field.names->flags;
  std::string text = field.hex ? hex(value, static_cast<int>(2 * field.size))
                     : flags   ? hex(value, 1)
                               : std::to_string(value);
  const std::string names = flags && value == 0 ? std::string() : names_of(field, value);
  return names.empty() ? text : text + " (" + names + ')';
}

// "192.0.2.10:3260", and the symbolic name where it has one.
std::string portal_text(const Json& portal, const Record& record) {
  const auto member = [&](std::size_t i) -> const Json& {
    return portal[std::string(record.fields[i].name)];
  };
  const auto address = member(1).get<std::string>();
  const bool brackets = address.find(':') != std::string::npos;
  std::string text = (brackets ? '[' + address + ']' : address) + ':' + member(2).dump();
  if (const auto name = member(0).get<std::string>(); !name.empty()) text += " \"" + name + '"';
  return printable(text);
}

bool is_portal(const Field& field) {
  return field.form == Form::record && field.record->shorthand == Shorthand::portal;
}

// A value that fits on the line of its name.
std::string line_text(const Field& field, const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return number_text(field, value.get<std::uint64_t>());
  return portal_text(value, *field.record);
}

class Printer {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  // All members, their values one below the other.
  void members(std::span<const Field> fields, const Json& object, std::size_t indent) {
    std::size_t width = 0;
    for (const Field& field : fields) {
      const Json& value = object[std::string(field.name)];
      if (!is_block(field, value)) width = std::max(width, field.name.size());
    }
    for (const Field& field : fields) {
      const Json& value = object[std::string(field.name)];
      if (is_block(field, value)) {
        block(field, value, indent);
      } else {
        line(indent, field.name, width, line_text(field, value));
      }
    }
  }

  // What a function answers and nothing else.
  void alone(const Field& field, const Json& value) {
    if (field.form == Form::strings) {
      for (const Json& text : value) out_ << printable(text.get<std::string>()) << '\n';
    } else if (field.is_list() && is_portal(field)) {
      for (const Json& portal : value) out_ << line_text(field, portal) << '\n';
    } else if (value.is_object() && !is_portal(field)) {
      members(field.record->fields, value, 0);
    } else if (is_block(field, value)) {
      block(field, value, 0);
    } else {
      out_ << line_text(field, value) << '\n';
    }
  }

 private:
  static bool is_block(const Field& field, const Json& value) {
    if (field.form == Form::bytes && !field.secret && value.is_string()) {
      return value.get_ref<const std::string&>().size() > 2 * kRow;
    }
    return value.is_array() || (value.is_object() && !is_portal(field));
  }

  void line(std::size_t indent, std::string_view name, std::size_t width, std::string_view text) {
    out_ << std::string(indent, ' ') << name;
    if (!text.empty()) out_ << std::string(width - name.size() + 2, ' ') << text;
    out_ << '\n';
  }

  void block(const Field& field, const Json& value, std::size_t indent) {
    if (value.is_string()) {
      dump(field, value.get_ref<const std::string&>(), indent);
    } else if (value.is_object()) {
      out_ << std::string(indent, ' ') << field.name << '\n';
      members(field.record->fields, value, indent + 2);
    } else {
      for (std::size_t i = 0; i < value.size(); ++i) element(field, value[i], i, indent);
    }
  }

  void element(const Field& field, const Json& value, std::size_t index, std::size_t indent) {
    const std::string name = std::string(field.name) + '[' + std::to_string(index) + ']';
    if (!value.is_object() || is_portal(field)) {
      line(indent, name, name.size(), line_text(field, value));
      return;
    }
    if (index > 0 && indent == 0) out_ << '\n';
    out_ << std::string(indent, ' ') << name << '\n';
    members(field.record->fields, value, indent + 2);
  }

  // Rows of offset, hexadecimal digits and characters.
  void dump(const Field& field, const std::string& digits, std::size_t indent) {
    out_ << std::string(indent, ' ') << field.name << "  " << digits.size() / 2 << " bytes\n";
    for (std::size_t at = 0; at < digits.size(); at += 2 * kRow) {
      std::string row, characters;
      for (std::size_t i = at; i < std::min(at + 2 * kRow, digits.size()); i += 2) {
        const std::string byte = digits.substr(i, 2);
        const auto character = static_cast<char>(std::stoi(byte, nullptr, 16));
        row += byte + ' ';
        characters += character >= ' ' && character <= '~' ? character : '.';
      }
      row.resize(3 * kRow, ' ');
      out_ << std::string(indent + 2, ' ') << hex(at / 2, 4).substr(2) << "  " << row << ' '
           << characters << '\n';
    }
  }

  std::ostream& out_;
};

}  // namespace

std::string status_text(ISDSC_STATUS status) {
  const auto found = find_status(status);
  if (!found) return hex(status, 8);
  return std::string(found->name) + " (" + hex(status, 8) + "): " + std::string(found->text);
}

Json answer_json(const Function& function, const Answer& answer) {
  const auto found = find_status(answer.status);
  Json json = Json::object();
  json["function"] = function.arguments.name;
  json["status"]["name"] = found ? Json(found->name) : Json(nullptr);
  json["status"]["code"] = answer.status;
  json["result"] = answer.result;
  return json;
}

void print_answer(std::ostream& out, const Answer& answer) {
  if (answer.result.is_null()) return;
  Printer printer(out);
  if (answer.fields.size() == 1) {
    printer.alone(answer.fields.front(), answer.result[std::string(answer.fields.front().name)]);
  } else {
    printer.members(answer.fields, answer.result, 0);
  }
}

}  // namespace hbalab::cli::dsc
