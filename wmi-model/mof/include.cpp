// #include and #pragma.
#include <algorithm>
#include <system_error>

#include "wmi-model/mof/preprocessor.hpp"

namespace hbalab::wmi::mof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntryCost = 16;
// Looking for a file costs system calls, so the number of inclusions has a bound of its own.
constexpr std::size_t kMaxIncludes = 20000;

std::string with_slashes(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '\\', '/');
  return out;
}

// The file, or one beside it whose name differs in case only: sources that were written on Windows
// say "Common.mof" for common.mof.
std::optional<fs::path> existing(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error)) return path;
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string wanted = lower_case(path.filename().string());
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    if (lower_case(entry->path().filename().string()) == wanted) return entry->path();
  }
  return std::nullopt;
}

// The quoted name of #include or #pragma include, and what kind of quotes it has.
struct Name {
  std::string text;
  bool quoted = false;
};

std::optional<Name> parse_name(std::string_view rest) {
  if (rest.size() < 2) return std::nullopt;
  const char close = rest.front() == '"' ? '"' : rest.front() == '<' ? '>' : '\0';
  const std::size_t end = close == '\0' ? std::string_view::npos : rest.find(close, 1);
  if (end == std::string_view::npos || end == 1) return std::nullopt;
  return Name{std::string(rest.substr(1, end - 1)), close == '"'};
}

// The word that a pragma begins with, and what is in its parentheses.
std::pair<std::string_view, std::string_view> split_pragma(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && is_identifier_char(rest[end])) ++end;
  const std::string_view word = rest.substr(0, end);
  std::string_view value = rest.substr(end);
  const std::size_t open = value.find('(');
  const std::size_t close = value.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return {word, {}};
  }
  value = value.substr(open + 1, close - open - 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  return {word, value};
}

bool is_wmi_namespace(std::string_view value) {
  const std::string lower = lower_case(value);
  return lower.find("root\\\\wmi") != std::string::npos ||
         lower.find("root/wmi") != std::string::npos ||
         lower.find("root\\wmi") != std::string::npos;
}

}  // namespace

void Preprocessor::include(const Position& where, std::string_view rest) {
  if (const auto name = parse_name(rest)) {
    include_named(where, name->text, name->quoted);
    return;
  }
  // #include NAME, where NAME is a macro for the quoted name.
  const auto macro = find_macro(rest);
  if (macro != nullptr && macro->body.size() == 1 && macro->body[0].kind == TokenKind::string) {
    if (const auto name = parse_name(macro->body[0].text)) {
      include_named(where, name->text, true);
      return;
    }
  }
  diagnostics_.error(
      where, "expected \"file\" or <file> behind #include, got '" + std::string(rest) + "'");
}

void Preprocessor::include_named(const Position& where, std::string name, bool quoted) {
  name = with_slashes(name);
  if (frames_.size() > options_.max_include_depth) {
    give_up(where, "'" + name + "' would be included " + std::to_string(frames_.size()) +
                       " files deep, the limit is " + std::to_string(options_.max_include_depth));
    return;
  }
  if (++includes_ > kMaxIncludes) {
    give_up(where, "more than " + std::to_string(kMaxIncludes) + " inclusions");
    return;
  }
  fs::path path;
  const auto file = find_include(where, name, quoted, path);
  if (!file) return;
  for (const Frame& frame : frames_) {
    if (frame.lexer.file() != *file) continue;
    diagnostics_.note(where, "'" + name + "' is being read already and is not included in itself");
    return;
  }
  const SourceFile& source = sources_.file(*file);
  if (source.once) {
    static_cast<void>(charge(kEntryCost, where));
    return;
  }
  if (charge(source.text.size() + kEntryCost, where)) {
    frames_.push_back({Lexer(*file, source, diagnostics_), path, {}});
  }
}

std::optional<std::uint32_t> Preprocessor::find_include(const Position& where, std::string& name,
                                                        bool quoted, fs::path& path) {
  for (const auto& [virtual_name, text] : options_.virtual_files) {
    if (!equal_ignoring_case(with_slashes(virtual_name), name)) continue;
    const auto known = loaded_.find("\"" + virtual_name);
    if (known != loaded_.end()) return known->second;
    std::string note;
    const std::uint32_t file = sources_.add(virtual_name, text, &note);
    if (!note.empty()) diagnostics_.note({file, 0, 0}, note);
    loaded_.emplace("\"" + virtual_name, file);
    return file;
  }
  std::vector<fs::path> directories;
  const fs::path wanted(name);
  if (wanted.is_absolute()) {
    directories.emplace_back();
  } else {
    if (quoted && !frames_.back().path.empty())
      directories.push_back(frames_.back().path.parent_path());
    directories.insert(directories.end(), options_.include_dirs.begin(),
                       options_.include_dirs.end());
  }
  std::string searched;
  for (const fs::path& directory : directories) {
    if (const auto found = existing(directory / wanted)) {
      path = *found;
      return load(path, where);
    }
    searched += (searched.empty() ? "" : ", ") + (directory.empty() ? "." : directory.string());
  }
  diagnostics_.error(where, "the included file '" + name + "' was not found" +
                                (searched.empty() ? ": there is no directory to look in"
                                                  : "; looked in " + searched));
  return std::nullopt;
}

std::optional<std::uint32_t> Preprocessor::load(const fs::path& path, const Position& where) {
  std::error_code error;
  fs::path canonical = fs::weakly_canonical(path, error);
  if (error) canonical = path;
  const auto known = loaded_.find(canonical.string());
  if (known != loaded_.end()) return known->second;
  auto text = load_file(path, budget_.left());
  if (!text) {
    diagnostics_.error(where,
                       "the included file '" + path.string() + "' cannot be read: " + text.error());
    return std::nullopt;
  }
  std::string note;
  const std::uint32_t file = sources_.add_owned(path.string(), std::move(*text), &note);
  if (!note.empty()) diagnostics_.note({file, 0, 0}, note);
  loaded_.emplace(canonical.string(), file);
  return file;
}

void Preprocessor::pragma(const Position& where, std::string_view rest) {
  const auto [word, value] = split_pragma(rest);
  const std::string_view verb = word;
  const auto is = [verb](std::string_view name) { return equal_ignoring_case(verb, name); };
  if (is("include")) {
    if (const auto name = parse_name(value)) {
      include_named(where, name->text, name->quoted);
    } else {
      diagnostics_.error(where, "expected (\"file\") behind #pragma include, got '" +
                                    std::string(rest.substr(word.size())) + "'");
    }
  } else if (is("namespace")) {
    if (value.size() < 2 || value.front() != '"') {
      diagnostics_.error(where, "expected (\"namespace\") behind #pragma namespace, got '" +
                                    std::string(rest.substr(word.size())) + "'");
    } else if (!is_wmi_namespace(value)) {
      diagnostics_.note(where, "namespace " + std::string(value) +
                                   " is noted only: classes of drivers belong to root\\wmi");
    }
  } else if (is("once")) {
    sources_.file(frames_.back().lexer.file()).once = true;
  } else if (is("deleteclass")) {
    diagnostics_.note(where, "#pragma deleteclass is skipped: a reading starts without that class");
  } else if (!is("classflags") && !is("instanceflags") && !is("autorecover") && !is("amendment") &&
             !is("locale") && !is("instancelocale") && !is("source")) {
    diagnostics_.note(where, "#pragma " + std::string(word) + " is not known and has no effect");
  }
}

}  // namespace hbalab::wmi::mof
