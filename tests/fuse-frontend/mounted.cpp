#include "mounted.hpp"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace hbalab::fs::test {
namespace {

// Without /dev/fuse there is nothing to test: ctest takes 77 as skipped.
const bool g_have_fuse = [] {
  if (access("/dev/fuse", R_OK | W_OK) == 0) return true;
  std::fputs("skipped: /dev/fuse cannot be opened\n", stderr);
  _exit(77);
}();

constexpr const char* kDevice = "FAKE\\VEN_1&DEV/2%\\3";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

Mounted::Mounted(std::uint32_t big_count) {
  std::string pattern = (std::filesystem::temp_directory_path() / "hbalab-fuse-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = pattern;
  mountpoint_ = folder_ + "/mnt";
  scratch_ = folder_ + "/scratch";
  std::filesystem::create_directory(mountpoint_);
  std::filesystem::create_directory(scratch_);

  device = std::make_shared<FakeDevice>(kDevice, big_count);
  controls = std::make_shared<FakeControls>();
  registry = std::make_shared<wmi::ProviderRegistry>(fake_schema());
  if (auto added = registry->add(device); !added) throw std::runtime_error(added.error());
  hub = std::make_shared<wmi::EventHub>();
  client = std::make_shared<wmi::WmiClient>(registry);
  MountOptions options;
  options.mountpoint = mountpoint_;
  options.client = client;
  options.events = hub;
  options.control = controls;
  options.readme = "Read me.\n";
  auto mounted = MountedTree::mount(std::move(options));
  if (!mounted) throw std::runtime_error(mounted.error());
  tree = *std::move(mounted);
  server_ = std::thread([this] { (void)tree->run(); });
}

void Mounted::stop() {
  if (!tree) return;
  tree->stop();
  server_.join();
  tree.reset();
}

Mounted::~Mounted() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Mounted::instance(std::string_view cls) {
  return "root/wmi/" + std::string(cls) + "/FAKE\\VEN_1&DEV%2F2%25\\3_0";
}

bool Mounted::drop_kernel_caches() const {
  // Remounting gives the file system's unused names back.
  return mount(nullptr, mountpoint_.c_str(), nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV, nullptr) ==
         0;
}

Ran Mounted::run(const std::string& line) const {
  // Everything goes in the command: the environment belongs to all threads.
  const std::string command = "M=" + quoted(mountpoint_) + " T=" + quoted(scratch_) +
                              " LC_ALL=C timeout -k 5 60 bash -c " + quoted(line) + " 2>&1";
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
    ran.out.append(buffer, count);
  }
  const int status = pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace hbalab::fs::test
