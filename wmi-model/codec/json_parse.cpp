// JSON text -> ordered_json, strictly: bounded size and nesting, no key twice, positions in errors.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

using nlohmann::ordered_json;
using Kind = TextError::Kind;

// Builds the document. The library's own builder would look for a key among all earlier ones, which
// takes a square of the time for a large object, and would silently keep one of two equal keys.
class Builder final : public nlohmann::json_sax<ordered_json> {
 public:
  explicit Builder(std::string_view text) : text_(text) { stack_.reserve(8); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(ordered_json::value_t::object); }
  bool start_array(std::size_t) override { return open(ordered_json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& level = stack_.back();
    auto& members = level.value->get_ref<ordered_json::object_t&>();
    const bool twice = members.size() < kScanned
                           ? std::ranges::any_of(
                                 members, [&](const auto& m) { return m.first == name; })
                           : !note(level, members, name);
    if (twice) {
      return fail("the key \"" + detail::shown_utf8(std::string_view(name).substr(0, 60)) +
                  "\" stands twice in one object");
    }
    // Straight into the vector behind the ordered map; the check is done.
    auto& vector = static_cast<ordered_json::object_t::Container&>(members);
    level.slot = &vector.emplace_back(std::move(name), nullptr).second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& reason) override {
    error.message = place(position == 0 ? 0 : position - 1) + ": " + cause(reason.what());
    return false;
  }

  ordered_json root;
  TextError error;

 private:
  struct Level {
    ordered_json* value = nullptr;
    ordered_json* slot = nullptr;  // where the value of the newest key goes
    std::unordered_set<std::string> keys;
  };
  static constexpr std::size_t kScanned = 32;

  [[nodiscard]] static bool note(Level& level, const ordered_json::object_t& members,
                                 const std::string& name) {
    if (level.keys.empty()) {
      for (const auto& member : members) level.keys.insert(member.first);
    }
    return level.keys.insert(name).second;
  }

  // Where a value goes: the document itself, a new element, or behind the newest key.
  [[nodiscard]] ordered_json& place_for_value() {
    if (stack_.empty()) return root;
    Level& level = stack_.back();
    if (level.slot != nullptr) return *level.slot;
    return level.value->get_ref<ordered_json::array_t&>().emplace_back();
  }
  template <typename T>
  [[nodiscard]] bool add(T&& value) {
    place_for_value() = ordered_json(std::forward<T>(value));
    return true;
  }
  [[nodiscard]] bool open(ordered_json::value_t type) {
    if (stack_.size() >= static_cast<std::size_t>(kMaxJsonDepth)) {
      return fail("nested more than " + std::to_string(kMaxJsonDepth) + " deep");
    }
    ordered_json& value = place_for_value();
    value = ordered_json(type);
    stack_.emplace_back().value = &value;
    return true;
  }
  [[nodiscard]] bool close() {
    stack_.pop_back();
    return true;
  }
  [[nodiscard]] bool fail(std::string message) {
    error.message = std::move(message);
    return false;
  }

  [[nodiscard]] std::string place(std::size_t position) const {
    const std::string_view before = text_.substr(0, std::min(position, text_.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }
  // The library's text without its own prefix ("[json.exception...] parse error at ...: ") and
  // without the token that it read last: the text may be a secret.
  [[nodiscard]] static std::string cause(std::string_view what) {
    if (const auto colon = what.find(": "); colon != std::string_view::npos) {
      what.remove_prefix(colon + 2);
    } else if (what.starts_with('[') && what.find("] ") != std::string_view::npos) {
      what.remove_prefix(what.find("] ") + 2);
    }
    std::string text;
    if (const auto last = what.find("; last read: "); last != std::string_view::npos) {
      text = what.substr(0, last);
      // What was expected stands behind the token, and is the library's own wording.
      const auto expected = what.rfind("'; expected ");
      if (expected != std::string_view::npos && expected > last) text += what.substr(expected + 1);
    } else {
      text = what;
    }
    return detail::shown_utf8(text);
  }

  std::string_view text_;
  std::vector<Level> stack_;
};

}  // namespace

std::expected<ordered_json, TextError> parse_json_text(std::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    return std::unexpected(TextError{Kind::too_large,
                                     {},
                                     "the text has " + detail::bytes_text(text.size()) + ", " +
                                         std::to_string(kMaxJsonBytes) + " are the limit",
                                     {}});
  }
  Builder builder(text);
  if (!ordered_json::sax_parse(text.begin(), text.end(), &builder)) {
    builder.error.kind = Kind::malformed;
    return std::unexpected(std::move(builder.error));
  }
  return std::move(builder.root);
}

std::expected<Object, TextError> parse_json(const Shape& shape, std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return from_json(shape, ordered_json::object());
  }
  auto json = parse_json_text(text);
  if (!json) return std::unexpected(std::move(json.error()));
  return from_json(shape, *json);
}

}  // namespace hbalab::wmi
