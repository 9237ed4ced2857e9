#include "hba-sim/port/driver_library.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/elf_file.hpp"

namespace hbalab::port {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostNames = 40;  // in a message

std::unexpected<DriverProblem> problem(int error, const fs::path& file, const std::string& what) {
  return std::unexpected(DriverProblem{error, file.string() + ": " + what});
}

// Imports that neither the lab nor a library that the file names has.
std::vector<std::string> missing_imports(const ElfFile& elf) {
  std::vector<void*> libraries;
  for (const std::string& name : elf.needed) {
    if (void* library = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL))
      libraries.push_back(library);
  }
  std::vector<std::string> missing;
  for (const std::string& name : elf.undefined) {
    const auto has = [&name](void* library) { return ::dlsym(library, name.c_str()) != nullptr; };
    if (!has(RTLD_DEFAULT) && std::ranges::none_of(libraries, has)) missing.push_back(name);
  }
  for (void* library : libraries) ::dlclose(library);
  std::ranges::sort(missing);
  return missing;
}

// Why dlopen refused, which itself names one symbol at most.
std::string refusal(const ElfFile& elf, const std::string& said) {
  const auto missing = missing_imports(elf);
  if (missing.empty()) return "cannot be loaded: " + said;
  std::string text = "needs " + std::to_string(missing.size()) +
                     " symbols that neither the lab nor its libraries have:";
  for (std::size_t i = 0; i < std::min(missing.size(), kMostNames); ++i) text += ' ' + missing[i];
  if (missing.size() > kMostNames) text += " ...";
  return text +
         ". Link it with hbalab-cc, which makes traps of what is missing, or add the sources or a "
         "stub file that define them";
}

// Sanitizers whose library has to be in a process from its begin, by the symbol that only code
// which was built with one asks for. What comes too late ends the process.
struct Sanitizer {
  const char* symbol;
  const char* name;
  const char* option;
};
constexpr std::array<Sanitizer, 4> kSanitizers{
    {{"__asan_init", "AddressSanitizer", "address"},
     {"__tsan_init", "ThreadSanitizer", "thread"},
     {"__msan_init", "MemorySanitizer", "memory"},
     {"__hwasan_init", "HWAddressSanitizer", "hwaddress"}}};

// Why the lab must not even try to load it; "": it may.
std::string sanitizer_refusal(const ElfFile& elf) {
  for (const Sanitizer& its : kSanitizers) {
    if (std::ranges::find(elf.undefined, its.symbol) == elf.undefined.end() ||
        ::dlsym(RTLD_DEFAULT, its.symbol) != nullptr) {
      continue;
    }
    return std::string("was built with ") + its.name + " (--sanitize=" + its.option +
           "), and this lab was not. Build the driver without it, or the lab with it: cmake "
           "-DHBALAB_SANITIZE=" +
           its.option;
  }
  return {};
}

// Gone when the driver is.
struct Loaded {
  void* code = nullptr;
  fs::path copy;
  Loaded() = default;
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() {
    if (code != nullptr) ::dlclose(code);
    std::error_code ignored;
    if (!copy.empty()) fs::remove(copy, ignored);
  }
};

}  // namespace

std::expected<std::shared_ptr<Driver>, DriverProblem> DriverLibrary::open(const fs::path& file) {
  std::error_code error;
  const fs::path path = fs::canonical(file, error);
  if (error) {
    return problem(error.value(), file, "cannot be opened: " + error.message());
  }
  const std::scoped_lock lock(mutex_);
  if (const auto known = drivers_.find(path); known != drivers_.end()) {
    if (auto driver = known->second.lock()) return driver;
    drivers_.erase(known);
  }
  auto image = load(path);
  if (!image) return std::unexpected(std::move(image.error()));
  auto driver = Driver::start(*std::move(image));
  if (!driver) return driver;
  drivers_[path] = *driver;
  return driver;
}

std::expected<MiniportImage, DriverProblem> DriverLibrary::load(const fs::path& file) {
  if (fs::is_directory(file)) return problem(EISDIR, file, "is a directory; expected a driver");
  if (::access(file.c_str(), R_OK) != 0) {
    return problem(errno, file, "cannot be read: " + std::generic_category().message(errno));
  }
  const auto elf = read_elf_file(file);
  if (!elf) return problem(ENOEXEC, file, elf.error());
  if (std::ranges::find(elf->exported, "DriverEntry") == elf->exported.end()) {
    return problem(
        ENOEXEC, file,
        "exports no DriverEntry; expected a miniport: the function must be extern \"C\", "
        "not static, and of default visibility");
  }
  if (const std::string refused = sanitizer_refusal(*elf); !refused.empty()) {
    return problem(ENOEXEC, file, refused);
  }
  auto loaded = std::make_shared<Loaded>();
  std::error_code error;
  fs::create_directories(copies_, error);
  loaded->copy = copies_ / (file.stem().string() + '-' + std::to_string(++copied_) +
                            file.extension().string());
  if (!error) fs::copy_file(file, loaded->copy, fs::copy_options::overwrite_existing, error);
  if (error) {
    return problem(error.value(), file,
                   "cannot be copied to " + loaded->copy.string() + ": " + error.message());
  }
  std::string said;
  const auto opened = guard_call(
      nullptr, "constructor",
      [&] {
        loaded->code = ::dlopen(loaded->copy.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (loaded->code == nullptr) said = ::dlerror();
        return loaded->code != nullptr;
      },
      [&said](std::string what) { said = "a constructor " + std::move(what); });
  if (!opened || !*opened) return problem(ENOEXEC, file, refusal(*elf, said));
  void* const entry = ::dlsym(loaded->code, "DriverEntry");
  if (entry == nullptr) return problem(ENOEXEC, file, "its DriverEntry is no function");
  intercept_process_calls(loaded->code);
  MiniportImage image;
  image.name = file.stem().string();
  image.driver_entry = reinterpret_cast<std::uint32_t (*)(void*, void*)>(entry);
  image.code = std::move(loaded);
  return image;
}

}  // namespace hbalab::port
