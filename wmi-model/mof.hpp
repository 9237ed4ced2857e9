// MOF text -> SchemaSet, and back.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wmi-model/model.hpp"

namespace hbalab::wmi {

struct Diagnostic {
  enum class Severity { note, warning, error } severity = Severity::error;
  SourceLocation where;
  std::string message;  // what came, what was expected

  // "file:line:column: error: message"
  [[nodiscard]] std::string to_string() const;
};

struct MofOptions {
  std::vector<std::filesystem::path> include_dirs;
  std::vector<std::pair<std::string, std::string>>
      defines;  // name, replacement; MOFCOMP_PASS is not implied
  // Files that #include and #pragma include find before the file system, by name.
  std::vector<std::pair<std::string, std::string_view>> virtual_files;
  std::size_t max_include_depth = 64;
  std::size_t max_errors = 50;
  std::size_t max_source_bytes = 64u << 20;  // after inclusion and macro expansion
};

struct MofResult {
  std::shared_ptr<const SchemaSet> schema;        // null when there is an error
  std::vector<const Class*> defined;              // what the text itself defines, in its order
  std::vector<Diagnostic> diagnostics;            // in source order
  std::vector<std::filesystem::path> files = {};  // that were read, also included ones

  [[nodiscard]] bool ok() const { return schema != nullptr; }
};

// Reads files on top of `base` (may be null): classes of the base can be derived from, embedded,
// and replaced by the same name. No input makes it crash, hang or use unbounded memory.
[[nodiscard]] MofResult read_mof_files(const std::vector<std::filesystem::path>& files,
                                       const MofOptions& options,
                                       std::shared_ptr<const SchemaSet> base = nullptr);
// The same for text in memory (UTF-8, or UTF-16 with a byte order mark).
[[nodiscard]] MofResult read_mof_text(std::string_view name, std::string_view text,
                                      const MofOptions& options,
                                      std::shared_ptr<const SchemaSet> base = nullptr);

// What is no error but hardly meant, in the classes that the text defines: members that nobody may
// read, strings without MaxLen that others follow, methods that WMI will not call. At most
// kMaxAdvice.
inline constexpr std::size_t kMaxAdvice = 500;
[[nodiscard]] std::vector<Diagnostic> advise(const MofResult& result);

// The classes compiled into the program (schemas/*.mof). Built once, on first use; aborts with the
// diagnostics if the text is wrong, which a test of the build excludes.
[[nodiscard]] std::shared_ptr<const SchemaSet> builtin_schema();

// MOF text of one class as the model has it, complete in itself.
[[nodiscard]] std::string write_mof(const Class& cls);

}  // namespace hbalab::wmi
