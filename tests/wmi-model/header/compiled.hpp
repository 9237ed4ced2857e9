// Generated headers given to compilers, together with assertions made of the layout.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wmi-model/model.hpp"

namespace header_test {

// A directory that goes away with the object.
class WorkDirectory {
 public:
  WorkDirectory();
  ~WorkDirectory();
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  void write(const std::string& name, std::string_view text) const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// C and C++ that assert, for every structure of the classes, its size and the places and sizes of
// its members, and for every macro of sizes and ids its value. `schema` tells which are embedded.
[[nodiscard]] std::string assertions(const hbalab::wmi::SchemaSet& schema,
                                     std::span<const hbalab::wmi::Class* const> classes);

// Compiles text that includes headers of the directory as C and as C++, by every compiler, with all
// warnings as errors. What they said; nothing when all were content.
[[nodiscard]] std::string compile_everywhere(const WorkDirectory& place, const std::string& text);
// Links C text with main() with text that is compiled under INITGUID, and runs it; what went wrong,
// or nothing.
[[nodiscard]] std::string run_program(const WorkDirectory& place, const std::string& main,
                                      const std::string& guids);

}  // namespace header_test
