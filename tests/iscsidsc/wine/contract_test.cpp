// Runs the contract tests as a Windows program under Wine, and is their world: a mounted tree.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/iscsidsc/wine/bench.hpp"
#include "tests/iscsidsc/world.hpp"

using namespace hbalab::dsc_test;
namespace fs = std::filesystem;

namespace {

// Names that do not change for a tree and a state directory that do: the environment of a program
// under Wine is what it was when the program began.
class Links {
 public:
  Links() {
    std::string pattern = (fs::temp_directory_path() / "hbalab-wine-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~Links() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  [[nodiscard]] std::string tree() const { return folder_ / "tree"; }
  [[nodiscard]] std::string state() const { return folder_ / "service" / "dsc"; }
  // To where this process's environment points.
  void turn() const {
    const char* const tree = std::getenv("HBALAB_TREE");
    const char* const state = std::getenv("HBALAB_DSC_STATE");
    fs::remove(folder_ / "tree");
    fs::remove(folder_ / "service");
    if (tree != nullptr) fs::create_symlink(tree, folder_ / "tree");
    if (state == nullptr) return;
    REQUIRE(fs::path(state).filename() == "dsc");
    fs::create_symlink(fs::path(state).parent_path(), folder_ / "service");
  }

 private:
  fs::path folder_;
};

struct Request {
  BenchVerb verb{};
  std::string path, text;
};

class WindowsProgram {
 public:
  WindowsProgram(const char* program, const Links& links) {
    std::array<int, 2> requests{}, answers{};
    REQUIRE(::pipe2(requests.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(answers.data(), O_CLOEXEC) == 0);
    const std::string tree = links.tree(), state = links.state();
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::setenv("HBALAB_TREE", tree.c_str(), 1);
      ::setenv("HBALAB_DSC_STATE", state.c_str(), 1);
      ::dup2(answers[0], STDIN_FILENO);
      ::dup2(requests[1], STDOUT_FILENO);
      ::execlp("wine", "wine", program, nullptr);
      ::_exit(127);
    }
    ::close(requests[1]);
    ::close(answers[0]);
    requests_ = requests[0];
    answers_ = answers[1];
  }
  ~WindowsProgram() {
    ::close(requests_);
    if (child_ > 0) (void)end();
  }
  WindowsProgram(const WindowsProgram&) = delete;
  WindowsProgram& operator=(const WindowsProgram&) = delete;

  // false: the program has ended.
  [[nodiscard]] bool next(Request& request) {
    BenchRequest head{};
    if (!get(&head, sizeof head)) return false;
    request = {head.verb, std::string(head.path_size, '\0'), std::string(head.text_size, '\0')};
    return get(request.path.data(), head.path_size) && get(request.text.data(), head.text_size);
  }
  void answer(const std::string& text) {
    const BenchAnswer head{static_cast<std::uint32_t>(text.size())};
    put(&head, sizeof head);
    put(text.data(), text.size());
  }
  // As waitpid gives it.
  [[nodiscard]] int end() {
    ::close(answers_);
    int status = -1;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return status;
  }

 private:
  [[nodiscard]] bool get(void* data, std::size_t size) {
    auto* bytes = static_cast<char*>(data);
    while (size > 0) {
      const ssize_t done = ::read(requests_, bytes, size);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      bytes += done;
      size -= static_cast<std::size_t>(done);
    }
    return true;
  }
  void put(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t done = ::write(answers_, bytes, size);
      if (done < 0 && errno == EINTR) continue;
      REQUIRE(done > 0);
      bytes += done;
      size -= static_cast<std::size_t>(done);
    }
  }

  int requests_ = -1, answers_ = -1;
  pid_t child_ = -1;
};

std::string serve(std::unique_ptr<World>& world, const Request& request) {
  if (request.verb == BenchVerb::open) {
    world.reset();
    world = World::open(request.text);
    return {};
  }
  REQUIRE(world != nullptr);
  switch (request.verb) {
    case BenchVerb::close:
      world.reset();
      return {};
    case BenchVerb::make:
      world->make(request.path);
      return {};
    case BenchVerb::control:
      world->control(request.path, request.text);
      return {};
    case BenchVerb::read:
      return world->read(request.path);
    case BenchVerb::spoil_state:
      world->spoil_state(static_cast<StateFault>(std::stoi(request.path)));
      return {};
    case BenchVerb::hide:
      world->hide();
      return {};
    default:
      FAIL("verb " << static_cast<std::uint32_t>(request.verb) << " is not known");
      return {};
  }
}

}  // namespace

TEST_CASE("the contract holds for Windows programs under Wine") {
  ::signal(SIGPIPE, SIG_IGN);
  const Links links;
  WindowsProgram program(HBALAB_WINDOWS_CONTRACT, links);
  std::unique_ptr<World> world;
  for (Request request; program.next(request);) {
    const std::string answer = serve(world, request);
    links.turn();
    program.answer(answer);
  }
  const int status = program.end();
  INFO("its messages stand above; status " << status);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
