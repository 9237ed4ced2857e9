// Tells when a JSON object that arrives in pieces is complete, without reading any byte twice.
#pragma once

#include <string_view>

namespace hbalab::fs {

class JsonScan {
 public:
  void feed(std::string_view bytes);
  // The object is closed; or the text is no object at all, which more of it cannot change; or it is
  // a blank line, which stands for an object without members.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool blank() const { return !started_; }

 private:
  void feed_one(char c);

  bool started_ = false;  // something other than blanks has come
  bool complete_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  unsigned depth_ = 0;
};

}  // namespace hbalab::fs
