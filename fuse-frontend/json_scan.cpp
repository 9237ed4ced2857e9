#include "fuse-frontend/json_scan.hpp"

namespace hbalab::fs {

void JsonScan::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (complete_) return;
    feed_one(c);
  }
  if (!started_ && bytes.ends_with('\n')) complete_ = true;
}

void JsonScan::feed_one(char c) {
  if (!started_) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return;
    started_ = true;
    if (c != '{') complete_ = true;
    depth_ = 1;
    return;
  }
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if ((c == '}' || c == ']') && --depth_ == 0) complete_ = true;
}

}  // namespace hbalab::fs
