#include "tests/conformance/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <regex>

namespace hbalab::conform {
namespace {

constexpr std::size_t kMostShown = 200;
constexpr std::size_t kMostPattern = 256;  // of a regular expression, and of what it is tried on

struct Reference {
  std::string_view name;    // "login/UniqueSessionId"
  std::string_view format;  // "hex16"
  std::size_t begin = 0, end = 0;
};

std::optional<Reference> find_reference(std::string_view text, std::size_t from) {
  const auto begin = text.find("${", from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = text.find('}', begin);
  if (end == std::string_view::npos) return std::nullopt;
  Reference reference{text.substr(begin + 2, end - begin - 2), {}, begin, end + 1};
  const auto colon = reference.name.rfind(':');
  if (colon != std::string_view::npos) {
    reference.format = reference.name.substr(colon + 1);
    reference.name = reference.name.substr(0, colon);
  }
  return reference;
}

std::expected<Json, std::string> look_up(const Reference& reference, const Scope& scope) {
  const auto slash = reference.name.find('/');
  Json found;
  if (slash == std::string_view::npos) {
    const auto parameter = scope.parameters.find(reference.name);
    if (parameter == scope.parameters.end())
      return std::unexpected("${" + std::string(reference.name) + "} is no parameter of this run");
    found = parameter->second;
  } else {
    const auto answer = scope.answers.find(reference.name.substr(0, slash));
    const Json* at = answer == scope.answers.end()
                         ? nullptr
                         : find_path(answer->second, reference.name.substr(slash + 1));
    if (at == nullptr)
      return std::unexpected("${" + std::string(reference.name) +
                             "} names nothing that was answered");
    found = *at;
  }
  if (reference.format.empty()) return found;
  if (reference.format != "hex16" || !found.is_number_integer())
    return std::unexpected("${" + std::string(reference.name) + ":" +
                           std::string(reference.format) +
                           "}: expected the format hex16 and a number");
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(found.get<std::uint64_t>()));
  return Json(digits);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// " + 1", " - 1".
std::expected<Json, std::string> add(const Json& value, std::string_view term) {
  std::int64_t number = 0;
  const bool minus = term.starts_with(" - ");
  const char* end = term.data() + term.size();
  if ((!minus && !term.starts_with(" + ")) || term.size() < 4 ||
      std::from_chars(term.data() + 3, end, number).ptr != end || number < 0) {
    return std::unexpected("'" + std::string(term) + "' behind a reference is no ' + 1' or ' - 1'");
  }
  if (!value.is_number_integer()) return std::unexpected(shown(value) + " is no number to add to");
  const auto base = value.get<std::uint64_t>();
  const auto by = static_cast<std::uint64_t>(number);
  return Json(minus ? base - by : base + by);
}

std::expected<Json, std::string> substitute_text(const std::string& text, const Scope& scope) {
  auto reference = find_reference(text, 0);
  if (!reference) return Json(text);
  if (reference->begin == 0) {
    auto value = look_up(*reference, scope);
    if (!value || reference->end == text.size()) return value;
    const std::string_view rest = std::string_view(text).substr(reference->end);
    if (value->is_number_integer() && (rest.starts_with(" + ") || rest.starts_with(" - ")))
      return add(*value, rest);
  }
  std::string result;
  std::size_t at = 0;
  for (; reference; reference = find_reference(text, at)) {
    const auto value = look_up(*reference, scope);
    if (!value) return value;
    result += text.substr(at, reference->begin - at) + text_of(*value);
    at = reference->end;
  }
  return Json(result + text.substr(at));
}

// ---- matchers ----------------------------------------------------------------------------------

enum class Argument { value, values, number, text, pattern, matcher, members, truth };

struct Subject {
  const Json& value;
  const Json* name;
};

bool equal(const Subject& subject, const Json& wanted) {
  if (subject.value == wanted) return true;
  // A status or an enumerated value by its name.
  return wanted.is_string() && !subject.value.is_string() && subject.name != nullptr &&
         *subject.name == wanted;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// <0, 0, >0; nothing where they are no numbers.
std::optional<int> compare(const Json& a, const Json& b) {
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  return a < b ? -1 : (b < a ? 1 : 0);
}

bool any_element(const Subject& subject, const Json& matcher) {
  return std::ranges::any_of(
      subject.value, [&](const Json& element) { return !mismatch(element, nullptr, matcher); });
}

bool is(const Subject& s, const Json& wanted) { return equal(s, wanted); }
bool is_not(const Subject& s, const Json& wanted) { return !equal(s, wanted); }
bool one_of(const Subject& s, const Json& wanted) {
  return std::ranges::any_of(wanted, [&](const Json& each) { return equal(s, each); });
}
bool range(const Subject& s, const Json& bounds) {
  const auto low = compare(s.value, bounds[0]), high = compare(s.value, bounds[1]);
  return low && high && *low >= 0 && *high <= 0;
}
bool at_least(const Subject& s, const Json& bound) {
  const auto order = compare(s.value, bound);
  return order && *order >= 0;
}
bool at_most(const Subject& s, const Json& bound) {
  const auto order = compare(s.value, bound);
  return order && *order <= 0;
}
bool matches(const Subject& s, const Json& pattern) {
  if (!s.value.is_string() || s.value.get_ref<const std::string&>().size() > kMostPattern)
    return false;
  return std::regex_match(s.value.get<std::string>(), std::regex(pattern.get<std::string>()));
}
bool contains(const Subject& s, const Json& text) {
  return s.value.is_string() && s.value.get<std::string>().contains(text.get<std::string>());
}
bool like(const Subject& s, const Json& text) {
  return s.value.is_string() && lower(s.value.get<std::string>()) == lower(text.get<std::string>());
}
bool bits(const Subject& s, const Json& mask) {
  if (!s.value.is_number_integer() || !mask.is_number_integer()) return false;
  const auto wanted = mask.get<std::uint64_t>();
  return (s.value.get<std::uint64_t>() & wanted) == wanted;
}
bool no_bits(const Subject& s, const Json& mask) {
  return s.value.is_number_integer() && mask.is_number_integer() &&
         (s.value.get<std::uint64_t>() & mask.get<std::uint64_t>()) == 0;
}
bool count_of(const Subject& s, const Json& matcher) {
  return s.value.is_array() && !mismatch(Json(s.value.size()), nullptr, matcher);
}
bool has(const Subject& s, const Json& matcher) {
  return s.value.is_array() && any_element(s, matcher);
}
bool lacks(const Subject& s, const Json& matcher) {
  return s.value.is_array() && !any_element(s, matcher);
}
bool each(const Subject& s, const Json& matcher) {
  return s.value.is_array() && std::ranges::none_of(s.value, [&](const Json& element) {
           return mismatch(element, nullptr, matcher).has_value();
         });
}
bool members(const Subject& s, const Json& wanted) {
  for (const auto& [path, matcher] : wanted.items()) {
    const Json* at = find_path(s.value, path);
    if (at == nullptr || mismatch(*at, find_path(s.value, path + ".name"), matcher)) return false;
  }
  return true;
}

struct Matcher {
  std::string_view name;
  std::string_view words;  // before the argument, in messages
  Argument argument;
  bool (*test)(const Subject&, const Json&);
};
constexpr std::array<Matcher, 17> kMatchers{{
    {"is", "", Argument::value, is},
    {"not", "not", Argument::value, is_not},
    {"one_of", "one of", Argument::values, one_of},
    {"range", "from, to:", Argument::values, range},
    {"at_least", "at least", Argument::value, at_least},
    {"at_most", "at most", Argument::value, at_most},
    {"matches", "text that matches", Argument::pattern, matches},
    {"contains", "text with", Argument::text, contains},
    {"like", "whatever the case of its letters", Argument::text, like},
    {"bits", "with the bits", Argument::value, bits},
    {"no_bits", "without the bits", Argument::value, no_bits},
    {"count", "number of elements:", Argument::matcher, count_of},
    {"has", "an element that is", Argument::matcher, has},
    {"lacks", "no element that is", Argument::matcher, lacks},
    {"each", "every element:", Argument::matcher, each},
    {"members", "with the members", Argument::members, members},
    {"any", "any value", Argument::truth, [](const Subject&, const Json&) { return true; }},
}};

const Matcher* matcher_of(std::string_view name) {
  const auto found = std::ranges::find(kMatchers, name, &Matcher::name);
  return found == kMatchers.end() ? nullptr : &*found;
}

std::optional<std::string> check_pattern(const Json& argument) {
  if (!argument.is_string() || argument.get_ref<const std::string&>().size() > kMostPattern)
    return "expected a regular expression of at most " + std::to_string(kMostPattern) +
           " characters";
  try {
    static_cast<void>(std::regex(argument.get<std::string>()));
  } catch (const std::regex_error& error) {
    return shown(argument) + " is no regular expression: " + error.what();
  }
  return std::nullopt;
}

std::optional<std::string> check_argument(const Matcher& matcher, const Json& argument) {
  const std::string name = "\"" + std::string(matcher.name) + "\": ";
  switch (matcher.argument) {
    case Argument::values:
      if (!argument.is_array() || argument.empty() ||
          (matcher.name == "range" && argument.size() != 2))
        return name + (matcher.name == "range" ? "expected [LOWEST, HIGHEST]"
                                               : "expected an array of values");
      return std::nullopt;
    case Argument::text:
      if (!argument.is_string()) return name + "expected a text";
      return std::nullopt;
    case Argument::pattern:
      if (auto wrong = check_pattern(argument)) return name + *wrong;
      return std::nullopt;
    case Argument::matcher:
      return check_matcher(argument);
    case Argument::members:
      if (!argument.is_object()) return name + "expected an object of matchers by path";
      for (const auto& [path, inner] : argument.items()) {
        if (auto wrong = check_matcher(inner)) return wrong;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// ---- what is to blame --------------------------------------------------------------------------

void go_to(Blame& at, const std::string& path, const Json* value, const Json* name,
           const Json& matcher) {
  at.path += (at.path.empty() ? "" : "/") + path;
  at.value = value;
  at.name = name;
  at.matcher = &matcher;
}

bool into_member(Blame& at, const Json& wanted) {
  for (const auto& [path, matcher] : wanted.items()) {
    const Json* value = find_path(*at.value, path);
    const Json* name = find_path(*at.value, path + ".name");
    if (value != nullptr && !mismatch(*value, name, matcher)) continue;
    go_to(at, path, value, name, matcher);
    return true;
  }
  return false;
}

std::size_t fitting_members(const Json& element, const Json& wanted) {
  std::size_t count = 0;
  for (const auto& [path, matcher] : wanted.items()) {
    const Json* value = find_path(element, path);
    if (value != nullptr && !mismatch(*value, find_path(element, path + ".name"), matcher)) ++count;
  }
  return count;
}

bool into_nearest(Blame& at, const Json& matcher) {
  if (!at.value->is_array() || !matcher.is_object() || !matcher.contains("members")) return false;
  std::size_t most = 0, best = 0;
  for (std::size_t i = 0; i < at.value->size(); ++i) {
    const std::size_t count = fitting_members((*at.value)[i], matcher["members"]);
    if (count > most) {
      most = count;
      best = i;
    }
  }
  if (most == 0) return false;
  at.nearest = true;
  go_to(at, std::to_string(best), &(*at.value)[best], nullptr, matcher);
  return true;
}

bool into_first_misfit(Blame& at, const Json& matcher) {
  if (!at.value->is_array()) return false;
  for (std::size_t i = 0; i < at.value->size(); ++i) {
    const Json& element = (*at.value)[i];
    if (!mismatch(element, nullptr, matcher)) continue;
    go_to(at, std::to_string(i), &element, nullptr, matcher);
    return true;
  }
  return false;
}

// One step down, by the matcher that mismatch() speaks of.
bool go_down(Blame& at) {
  if (at.value == nullptr || !at.matcher->is_object()) return false;
  for (const auto& [key, argument] : at.matcher->items()) {
    const Matcher* known = matcher_of(key);
    if (known == nullptr) return false;
    if (known->test({*at.value, at.name}, argument)) continue;
    if (key == "members") return into_member(at, argument);
    if (key == "has") return into_nearest(at, argument);
    return key == "each" && into_first_misfit(at, argument);
  }
  return false;
}

}  // namespace

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMostShown) text = text.substr(0, kMostShown) + "...";
  return text;
}

std::expected<Json, std::string> substitute(const Json& value, const Scope& scope) {
  if (value.is_string()) return substitute_text(value.get_ref<const std::string&>(), scope);
  if (!value.is_structured()) return value;
  Json result = value;
  for (Json& inner : result) {
    auto replaced = substitute(inner, scope);
    if (!replaced) return replaced;
    inner = *std::move(replaced);
  }
  return result;
}

void collect_parameters(const Json& value, std::vector<std::string>& names) {
  if (value.is_structured()) {
    for (const Json& inner : value) collect_parameters(inner, names);
  }
  if (!value.is_string()) return;
  const std::string& text = value.get_ref<const std::string&>();
  for (auto reference = find_reference(text, 0); reference;
       reference = find_reference(text, reference->end)) {
    const std::string name(reference->name);
    if (!name.contains('/') && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

const Json* find_path(const Json& root, std::string_view path) {
  const Json* at = &root;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string part(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (at->is_array()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
      if (error != std::errc{} || end != part.data() + part.size() || index >= at->size())
        return nullptr;
      at = &(*at)[index];
    } else if (at->is_object() && at->contains(part)) {
      at = &(*at)[part];
    } else {
      return nullptr;
    }
  }
  return at;
}

std::vector<std::string_view> matcher_names() {
  std::vector<std::string_view> names;
  for (const Matcher& matcher : kMatchers) names.push_back(matcher.name);
  return names;
}

std::optional<std::string> check_matcher(const Json& matcher) {
  if (!matcher.is_object()) return std::nullopt;  // the value itself
  if (matcher.empty()) return "an empty object is no matcher";
  for (const auto& [name, argument] : matcher.items()) {
    const Matcher* known = matcher_of(name);
    if (known == nullptr) return "\"" + name + "\" is no matcher";
    if (auto wrong = check_argument(*known, argument)) return wrong;
  }
  return std::nullopt;
}

const Json* only_value(const Json& matcher) {
  if (!matcher.is_object()) return &matcher;
  const auto is = matcher.find("is");
  return is != matcher.end() && matcher.size() == 1 ? &*is : nullptr;
}

Blame blame(const Json& value, const Json* name, const Json& matcher) {
  Blame at{"", &value, name, &matcher, false};
  while (go_down(at)) {
  }
  return at;
}

std::optional<std::string> mismatch(const Json& value, const Json* name, const Json& matcher) {
  const Subject subject{value, name};
  if (!matcher.is_object()) {
    if (equal(subject, matcher)) return std::nullopt;
    return shown(matcher);
  }
  for (const auto& [key, argument] : matcher.items()) {
    const Matcher* known = matcher_of(key);
    if (known == nullptr) return "a matcher, not " + key;
    if (known->test(subject, argument)) continue;
    const std::string words(known->words);
    return words + (words.empty() ? "" : " ") + shown(argument);
  }
  return std::nullopt;
}

}  // namespace hbalab::conform
