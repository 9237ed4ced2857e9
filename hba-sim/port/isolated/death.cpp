#include "hba-sim/port/isolated/death.hpp"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>

namespace hbalab::port::isolated {
namespace {

constexpr std::size_t kMostLines = 24;

std::string signal_name(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

bool has_address(std::uint32_t number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
}

const Module* module_of(const std::vector<Module>& modules, std::uint64_t address) {
  const auto found = std::ranges::find_if(modules, [address](const Module& module) {
    return address >= module.begin && address < module.end;
  });
  return found == modules.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Doing> doing_of(const SharedHeader& shared, std::uint32_t index) {
  if (index >= kActivities) return std::nullopt;
  const Activity& activity = shared.activities[index];
  Doing doing;
  doing.thread = activity.thread.load();
  doing.since = activity.since.load();
  if (activity.depth.load() == 0) return std::nullopt;
  for (const auto& letter : activity.routine) {
    const char c = letter.load(std::memory_order_relaxed);
    if (c == '\0') break;
    doing.routine += c >= ' ' && c <= '~' ? c : '?';
  }
  return doing;
}

std::optional<Doing> longest(const SharedHeader& shared) {
  std::optional<Doing> found;
  for (std::uint32_t i = 0; i < kActivities; ++i) {
    auto doing = doing_of(shared, i);
    if (doing && (!found || doing->since < found->since)) found = std::move(doing);
  }
  return found;
}

std::string describe_end(const SharedHeader& shared, int wait_status) {
  if (!WIFSIGNALED(wait_status)) {
    return "its process ended by itself, with status " + std::to_string(WEXITSTATUS(wait_status));
  }
  const int number = WTERMSIG(wait_status);
  const StackRecord& stack = shared.stack;
  if (stack.state.load() == 0 || stack.signal.load() != static_cast<std::uint32_t>(number)) {
    return signal_name(number) + " ended its process";
  }
  std::string text = signal_name(number);
  // A code that is not above 0: somebody sent it.
  if (has_address(stack.signal.load()) && stack.code.load() > 0) {
    text += " at address " + check::hex_text(stack.address.load(), 1);
  }
  if (const auto doing = doing_of(shared, stack.activity.load())) text += " in " + doing->routine;
  return text;
}

std::vector<std::string> backtrace_of(const SharedHeader& shared,
                                      const std::vector<Module>& modules,
                                      check::Symbolizer& symbolizer) {
  const StackRecord& stack = shared.stack;
  if (stack.state.load() == 0) return {};
  const std::uint32_t count = std::min(stack.count.load(), kFrames);
  std::vector<std::pair<std::uint64_t, const Module*>> frames;
  std::size_t shown = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t address = stack.frames[i].load();
    const Module* const module = module_of(modules, address);
    frames.emplace_back(address, module);
    if (module != nullptr && module->driver) shown = frames.size();
  }
  // Below the driver's own frames are those of who called it.
  if (shown != 0) frames.resize(shown);
  std::vector<std::string> lines;
  std::string before;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& [address, module] = frames[i];
    std::string text = check::hex_text(address, 1);
    if (module != nullptr) {
      // A frame has the address behind its call.
      const std::uint64_t code = address - module->load - (i == 0 ? 0 : 1);
      text = symbolizer.describe({module->path, code, {}});
    }
    // A recursion fills the record with one place.
    if (text == before) continue;
    if (lines.size() == kMostLines) break;
    lines.push_back("#" + std::to_string(i) + ' ' + text);
    before = std::move(text);
  }
  return lines;
}

}  // namespace hbalab::port::isolated
