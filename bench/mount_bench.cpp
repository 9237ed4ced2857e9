// The mounted tree against a bare libfuse server (fuse_floor) on the same processor, with the same
// kind of loop: what one operation costs, and how far that is from the floor.
//
//   mount_bench HBALAB FUSE_FLOOR [LOGINS]
//
// Everything is pinned to one processor: a request wakes the server and the answer wakes the
// client, which costs ten times as much across two.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "bench/support.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsiop.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::bench;
namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "mount_bench: " << text << '\n';
  std::exit(1);
}

// A file system server in a process of its own, on a mount point of its own.
class Server {
 public:
  Server(fs::path mount_point, std::vector<std::string> command)
      : mount_point_(std::move(mount_point)) {
    fs::create_directories(mount_point_);
    struct stat before{};
    ::stat(mount_point_.c_str(), &before);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::posix_spawn(&pid_, command.front().c_str(), nullptr, nullptr, arguments.data(),
                      environ) != 0) {
      fail("cannot start " + command.front());
    }
    // Polls until the device number changes: the tree is mounted and answers.
    struct stat now_there{};
    const double limit = now() + 30;
    while (::stat(mount_point_.c_str(), &now_there) != 0 || now_there.st_dev == before.st_dev) {
      if (now() > limit || ::waitpid(pid_, nullptr, WNOHANG) == pid_)
        fail(command.front() + " did not mount");
      ::usleep(200);
    }
  }
  ~Server() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::umount2(mount_point_.c_str(), MNT_DETACH);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] const fs::path& path() const { return mount_point_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  fs::path mount_point_;
  pid_t pid_ = 0;
};

void open_read_close(const fs::path& file) {
  char buffer[4096];
  const int fd = ::open(file.c_str(), O_RDONLY);
  if (fd < 0 || ::read(fd, buffer, sizeof buffer) <= 0)
    fail(file.string() + ": " + std::strerror(errno));
  ::close(fd);
}

// One request and its answer on a held handle.
void transact(int fd, const std::vector<std::uint8_t>& request, std::size_t answer) {
  char buffer[4096];
  if (::pwrite(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size()) ||
      ::pread(fd, buffer, sizeof buffer, 0) < static_cast<ssize_t>(answer)) {
    fail(std::string("transaction: ") + std::strerror(errno));
  }
}

void transact_json(const fs::path& call, const std::string& request) {
  char buffer[4096];
  const int fd = ::open(call.c_str(), O_RDWR);
  if (fd < 0 || ::write(fd, request.data(), request.size()) < 0 ||
      ::read(fd, buffer, sizeof buffer) <= 0) {
    fail(call.string() + ": " + std::strerror(errno));
  }
  ::close(fd);
}

// Stats and reads the regular files below a directory, at most `limit` of them.
void walk(int at, const char* name, std::size_t limit, std::size_t& files) {
  const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY);
  if (fd < 0) fail(std::string(name) + ": " + std::strerror(errno));
  DIR* directory = ::fdopendir(fd);
  while (const dirent* entry = ::readdir(directory)) {
    if (files >= limit) break;
    if (entry->d_name[0] == '.') continue;
    struct stat attributes{};
    if (::fstatat(fd, entry->d_name, &attributes, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(attributes.st_mode)) {
      walk(fd, entry->d_name, limit, files);
      continue;
    }
    char buffer[64];
    const int file = ::openat(fd, entry->d_name, O_RDONLY);
    if (file < 0) continue;
    if (::read(file, buffer, sizeof buffer) < 0)
      fail(std::string(entry->d_name) + ": " + std::strerror(errno));
    ::close(file);
    ++files;
  }
  ::closedir(directory);
}

void drop_caches() {
  ::sync();
  std::ofstream("/proc/sys/vm/drop_caches") << "2";
}

// Microseconds a file, median of five cold walks.
double walk_us(const fs::path& tree, std::size_t limit) {
  std::vector<double> results;
  for (int run = 0; run < 5; ++run) {
    drop_caches();
    std::size_t files = 0;
    const double begin = now();
    walk(AT_FDCWD, tree.c_str(), limit, files);
    if (files < limit) fail(tree.string() + " has only " + std::to_string(files) + " files");
    results.push_back((now() - begin) / static_cast<double>(files) * 1e6);
  }
  std::ranges::sort(results);
  return results[2];
}

// Both sides in turns, so that a machine that slows down slows both.
struct Pair {
  double ours, floor;
};
template <typename Ours, typename Floor>
Pair compare(Ours ours, Floor floor) {
  std::vector<double> a, b;
  for (int turn = 0; turn < 5; ++turn) {
    b.push_back(median_ns(floor, 0.2, 1) / 1000);
    a.push_back(median_ns(ours, 0.2, 1) / 1000);
  }
  std::ranges::sort(a);
  std::ranges::sort(b);
  return {a[2], b[2]};
}

