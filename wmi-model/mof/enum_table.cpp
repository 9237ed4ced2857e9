// Qualifiers into the model's form, and the names of a property's values out of them.
#include <algorithm>
#include <string>
#include <unordered_set>

#include "wmi-model/mof/builder.hpp"
#include "wmi-model/mof/literal.hpp"

namespace hbalab::wmi::mof {
namespace {

QualifierValue convert(const ValueNode& node) {
  switch (node.kind) {
    case ValueNode::Kind::null:
      return QualifierValue(std::monostate{});
    case ValueNode::Kind::boolean:
      return QualifierValue(node.integer != 0);
    case ValueNode::Kind::real:
      return QualifierValue(node.real);
    case ValueNode::Kind::string:
      return QualifierValue(std::string(node.text));
    case ValueNode::Kind::alias:
      return QualifierValue("$" + std::string(node.text));
    case ValueNode::Kind::integer:
      if (node.negative) return QualifierValue(static_cast<std::int64_t>(0 - node.integer));
      return QualifierValue(node.integer);
    case ValueNode::Kind::list:
      break;
  }
  QualifierList list;
  list.reserve(node.elements->size());
  for (const ValueNode& element : *node.elements) list.push_back(convert(element));
  return QualifierValue(std::move(list));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The elements of a list qualifier; a single value is a list of one.
std::span<const ValueNode> elements_of(const QualifierNode* node) {
  if (node == nullptr || !node->has_value) return {};
  if (node->value.kind == ValueNode::Kind::list) return *node->value.elements;
  return {&node->value, 1};
}

// A number, or a number in a string; negative ones as two's complement.
std::optional<std::uint64_t> number_of(const ValueNode& node) {
  if (node.kind == ValueNode::Kind::integer) return node.negative ? 0 - node.integer : node.integer;
  if (node.kind != ValueNode::Kind::string) return std::nullopt;
  std::string_view text = trim(node.text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  // Decimal with leading zeros is decimal here: what a table column looks like, not what C makes of
  // it.
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
    text.remove_prefix(1);
  const auto value = parse_integer(text);
  if (!value) return std::nullopt;
  return negative ? 0 - *value : *value;
}

bool is_hex(const ValueNode& node) {
  if (node.kind != ValueNode::Kind::string) return false;
  const std::string_view text = trim(node.text);
  return text.starts_with("0x") || text.starts_with("0X");
}

std::string_view text_at(std::span<const ValueNode> list, std::size_t index) {
  if (index >= list.size() || list[index].kind != ValueNode::Kind::string) return {};
  return list[index].text;
}

struct Columns {
  const QualifierNode* labels = nullptr;   // Values, BitValues
  const QualifierNode* symbols = nullptr;  // DefineValues, ValueDefines, BitDefines
  const QualifierNode* numbers = nullptr;  // ValueMap, BitMap
};

const QualifierNode* first_of(const List<QualifierNode>& nodes,
                              std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const QualifierNode* found = find_qualifier(nodes, name)) return found;
  }
  return nullptr;
}

class TableReader {
 public:
  TableReader(const Columns& columns, bool flags, const std::string& label,
              Diagnostics& diagnostics)
      : labels_(elements_of(columns.labels)),
        symbols_(elements_of(columns.symbols)),
        numbers_(elements_of(columns.numbers)),
        columns_(columns),
        flags_(flags),
        label_(label),
        diagnostics_(diagnostics) {}

  std::shared_ptr<const EnumTable> read() {
    check_lengths();
    auto table = std::make_shared<EnumTable>();
    table->flags = flags_;
    std::size_t rows = std::max(labels_.size(), symbols_.size());
    if (columns_.numbers != nullptr) rows = std::min(rows, numbers_.size());
    table->items.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const auto value = value_of(i);
      const std::string_view label = text_at(labels_, i);
      const std::string_view symbol = text_at(symbols_, i);
      if (!value || (label.empty() && symbol.empty())) continue;
      EnumTable::Item item{*value, std::string(symbol.empty() ? label : symbol), {}};
      if (!label.empty() && label != item.name) item.text = label;
      table->items.push_back(std::move(item));
    }
    return table->items.empty() ? nullptr : std::shared_ptr<const EnumTable>(std::move(table));
  }

