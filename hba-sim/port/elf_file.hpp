// What a file is that somebody gives as a driver: read from its bytes, before the dynamic linker
// gets to see it, so that every reason why it cannot be loaded is told with what to do about it.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace hbalab::port {

struct ElfFile {
  std::vector<std::string> needed;     // DT_NEEDED
  std::vector<std::string> exported;   // dynamic symbols that it defines
  std::vector<std::string> undefined;  // and that somebody else has to; weak ones left out
};

// A shared object for this machine; the error says what the file is instead, without its name.
[[nodiscard]] std::expected<ElfFile, std::string> read_elf_file(const std::filesystem::path& file);

}  // namespace hbalab::port
