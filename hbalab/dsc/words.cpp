#include "hbalab/dsc/words.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace hbalab::cli::dsc {
namespace {

using Done = std::expected<void, wmi::TextError>;

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool is_truth(std::string_view word) {
  return word == "0" || word == "1" || same_name(word, "true") || same_name(word, "false");
}

// An address in brackets is no list.
bool is_json(std::string_view text) {
  if (text.starts_with('{')) return true;
  if (!text.starts_with('[')) return false;
  const std::string_view inside = trimmed(text.substr(1));
  return inside.empty() || std::string_view("[{\"]").find(inside.front()) != std::string_view::npos;
}

// A word as the value of a member. Of structures: JSON, or the shorthand.
std::expected<Json, wmi::TextError> value_of(const Field& field, const std::string& word,
                                             Sources& sources) {
  if (field.form != Form::record) return Json(word);
  std::string text = word;
  if (Sources::is_reference(word)) {
    auto contents = sources.contents(word);
    if (!contents) return std::unexpected(contents.error());
    text = trimmed(*contents);
  }
  Json json = text;
  if (is_json(text)) {
    auto parsed = wmi::parse_json_text(text);
    if (!parsed) return parsed;
    json = *std::move(parsed);
  } else if (field.record->shorthand == Shorthand::none) {
    return refuse("a text came, JSON as {\"MEMBER\": ...} was expected; or give members as --" +
                  std::string(field.name) + ".MEMBER");
  }
  return field.is_list() ? elements(json) : members(*field.record, json);
}

// The key that a member has in the object: as it is already there, else its own name.
Json& slot_of(Json& object, const Field& field) {
  for (auto& [key, json] : object.items()) {
    if (same_name(key, field.name)) return json;
  }
  return object[std::string(field.name)];
}

// What came before, and more: members of a structure, elements of a list.
Done merge(Json& there, Json value, const Field& field) {
  if (there.is_null()) {
    there = std::move(value);
    return {};
  }
  if (field.is_list()) {
    Json list = elements(there);
    if (!list.is_array()) return refuse("it came twice");
    for (const Json& element : elements(value)) list.push_back(element);
    there = std::move(list);
    return {};
  }
  if (!there.is_object() || !value.is_object()) return refuse("it came twice");
  for (auto& [key, json] : value.items()) {
    const bool twice = std::ranges::any_of(
        there.items(), [&](const auto& member) { return same_name(member.key(), key); });
    if (twice) return refuse("its member " + shown(key) + " came twice");
    there[key] = std::move(json);
  }
  return {};
}

class Reader {
 public:
  Reader(const std::vector<std::string>& words, Sources& sources)
      : words_(words), sources_(sources) {}

  [[nodiscard]] std::expected<Request, UsageError> read() {
    bool options = true;  // no "--" yet
    for (; next_ < words_.size(); ++next_) {
      const std::string& word = words_[next_];
      Done done;
      if (options && word == "--") {
        options = false;
      } else if (options && word == "-h") {
        request_.help = true;
      } else if (options && word.starts_with("--")) {
        done = option(word.substr(2));
      } else if (options && word.size() > 1 && word.starts_with('-')) {
        done = refuse("there is no option " + shown(word));
      } else if (request_.function == nullptr) {
        done = function(word);
      } else {
        values_.push_back(word);
      }
      if (!done) return std::unexpected(UsageError{request_.function, done.error().to_string()});
    }
    if (request_.help) return std::move(request_);
    if (auto done = place_values(); !done)
      return std::unexpected(UsageError{request_.function, done.error().to_string()});
    return std::move(request_);
  }

 private:
  [[nodiscard]] Done function(const std::string& word) {
    request_.function = find_function(word);
    if (request_.function != nullptr) return {};
    std::vector<std::string_view> names;
    for (const Function& known : functions()) names.push_back(known.arguments.name);
    return refuse("there is no function " + shown(word), wmi::nearest_name(word, names));
  }

