#include "hba-sim/lab/config_json.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

namespace hbalab::lab {
namespace {

using nlohmann::json;

// Tells how far the lexer has read: its own position is reported for errors only.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    if (reached_ != nullptr) *reached_ = at_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

class TreeBuilder : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::string_view text, const char** reached, const JsonLimits& limits)
      : text_(text), reached_(reached), limits_(limits) {}

  bool null() override { return add(JsonNode{}); }
  bool boolean(bool value) override {
    JsonNode node = make(JsonNode::Type::boolean);
    node.truth = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override {
    JsonNode node = make(JsonNode::Type::integer, kLookAhead);
    node.negative = value < 0;
    node.magnitude = node.negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                   : static_cast<std::uint64_t>(value);
    return add(std::move(node));
  }
  bool number_unsigned(number_unsigned_t value) override {
    JsonNode node = make(JsonNode::Type::integer, kLookAhead);
    node.magnitude = value;
    return add(std::move(node));
  }
  bool number_float(number_float_t value, const string_t&) override {
    JsonNode node = make(JsonNode::Type::real, kLookAhead);
    node.real = value;
    return add(std::move(node));
  }
  bool string(string_t& value) override {
    JsonNode node = make(JsonNode::Type::text);
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonNode::Type::object); }
  bool start_array(std::size_t) override { return open(JsonNode::Type::array); }
  bool key(string_t& value) override {
    open_.back().names.push_back(std::move(value));
    return true;
  }
  bool end_object() override {
    std::unordered_set<std::string_view> seen;
    for (const std::string& name : open_.back().names) {
      if (!seen.insert(name).second) {
        return refuse("the key " + in_quotes(name) + " is given twice in one object");
      }
    }
    return close();
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& error) override {
    if (problem_) return false;
    std::string_view what = error.what();
    const std::size_t column = what.find("column ");
    const std::size_t colon = column == std::string_view::npos ? column : what.find(": ", column);
    if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
    problem_ =
        JsonProblem{token_position(text_, std::min(position, text_.size())), std::string(what)};
    return false;
  }

  std::optional<JsonProblem> take_problem() { return std::move(problem_); }
  JsonNode take_root() { return std::move(root_); }

 private:
  static constexpr std::size_t kLookAhead = 1;  // the lexer reads one character past a number

  [[nodiscard]] std::size_t reached() const {
    return static_cast<std::size_t>(*reached_ - text_.data());
  }
  JsonNode make(JsonNode::Type type, std::size_t look_ahead = 0) {
    JsonNode node;
    node.type = type;
    node.end = reached();
    // At the very end of the text there was nothing to look ahead to.
    if (look_ahead != 0 && node.end > 0 &&
        std::isalnum(static_cast<unsigned char>(text_[node.end - 1])) == 0) {
      --node.end;
    }
    return node;
  }
  bool refuse(std::string message) {
    problem_ = JsonProblem{token_position(text_, reached()), std::move(message)};
    return false;
  }
  bool count() {
    if (++nodes_ <= limits_.nodes) return true;
    return refuse("has more than " + std::to_string(limits_.nodes) + " values");
  }
  bool open(JsonNode::Type type) {
    if (!count()) return false;
    if (open_.size() >= limits_.depth) {
      return refuse("is nested deeper than " + std::to_string(limits_.depth) + " levels");
    }
    open_.push_back(make(type));
    return true;
  }
  bool close() {
    JsonNode node = std::move(open_.back());
    open_.pop_back();
    place(std::move(node));
    return true;
  }
  bool add(JsonNode node) {
    if (!count()) return false;
    if (node.end == 0) node.end = reached();
    place(std::move(node));
    return true;
  }
  void place(JsonNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  std::string_view text_;
  const char** reached_;
  const JsonLimits& limits_;
  std::size_t nodes_ = 0;
  std::vector<JsonNode> open_;
  JsonNode root_;
  std::optional<JsonProblem> problem_;
};

std::size_t token_begin(std::string_view text, std::size_t end) {
  if (end == 0) return 0;
  std::size_t at = end - 1;
  if (text[at] == '"') {
    while (at > 0) {
      --at;
      if (text[at] != '"') continue;
      std::size_t slashes = 0;
      while (slashes < at && text[at - 1 - slashes] == '\\') ++slashes;
      if (slashes % 2 == 0) break;
    }
    return at;
  }
  auto part_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
  };
  while (at > 0 && part_of_word(text[at]) && part_of_word(text[at - 1])) --at;
  return at;
}

}  // namespace

const JsonNode* JsonNode::member(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return nullptr;
  const auto index = static_cast<std::size_t>(found - names.begin());
  return index < children.size() ? &children[index] : nullptr;
}

std::expected<JsonNode, JsonProblem> parse_json_tree(std::string_view text,
                                                     const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return std::unexpected(JsonProblem{{},
                                       "is " + std::to_string(text.size()) +
                                           " bytes long; expected at most " +
                                           std::to_string(limits.bytes)});
  }
  const char* reached = text.data();
  TreeBuilder builder(text, &reached, limits);
  const bool parsed = json::sax_parse(CountingIterator(text.data(), &reached),
                                      CountingIterator(text.data() + text.size(), nullptr),
                                      &builder, json::input_format_t::json, true, true);
  if (auto problem = builder.take_problem()) return std::unexpected(std::move(*problem));
  if (!parsed) return std::unexpected(JsonProblem{{}, "is not JSON"});
  return builder.take_root();
}

JsonPosition token_position(std::string_view text, std::size_t end) {
  const std::size_t begin = token_begin(text, std::min(end, text.size()));
  const std::string_view before = text.substr(0, begin);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {static_cast<std::uint32_t>(lines + 1),
          static_cast<std::uint32_t>(begin - line_start + 1)};
}

const JsonNode& nearest_node(const JsonNode& root, std::string_view pointer) {
  const JsonNode* node = &root;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t slash = pointer.find('/');
    std::string token;
    const std::string_view raw = pointer.substr(0, slash);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '~' && i + 1 < raw.size()) {
        token += raw[++i] == '1' ? '/' : '~';
      } else {
        token += raw[i];
      }
    }
    pointer = slash == std::string_view::npos ? std::string_view() : pointer.substr(slash);
    const JsonNode* next = nullptr;
    if (node->type == JsonNode::Type::object) {
      next = node->member(token);
    } else if (node->type == JsonNode::Type::array) {
      std::size_t index = 0;
      const auto read = std::from_chars(token.data(), token.data() + token.size(), index);
      if (read.ec == std::errc() && index < node->children.size()) next = &node->children[index];
    }
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const bool cut = text.size() > kLongest;
  std::string shown = json(std::string(text.substr(0, kLongest)))
                          .dump(-1, ' ', false, json::error_handler_t::replace);
  if (cut) shown += "...";
  return shown;
}

std::string describe(const JsonNode& node) {
  switch (node.type) {
    case JsonNode::Type::null:
      return "null";
    case JsonNode::Type::boolean:
      return node.truth ? "true" : "false";
    case JsonNode::Type::integer:
      return (node.negative ? "-" : "") + std::to_string(node.magnitude);
    case JsonNode::Type::real:
      return json(node.real).dump();
    case JsonNode::Type::text:
      return in_quotes(node.text);
    case JsonNode::Type::array:
      return "an array";
    case JsonNode::Type::object:
      return "an object";
  }
  return "unknown";
}

}  // namespace hbalab::lab
