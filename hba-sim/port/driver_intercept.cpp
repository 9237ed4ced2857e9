// The calls by which a driver would end the lab, which is the process that it runs in. The dynamic
// linker has bound them to the C library when the driver was loaded; here the places that it wrote
// to are found again, and written anew.
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/driver_library.hpp"

namespace hbalab::port {
namespace {

// One function for each name, because a call says nothing of who was meant.
template <std::size_t N>
struct Name {
  char text[N];
  constexpr Name(const char (&from)[N]) { std::copy_n(from, N, text); }  // NOLINT: a literal
};
template <Name name>
[[noreturn]] void refuse() {
  raise_fault(std::string("called ") + name.text +
              ", which would end or double the process that runs the lab; a driver returns a "
              "status instead");
}

struct Interception {
  std::string_view name;
  void (*instead)();
};
constexpr Interception kInterceptions[] = {
    {"exit", refuse<"exit()">},
    {"_exit", refuse<"_exit()">},
    {"_Exit", refuse<"_Exit()">},
    {"quick_exit", refuse<"quick_exit()">},
    {"abort", refuse<"abort()">},
    {"fork", refuse<"fork()">},
    {"vfork", refuse<"vfork()">},
    {"execve", refuse<"execve()">},
    {"execv", refuse<"execv()">},
    {"execvp", refuse<"execvp()">},
    {"pthread_exit", refuse<"pthread_exit()">},
    {"raise", refuse<"raise()">},
    {"__assert_fail", refuse<"assert()">},
};

// The dynamic section of a loaded object, whose addresses the linker has relocated.
struct Dynamic {
  const ElfW(Sym) * symbols = nullptr;
  const char* strings = nullptr;
  const ElfW(Rela) * tables[2]{};
  std::size_t sizes[2]{};

  explicit Dynamic(const link_map& map) {
    for (const ElfW(Dyn)* entry = map.l_ld; entry->d_tag != DT_NULL; ++entry) {
      const auto address = [entry] { return reinterpret_cast<const void*>(entry->d_un.d_ptr); };
      switch (entry->d_tag) {
        case DT_SYMTAB:
          symbols = static_cast<const ElfW(Sym)*>(address());
          break;
        case DT_STRTAB:
          strings = static_cast<const char*>(address());
          break;
        case DT_RELA:
          tables[0] = static_cast<const ElfW(Rela)*>(address());
          break;
        case DT_RELASZ:
          sizes[0] = entry->d_un.d_val;
          break;
        case DT_JMPREL:
          tables[1] = static_cast<const ElfW(Rela)*>(address());
          break;
        case DT_PLTRELSZ:
          sizes[1] = entry->d_un.d_val;
          break;
        default:
          break;
      }
    }
  }
};

bool holds_address(std::uint32_t type) {
#if defined(__x86_64__)
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
#else
  return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_ABS64;
#endif
}

// The place may lie in what the linker has made read-only after its work.
void write_address(std::uintptr_t place, void (*value)()) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  void* const begin = reinterpret_cast<void*>(place & ~(page - 1));
  if (::mprotect(begin, page, PROT_READ | PROT_WRITE) != 0) return;
  std::memcpy(reinterpret_cast<void*>(place), static_cast<const void*>(&value), sizeof value);
}

}  // namespace

void intercept_process_calls(void* code) {
  link_map* map = nullptr;
  if (::dlinfo(code, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0 || map == nullptr) return;
  const Dynamic dynamic(*map);
  if (dynamic.symbols == nullptr || dynamic.strings == nullptr) return;
  for (std::size_t table = 0; table < 2; ++table) {
    const std::size_t count = dynamic.sizes[table] / sizeof(ElfW(Rela));
    for (std::size_t i = 0; dynamic.tables[table] != nullptr && i < count; ++i) {
      const ElfW(Rela)& entry = dynamic.tables[table][i];
      if (!holds_address(static_cast<std::uint32_t>(ELF64_R_TYPE(entry.r_info)))) continue;
      const ElfW(Sym)& symbol = dynamic.symbols[ELF64_R_SYM(entry.r_info)];
      if (symbol.st_shndx != SHN_UNDEF) continue;  // a function of the driver's own
      const std::string_view name = dynamic.strings + symbol.st_name;
      for (const Interception& it : kInterceptions) {
        if (it.name == name) write_address(map->l_addr + entry.r_offset, it.instead);
      }
    }
  }
}

}  // namespace hbalab::port
