#include "hba-sim/port/elf_file.hpp"

#include <elf.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace hbalab::port {
namespace {

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#else
#error "the lab runs on x86-64 and on AArch64"
#endif

std::string machine_name(unsigned machine) {
  constexpr std::pair<unsigned, const char*> names[] = {
      {EM_386, "32-bit x86"},  {EM_X86_64, "x86-64"}, {EM_ARM, "32-bit ARM"},
      {EM_AARCH64, "AArch64"}, {EM_RISCV, "RISC-V"},  {EM_PPC64, "64-bit PowerPC"},
      {EM_S390, "S/390"},
  };
  for (const auto& [value, name] : names) {
    if (value == machine) return name;
  }
  return "machine " + std::to_string(machine);
}

// Reads of the file's bytes; nothing in it is believed.
class Bytes {
 public:
  explicit Bytes(std::string text) : text_(std::move(text)) {}

  template <typename T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
    if (offset > text_.size() || text_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, text_.data() + offset, sizeof value);
    return value;
  }
  // The text that ends with a NUL inside [begin, begin + size); "" when there is none.
  [[nodiscard]] std::string_view text(std::uint64_t begin, std::uint64_t size,
                                      std::uint64_t offset) const {
    if (begin > text_.size() || size > text_.size() - begin || offset >= size) return {};
    const std::string_view table(text_.data() + begin, size);
    const std::size_t end = table.find('\0', offset);
    return end == std::string_view::npos ? std::string_view() : table.substr(offset, end - offset);
  }
  [[nodiscard]] bool starts_with(std::string_view magic) const { return text_.starts_with(magic); }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

std::expected<Elf64_Ehdr, std::string> check_header(const Bytes& bytes) {
  const auto no = [](std::string what) { return std::unexpected(std::move(what)); };
  if (bytes.empty()) return no("is empty; expected a shared object");
  if (bytes.starts_with("MZ")) {
    return no(
        "is a Windows program (PE); compile the driver's sources with hbalab-cc into a "
        "shared object");
  }
  if (bytes.starts_with("!<arch>")) {
    return no(
        "is an archive of object files; link them into a shared object with hbalab-cc "
        "-shared");
  }
  if (!bytes.starts_with(ELFMAG)) {
    return no("is no ELF file; expected a shared object that hbalab-cc has made");
  }
  const auto ident = bytes.at<std::array<unsigned char, EI_NIDENT>>(0);
  if (!ident) return no("ends inside its ELF header");
  if ((*ident)[EI_CLASS] != ELFCLASS64 || (*ident)[EI_DATA] != ELFDATA2LSB) {
    return no("is an ELF file of another word size or byte order; expected one for " +
              machine_name(kMachine));
  }
  const auto header = bytes.at<Elf64_Ehdr>(0);
  if (!header) return no("ends inside its ELF header");
  if (header->e_machine != kMachine) {
    return no("is built for " + machine_name(header->e_machine) + "; expected " +
              machine_name(kMachine) + ": compile it on, or for, this machine");
  }
  if (header->e_type == ET_REL) {
    return no("is an object file; link it into a shared object with hbalab-cc -shared");
  }
  if (header->e_type != ET_DYN) return no("is a program; expected a shared object (-shared)");
  return *header;
}

struct Section {
  std::uint64_t offset = 0, size = 0, strings = 0, strings_size = 0;
};

// The section of that type with its string table.
std::optional<Section> find_section(const Bytes& bytes, const Elf64_Ehdr& header,
                                    std::uint32_t type) {
  const auto section = [&](std::uint64_t index) {
    return bytes.at<Elf64_Shdr>(header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return std::nullopt;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    const auto its = section(i);
    if (!its || its->sh_type != type) continue;
    const auto strings = section(its->sh_link);
    if (!strings) return std::nullopt;
    return Section{its->sh_offset, its->sh_size, strings->sh_offset, strings->sh_size};
  }
  return std::nullopt;
}

void read_symbols(const Bytes& bytes, const Section& table, ElfFile& file) {
  for (std::uint64_t at = sizeof(Elf64_Sym); at + sizeof(Elf64_Sym) <= table.size;
       at += sizeof(Elf64_Sym)) {
    const auto symbol = bytes.at<Elf64_Sym>(table.offset + at);
    if (!symbol) return;
    const auto name = bytes.text(table.strings, table.strings_size, symbol->st_name);
    const unsigned bind = ELF64_ST_BIND(symbol->st_info);
    if (name.empty() || bind == STB_LOCAL) continue;
    if (symbol->st_shndx != SHN_UNDEF) {
      file.exported.emplace_back(name);
    } else if (bind != STB_WEAK) {
      file.undefined.emplace_back(name);
    }
  }
}

}  // namespace

std::expected<ElfFile, std::string> read_elf_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::unexpected(std::string("cannot be read: ") + std::strerror(errno));
  const Bytes bytes(std::string(std::istreambuf_iterator<char>(stream), {}));
  const auto header = check_header(bytes);
  if (!header) return std::unexpected(header.error());
  ElfFile file;
  if (const auto symbols = find_section(bytes, *header, SHT_DYNSYM)) {
    read_symbols(bytes, *symbols, file);
  }
  const auto dynamic = find_section(bytes, *header, SHT_DYNAMIC);
  for (std::uint64_t at = 0; dynamic && at + sizeof(Elf64_Dyn) <= dynamic->size;
       at += sizeof(Elf64_Dyn)) {
    const auto entry = bytes.at<Elf64_Dyn>(dynamic->offset + at);
    if (!entry || entry->d_tag == DT_NULL) break;
    if (entry->d_tag != DT_NEEDED) continue;
    file.needed.emplace_back(
        bytes.text(dynamic->strings, dynamic->strings_size, entry->d_un.d_val));
  }
  return file;
}

}  // namespace hbalab::port