 private:
  // Rows without a partner are left out, which the writer of the lists should know.
  void check_lengths() {
    const QualifierNode* names = columns_.labels != nullptr ? columns_.labels : columns_.symbols;
    if (columns_.numbers != nullptr) check_pair(*names, *columns_.numbers);
    if (columns_.labels != nullptr && columns_.symbols != nullptr) {
      check_pair(*columns_.labels, *columns_.symbols);
    }
  }
  void check_pair(const QualifierNode& a, const QualifierNode& b) {
    const std::size_t left = elements_of(&a).size();
    const std::size_t right = elements_of(&b).size();
    if (left == right) return;
    diagnostics_.warning(b.where, std::string(a.name) + " and " + std::string(b.name) + " of " +
                                      label_ + " differ in length: " + std::to_string(left) +
                                      " and " + std::to_string(right));
  }

  // BitMap, by "WMI Property Qualifiers" of the WDK, holds bit positions; drivers' MOF, the one of
  // the iSCSI classes included, mostly holds masks there, written in hexadecimal. So hexadecimal
  // text is a mask and a decimal number is a position.
  std::optional<std::uint64_t> value_of(std::size_t row) {
    if (columns_.numbers == nullptr) {
      if (!flags_) return row;
      return row < 64 ? std::optional(std::uint64_t{1} << row) : std::nullopt;
    }
    const ValueNode& node = numbers_[row];
    const auto number = number_of(node);
    if (!number) {
      const std::string_view text = text_at(numbers_, row);
      const bool range = text.find("..") != std::string_view::npos;
      diagnostics_.note(
          node.where,
          std::string(columns_.numbers->name) + " of " + label_ + ": " +
              (range ? "the range '" : "'") + std::string(text.substr(0, 60)) +
              (range ? "' has no single value and is left out" : "' is no number and is left out"));
      return std::nullopt;
    }
    if (!flags_ || is_hex(node)) return number;
    if (*number < 64) return std::uint64_t{1} << *number;
    diagnostics_.warning(node.where, std::string(columns_.numbers->name) + " of " + label_ + ": " +
                                         std::to_string(*number) +
                                         " is no bit position (masks are written " +
                                         "in hexadecimal, like \"0x00000040\")");
    return std::nullopt;
  }

  std::span<const ValueNode> labels_;
  std::span<const ValueNode> symbols_;
  std::span<const ValueNode> numbers_;
  const Columns& columns_;
  bool flags_;
  const std::string& label_;
  Diagnostics& diagnostics_;
};

}  // namespace

const QualifierNode* find_qualifier(const List<QualifierNode>& nodes, std::string_view name) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [name](const QualifierNode& node) {
    return equal_ignoring_case(node.name, name);
  });
  return found == nodes.end() ? nullptr : &*found;
}

Qualifiers convert_qualifiers(const List<QualifierNode>& nodes, Diagnostics& diagnostics) {
  Qualifiers out;
  out.items.reserve(nodes.size());
  std::unordered_set<std::string> names;
  for (const QualifierNode& node : nodes) {
    // cpp_quote is text for a header and may come several times.
    if (!names.insert(lower_case(node.name)).second &&
        !equal_ignoring_case(node.name, "cpp_quote")) {
      diagnostics.warning(node.where, "qualifier '" + std::string(node.name) +
                                          "' is given twice: the first one counts");
      continue;
    }
    Qualifier qualifier;
    qualifier.name = node.name;
    qualifier.value = node.has_value ? convert(node.value) : QualifierValue(true);
    for (const std::string_view flavor : node.flavors) qualifier.flavors.emplace_back(flavor);
    out.items.push_back(std::move(qualifier));
  }
  return out;
}

std::shared_ptr<const EnumTable> make_enum_table(const List<QualifierNode>& nodes, CimType type,
                                                 const std::string& label,
                                                 Diagnostics& diagnostics) {
  if (type > CimType::uint64 && type != CimType::char16) return nullptr;
  Columns columns;
  columns.labels = first_of(nodes, {"BitValues"});
  columns.symbols = first_of(nodes, {"BitDefines"});
  columns.numbers = first_of(nodes, {"BitMap", "BitValueMap"});
  const bool flags = columns.labels != nullptr || columns.symbols != nullptr;
  if (!flags) {
    columns.labels = first_of(nodes, {"Values"});
    columns.numbers = first_of(nodes, {"ValueMap"});
  }
  if (columns.symbols == nullptr)
    columns.symbols = first_of(nodes, {"DefineValues", "ValueDefines"});
  if (columns.labels == nullptr && columns.symbols == nullptr) return nullptr;
  return TableReader(columns, flags, label, diagnostics).read();
}

}  // namespace hbalab::wmi::mof
