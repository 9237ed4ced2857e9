// JSON text with comments as a tree that remembers where each value stands, so that an error of
// meaning can name its line and column, which a plain document model cannot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab::lab {

struct JsonNode {
  enum class Type { null, boolean, integer, real, text, array, object };
  Type type = Type::null;
  bool truth = false;
  bool negative = false;        // integer: the value is -(magnitude)
  std::uint64_t magnitude = 0;  // integer: without its sign
  double real = 0;
  std::string text;
  std::vector<std::string> names;  // object: in the order of `children`
  std::vector<JsonNode> children;  // array elements, or member values
  std::size_t end = 0;             // offset just behind the value's first token

  [[nodiscard]] const JsonNode* member(std::string_view name) const;
};

struct JsonPosition {
  std::uint32_t line = 0;  // from 1; 0: unknown
  std::uint32_t column = 0;
};

struct JsonProblem {
  JsonPosition position;
  std::string message;
};

struct JsonLimits {
  std::size_t bytes = std::size_t{256} << 20;
  std::size_t nodes = 4'000'000;
  std::size_t depth = 16;
};

// Comments (// and /* */) count as blanks. A key given twice in one object is an error, as is
// invalid UTF-8. Time and memory are linear in the text, and both bounded by the limits.
[[nodiscard]] std::expected<JsonNode, JsonProblem> parse_json_tree(std::string_view text,
                                                                   const JsonLimits& limits = {});

// Line and column of the token that ends at `end`.
[[nodiscard]] JsonPosition token_position(std::string_view text, std::size_t end);

// The node that a JSON pointer (RFC 6901) leads to, or the deepest one on the way that exists.
[[nodiscard]] const JsonNode& nearest_node(const JsonNode& root, std::string_view pointer);
// One reference token of a JSON pointer: '~' and '/' escaped.
[[nodiscard]] std::string pointer_token(std::string_view name);

// How messages show what came: `"text"`, `70000`, `an object`. Long texts are cut.
[[nodiscard]] std::string describe(const JsonNode& node);
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace hbalab::lab
