// Source text of a MOF reading: loaded, decoded to UTF-8, and addressed by small positions that
// become file, line and column only when somebody asks for them.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/model.hpp"

namespace hbalab::wmi::mof {

// Where a token is spelled. `expansion` is not 0 for a token that a macro's body supplied: it
// numbers the place where the macro was used (Preprocessor keeps the list).
struct Position {
  static constexpr std::uint32_t kNoFile = 0xFFFFFFFFu;
  std::uint32_t file = kNoFile;
  std::uint32_t offset = 0;  // bytes into the UTF-8 text
  std::uint32_t expansion = 0;
};

// From #line: what the text behind `offset` wants to be called.
struct LineMark {
  std::uint32_t offset = 0;
  std::uint32_t line = 0;  // number of the line that begins at or holds `offset`
  std::string file;
};

struct SourceFile {
  std::string name;       // as diagnostics show it
  std::string owned;      // decoded text, when it could not be used in place
  std::string_view text;  // UTF-8 without byte order mark
  bool ascii = true;      // a column is a byte count
  bool once = false;      // #pragma once
  bool on_disk = false;   // `name` is its path
  std::vector<LineMark> marks;

  // Filled at the first look-up of a position.
  mutable std::vector<std::uint32_t> line_starts;
  // The last column counted, so that many look-ups in one long line stay linear.
  mutable std::uint32_t cached_offset = 0;
  mutable std::uint32_t cached_column = 0;
};

struct Decoded {
  std::string owned;
  std::string_view text;  // into `owned`, or into what was given
  bool ascii = true;
  std::string note;  // not empty: something about the encoding that the writer should know
};

// UTF-8 with or without byte order mark, UTF-16 of either order with one (or unmistakable without),
// else Windows-1252, which is what older driver sources are saved as.
[[nodiscard]] Decoded decode_source(std::string_view bytes);

// Appends one code point as UTF-8; values that are no code point become U+FFFD.
void append_utf8(std::string& out, std::uint32_t code);

// Keeps every file of one reading; indices stay valid.
class Sources {
 public:
  // `bytes` must outlive this object when it is plain UTF-8. Returns the file's index.
  std::uint32_t add(std::string name, std::string_view bytes, std::string* note);
  // What was read from the file of that name.
  std::uint32_t add_owned(std::string name, std::string bytes, std::string* note);

  [[nodiscard]] SourceFile& file(std::uint32_t index) { return files_[index]; }
  [[nodiscard]] const SourceFile& file(std::uint32_t index) const { return files_[index]; }
  // Paths of those that were read from disk, in their order.
  [[nodiscard]] std::vector<std::filesystem::path> paths() const;
  [[nodiscard]] SourceLocation locate(const Position& position) const;

 private:
  std::deque<SourceFile> files_;
};

// Reads a regular file of at most `limit` bytes; the error says why not.
[[nodiscard]] std::expected<std::string, std::string> load_file(const std::filesystem::path& path,
                                                                std::size_t limit);

}  // namespace hbalab::wmi::mof
