// From an address in a driver to the line of its source, by the debug information of its shared
// object. binutils' addr2line reads that: it is written by others and may be anything, so it is
// read in a process that may fail.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

// Which module has it, while that is loaded; nothing of it is known where the module is "". Takes
// the loader's lock: not for signal handlers.
[[nodiscard]] CodeAddress locate(const void* code);

// Thread-safe. What was looked up once is remembered.
class Symbolizer {
 public:
  explicit Symbolizer(std::string program = "addr2line") : program_(std::move(program)) {}

  // "/src/driver.c:120 (QueryBlock)"; without debug information "driver.so+0x1234 (QueryBlock)"; ""
  // where there is nothing to say. Starts a process the first time: takes milliseconds.
  [[nodiscard]] std::string describe(const CodeAddress& code);

 private:
  [[nodiscard]] std::string look_up(const CodeAddress& code) const;

  const std::string program_;
  std::mutex mutex_;                          // taken last
  std::map<CodeAddress, std::string> known_;  // guarded by mutex_
};

}  // namespace hbalab::check
