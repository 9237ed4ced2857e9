// The contract tests as a Windows program. Its library finds the world through links whose names
// stay the same; the Linux test that started the program makes the world and turns the links.
#define CATCH_CONFIG_RUNNER
#include "tests/iscsidsc/world.hpp"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <cstdio>
#include <cstdlib>

#include "tests/iscsidsc/wine/bench.hpp"

namespace hbalab::dsc_test {
namespace {

constexpr int kAnswers = 0;
int g_requests = -1;

// A bench that is gone has said why; there is nothing to go on with.
[[noreturn]] void lost() {
  std::fputs("the test that started this program does not answer\n", stderr);
  std::_Exit(3);
}

void put(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const int done = ::_write(g_requests, bytes, static_cast<unsigned>(size));
    if (done <= 0) lost();
    bytes += done;
    size -= static_cast<std::size_t>(done);
  }
}

void get(void* data, std::size_t size) {
  auto* bytes = static_cast<char*>(data);
  while (size > 0) {
    const int done = ::_read(kAnswers, bytes, static_cast<unsigned>(size));
    if (done <= 0) lost();
    bytes += done;
    size -= static_cast<std::size_t>(done);
  }
}

std::string ask(BenchVerb verb, std::string_view path = {}, std::string_view text = {}) {
  const BenchRequest request{verb, static_cast<std::uint32_t>(path.size()),
                             static_cast<std::uint32_t>(text.size())};
  put(&request, sizeof request);
  put(path.data(), path.size());
  put(text.data(), text.size());
  BenchAnswer answer{};
  get(&answer, sizeof answer);
  std::string out(answer.size, '\0');
  get(out.data(), out.size());
  return out;
}

class WindowsWorld final : public World {
 public:
  explicit WindowsWorld(std::string_view lab) { ask(BenchVerb::open, {}, lab); }
  ~WindowsWorld() override { ask(BenchVerb::close); }

  void make(const std::string& path) override { ask(BenchVerb::make, path); }
  void control(const std::string& path, std::string_view text) override {
    ask(BenchVerb::control, path, text);
  }
  std::string read(const std::string& path) override { return ask(BenchVerb::read, path); }
  void spoil_state(StateFault fault) override {
    ask(BenchVerb::spoil_state, std::to_string(static_cast<int>(fault)));
  }
  void hide() override { ask(BenchVerb::hide); }

  std::shared_ptr<dsc::Transport> transport() override {
    FAIL("a Windows program has no transport");
    return nullptr;
  }
  const std::string& state_directory() const override {
    FAIL("a Windows program does not see the state directory");
    std::abort();
  }

 protected:
  void pass() override { ::SwitchToThread(); }
};

}  // namespace

std::unique_ptr<World> World::open(std::string_view lab) {
  return std::make_unique<WindowsWorld>(lab);
}

}  // namespace hbalab::dsc_test

int main(int argc, char** argv) {
  // What Catch2 prints goes where the Linux test's messages go.
  hbalab::dsc_test::g_requests = ::_dup(1);
  ::_dup2(2, 1);
  ::_setmode(hbalab::dsc_test::g_requests, _O_BINARY);
  ::_setmode(hbalab::dsc_test::kAnswers, _O_BINARY);
  return Catch::Session().run(argc, argv);
}