void report(const std::string& what, const Pair& pair, const std::string& goal) {
  print_row(what, fixed(pair.ours, 1, "us"), fixed(pair.floor, 1, "us"),
            fixed(pair.ours / pair.floor, 2, "x"), goal);
}

fs::path instance(const fs::path& mount, const std::string& cls) {
  std::ifstream file(mount / "lab/adapters/hba0/device_instance");
  std::string device;
  std::getline(file, device);
  return mount / "root/wmi" / cls / (device + "_0");
}

std::vector<std::uint8_t> no_match_in() {
  std::vector<std::uint8_t> block(iscsi::RemovePersistentLogin_IN_SIZE);
  auto& in = *reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(block.data());
  in.PortNumber = 0xFFFFFFFFu;
  (void)iscsi::write_fixed_string(in.TargetName, u"iqn.2026-01.org.example:nobody", "TargetName");
  in.TargetPortal.Address.Type = 3;
  return block;
}

std::size_t resident_of(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("usage: mount_bench HBALAB FUSE_FLOOR [LOGINS]");
  const std::string hbalab = fs::absolute(argv[1]).string();
  const std::string floor_program = fs::absolute(argv[2]).string();
  const auto logins = static_cast<std::uint32_t>(argc > 3 ? std::atoi(argv[3]) : 100'000);
  const TemporaryDirectory directory;
  const fs::path lab_file = directory.path() / "lab.json";
  std::ofstream(lab_file) << one_adapter_lab_text(logins + 1024);
  seed_logins(directory.path() / "state", logins);
  seed_logins(directory.path() / "empty", 0);
  pin_to_one_processor();
  print_header();

  std::size_t empty_memory = 0;
  {
    const Server empty(directory.path() / "m0",
                       {hbalab, "mount", "--foreground", "--lab", lab_file, "--state",
                        directory.path() / "empty", directory.path() / "m0"});
    open_read_close(instance(empty.path(), "MSiSCSI_HBAInformation") / "VendorModel");
    empty_memory = resident_of(empty.pid());
  }
  const double begin = now();
  const Server lab(directory.path() / "m1",
                   {hbalab, "mount", "--foreground", "--lab", lab_file, "--state",
                    directory.path() / "state", directory.path() / "m1"});
  const fs::path model = instance(lab.path(), "MSiSCSI_HBAInformation") / "VendorModel";
  open_read_close(model);
  print_row("start with " + std::to_string(logins) + " logins to a mounted tree",
            fixed(now() - begin, 2, "s"), "", "", "<= 2 s");
  print_row("resident memory a login",
            fixed(static_cast<double>(resident_of(lab.pid()) - empty_memory) / logins, 0, "B"), "",
            "", "<= 1 KB");
  const Server floor(directory.path() / "m2",
                     {floor_program, "--timeout=60", "--direct_io", "--rdplus=1", "--mt",
                      "--files=100000", "--per=8", directory.path() / "m2"});

  report("read one live property: open, read, close",
         compare([&] { open_read_close(model); }, [&] { open_read_close(floor.path() / "small"); }),
         "<= 1.25 x");

  const fs::path remove = instance(lab.path(), "MSiSCSI_Operations") / "RemovePersistentLogin";
  const auto in = no_match_in();
  const int raw = ::open((remove / "call.bin").c_str(), O_RDWR);
  const int control = ::open((floor.path() / "ctl").c_str(), O_RDWR);
  if (raw < 0 || control < 0) fail("cannot open the call files");
  const auto floor_transaction = [&] { transact(control, in, 1); };
  report("RemovePersistentLogin by call.bin, held handle, no match",
         compare([&] { transact(raw, in, 4); }, floor_transaction), "<= 1.3 x");
  // A JSON call is one transaction a handle: what open, write, read and close cost is its own
  // floor.
  const auto floor_one_shot = [&] {
    const int fd = ::open((floor.path() / "ctl").c_str(), O_RDWR);
    if (fd < 0) fail("ctl");
    transact(fd, in, 1);
    ::close(fd);
  };
  const std::string json = R"({"TargetName": "iqn.2026-01.org.example:nobody"})";
  const auto ours = [&] { transact_json(remove / "call", json); };
  report("the same by JSON call (floor: write and read, held handle)",
         compare(ours, floor_transaction), "<= 3 x");
  report("the same by JSON call (floor: open, write, read, close)", compare(ours, floor_one_shot),
         "");
  ::close(raw);
  ::close(control);

  constexpr std::size_t kFiles = 100'000;
  Pair walks{};
  walks.floor = walk_us(floor.path() / "tree", kFiles);
  walks.ours =
      walk_us(instance(lab.path(), "MSiSCSI_PersistentLogins") / "PersistentLogins", kFiles);
  report("walk of 100,000 property files, cold, a file", walks, "<= 1.5 x");
  return 0;
}
