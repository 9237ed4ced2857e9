// A mounted tree that the real program serves; the lab's clock is the real one.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "iscsidsc/transport.hpp"
#include "world.hpp"
#include "world_lab.hpp"
#include "world_state.hpp"

namespace hbalab::dsc_test {
namespace {

// Without /dev/fuse there is nothing to test: ctest takes 77 as skipped.
const bool g_have_fuse = [] {
  if (::access("/dev/fuse", R_OK | W_OK) == 0) return true;
  std::fputs("skipped: /dev/fuse cannot be opened\n", stderr);
  ::_exit(77);
}();

// Goes with the world, also with one that could not be opened.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hbalab-dsc-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code error;
    if (std::filesystem::exists(path_ + "/mnt/root", error)) return;
    // The lab ends after its mount, and its files vanish meanwhile, which stops a removal.
    constexpr int kTries = 100'000;
    for (int i = 0; i < kTries; ++i) {
      std::filesystem::remove_all(path_, error);
      if (!error) return;
      std::this_thread::yield();
    }
    std::fprintf(stderr, "%s stays: %s\n", path_.c_str(), error.message().c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class MountedWorld final : public World {
 public:
  explicit MountedWorld(std::string_view lab) {
    state_ = folder_ + "/dsc";
    std::ofstream(folder_ + "/lab.json") << lab;
    const std::string program = std::getenv("HBALAB") ? std::getenv("HBALAB") : "hbalab";
    run("'" + program + "' mount --lab " + folder_ + "/lab.json --state " + folder_ + "/state " +
        folder_ + "/mnt");
    ::setenv("HBALAB_TREE", (folder_ + "/mnt").c_str(), 1);
    ::setenv("HBALAB_DSC_STATE", state_.c_str(), 1);
    program_ = program;
  }
  ~MountedWorld() override {
    ::unsetenv("HBALAB_TREE");
    const std::string command = "'" + program_ + "' umount --lazy " + folder_ + "/mnt";
    if (std::system(command.c_str()) != 0) std::fputs("the tree stays mounted\n", stderr);
  }

  std::shared_ptr<dsc::Transport> transport() override {
    if (!transport_) transport_ = dsc::make_tree_transport();
    return transport_;
  }
  void make(const std::string& path) override {
    INFO(path);
    REQUIRE(::mkdir((folder_ + "/mnt/lab/" + path).c_str(), 0755) == 0);
  }
  void control(const std::string& path, std::string_view text) override {
    INFO(path);
    std::ofstream file(folder_ + "/mnt/lab/" + path);
    file << text << std::flush;
    REQUIRE(file.good());
  }
  std::string read(const std::string& path) override {
    INFO(path);
    std::ifstream file(folder_ + "/mnt/lab/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(file.good());
    return text.str();
  }
  const std::string& state_directory() const override { return state_; }
  void spoil_state(StateFault fault) override { spoil(state_, fault); }
  void hide() override { ::setenv("HBALAB_TREE", (folder_ + "/none").c_str(), 1); }

 protected:
  void pass() override { std::this_thread::yield(); }

 private:
  static void run(const std::string& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }

  const Folder directory_;
  const std::string& folder_ = directory_.path();
  std::string state_, program_;
  std::shared_ptr<dsc::Transport> transport_;
};

}  // namespace

std::unique_ptr<World> World::open(std::string_view lab) {
  return std::make_unique<MountedWorld>(lab.empty() ? kDefaultLab : lab);
}

}  // namespace hbalab::dsc_test
