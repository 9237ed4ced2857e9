#include "hba-sim/port/checker/symbolizer.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

extern char** environ;

namespace hbalab::check {
namespace {

// Longer than any two lines that are worth showing.
constexpr std::size_t kMostOutput = 16 * 1024;

// Both ends are closed in every process that somebody else starts meanwhile.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    for (std::size_t end = 0; end < 2; ++end) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
};

// What the program writes to its standard output; "" when it cannot be run or fails.
std::string run(const std::vector<std::string>& words) {
  Pipe pipe;
  if (pipe.ends[0] < 0) return {};
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return {};
  ::posix_spawn_file_actions_adddup2(&actions, pipe.ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  pipe.close(1);
  if (failed != 0) return {};
  std::string text;
  std::array<char, 1024> part{};
  for (;;) {
    const ssize_t size = ::read(pipe.ends[0], part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || text.size() > kMostOutput) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  pipe.close(0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

std::string take_line(std::string& text) {
  const std::size_t end = text.find('\n');
  std::string line = text.substr(0, end);
  text.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

CodeAddress locate(const void* code) {
  Dl_info info{};
  void* extra = nullptr;
  if (code == nullptr || ::dladdr1(code, &info, &extra, RTLD_DL_LINKMAP) == 0) return {};
  const auto* const map = static_cast<const link_map*>(extra);
  CodeAddress at;
  // The program's own name may be one that is relative to a directory left since.
  const bool program = map->l_name == nullptr || *map->l_name == '\0';
  at.module = program ? "/proc/self/exe" : map->l_name;
  at.offset = reinterpret_cast<std::uintptr_t>(code) - map->l_addr;
  if (info.dli_sname != nullptr) at.symbol = info.dli_sname;
  return at;
}

std::string Symbolizer::describe(const CodeAddress& code) {
  if (code.module.empty()) return {};
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = known_.find(code); found != known_.end()) return found->second;
  }
  std::string text = look_up(code);
  const std::scoped_lock lock(mutex_);
  return known_.emplace(code, std::move(text)).first->second;
}

std::string Symbolizer::look_up(const CodeAddress& code) const {
  // "self" would be the child.
  const std::string module = code.module == "/proc/self/exe"
                                 ? "/proc/" + std::to_string(::getpid()) + "/exe"
                                 : code.module;
  std::string output = run({program_, "-f", "-C", "-e", module, hex_text(code.offset, 1)});
  std::string function = take_line(output);
  std::string line = take_line(output);
  if (function.empty() || function == "??") function = code.symbol;
  // "driver.c:120 (discriminator 2)"
  line = line.substr(0, line.find(' '));
  if (line.empty() || line.starts_with("??") || line.ends_with(":?") || line.ends_with(":0")) {
    line = file_name(code.module) + "+" + hex_text(code.offset, 1);
  }
  return function.empty() ? line : line + " (" + function + ")";
}

}  // namespace hbalab::check