  // "NAME" or "NAME=VALUE".
  [[nodiscard]] Done option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    if (same_name(name, "help") || same_name(name, "json")) {
      if (value) return refuse("--" + name + " has no value");
      (same_name(name, "help") ? request_.help : request_.json) = true;
      return {};
    }
    if (same_name(name, "tree")) return word_for(name, value, request_.tree);
    if (request_.function == nullptr) return refuse("there is no option " + shown("--" + name));
    return named(name, value);
  }

  // The value of an option: behind its '=', else the next word.
  [[nodiscard]] Done word_for(const std::string& name, const std::optional<std::string>& value,
                              std::string& word) {
    if (value) {
      word = *value;
    } else if (next_ + 1 == words_.size() || words_[next_ + 1].starts_with("--")) {
      return refuse("--" + printable(name) + " has no value");
    } else {
      word = words_[++next_];
    }
    return {};
  }

  // An argument, or a member of one: "LoginOptions.AuthType".
  [[nodiscard]] Done named(const std::string& path, const std::optional<std::string>& value) {
    const Record* record = &request_.function->arguments;
    Json* object = &request_.arguments;
    for (std::size_t begin = 0;;) {
      const std::size_t dot = path.find('.', begin);
      const std::string name = path.substr(begin, dot - begin);
      const Field* field = record->find(name);
      if (field == nullptr || !field->is_input()) {
        return refuse("there is no " + std::string(begin == 0 ? "argument " : "member ") +
                          shown(name) + (begin == 0 ? "" : " of " + path.substr(0, begin - 1)),
                      wmi::nearest_name(name, record->inputs()));
      }
      Json& slot = slot_of(*object, *field);
      if (begin == 0 && dot == std::string::npos) whole_.insert(field);
      if (dot == std::string::npos) return given(*field, path, slot, value);
      if (field->form != Form::record || field->is_list()) {
        return refuse(path.substr(0, dot) + " has no members");
      }
      if (slot.is_null()) slot = Json::object();
      if (!slot.is_object()) return refuse(path.substr(0, dot) + " came as a whole");
      record = field->record;
      object = &slot;
      begin = dot + 1;
    }
  }

  [[nodiscard]] Done given(const Field& field, const std::string& path, Json& slot,
                           const std::optional<std::string>& value) {
    std::string word = "true";
    const bool alone = field.form == Form::boolean_ && !value &&
                       (next_ + 1 == words_.size() || !is_truth(words_[next_ + 1]));
    if (!alone) {
      if (auto done = word_for(path, value, word); !done) return done;
    }
    return put(field, path, slot, word);
  }

  [[nodiscard]] Done put(const Field& field, const std::string& path, Json& slot,
                         const std::string& word) {
    auto json = value_of(field, word, sources_);
    auto done = json ? merge(slot, *std::move(json), field) : Done(std::unexpected(json.error()));
    if (!done)
      done.error().path = path + (done.error().path.empty() ? "" : "." + done.error().path);
    return done;
  }

  [[nodiscard]] Done place_values() {
    std::size_t next = 0;
    if (request_.function == nullptr) return {};
    for (const Field* field : request_.function->arguments.positional()) {
      if (next == values_.size()) return {};
      if (whole_.contains(field)) continue;
      Json& slot = slot_of(request_.arguments, *field);
      auto done = put(*field, std::string(field->name), slot, values_[next++]);
      if (!done) return done;
    }
    if (next == values_.size()) return {};
    return refuse(shown(values_[next]) + " is one value too many; arguments that may be left out " +
                  "are given with their names");
  }

  const std::vector<std::string>& words_;
  Sources& sources_;
  std::size_t next_ = 0;
  std::vector<std::string> values_;  // without names
  std::set<const Field*> whole_;     // arguments that have been named, and not by a member alone
  Request request_;
};

}  // namespace

std::expected<Request, UsageError> read_words(const std::vector<std::string>& words,
                                              Sources& sources) {
  return Reader(words, sources).read();
}

}  // namespace hbalab::cli::dsc
