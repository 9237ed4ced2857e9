// The discovery library through a mounted tree, as a program uses it: what a durable removal, the
// list of sessions and a discovery cost.
//
//   dsc_bench HBALAB
//
// Floors: single-row commits of a plain SQLite loop (WAL, FULL) in the directory that the lab's
// NVRAM is in; open, read and close of the block that the list is made of, into memory that is used
// again. Ours and floor take turns, because the disk's and the machine's speed wander. Everything
// is pinned to one processor, as in mount_bench.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "bench/support.hpp"
#include "iscsidsc.h"

namespace {

using namespace hbalab::bench;
namespace fs = std::filesystem;

constexpr int kTargets = 1000;
constexpr int kRemovals = 200;  // a turn
constexpr int kTurns = 9;
constexpr char kDevice[] = R"(PCI\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\3&11583659&0&08)";

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "dsc_bench: " << text << '\n';
  std::exit(1);
}

void expect(ISDSC_STATUS status, const char* what) {
  if (status == ERROR_SUCCESS) return;
  char number[16];
  std::snprintf(number, sizeof number, "0x%08X", static_cast<unsigned>(status));
  fail(std::string(what) + ": " + number);
}

std::string target_name(int index) { return "iqn.2026-01.org.example:t" + std::to_string(index); }

std::string lab_text() {
  std::string device;
  for (const char c : std::string_view(kDevice)) device += c == '\\' ? "\\\\" : std::string(1, c);
  std::string text = R"({ "name": "bench", "adapters": [ { "name": "hba0", "device_instance": ")" +
                     device + R"(", "max_sessions": 2000,
    "ports": [ { "address": "192.0.2.1" } ], "nvram": { "slots": 2000 } } ], "targets": [)";
  for (int i = 0; i < kTargets; ++i) {
    text += (i == 0 ? "\n" : ",\n") + (R"({ "name": ")" + target_name(i) +
                                       R"(", "portals": [ { "address": "192.0.2.10" } ] })");
  }
  return text + "] }";
}

// The real program serves the tree.
class Lab {
 public:
  Lab(std::string program, const fs::path& dir) : program_(std::move(program)), tree_(dir / "mnt") {
    std::ofstream(dir / "lab.json") << lab_text();
    run("mount --lab '" + (dir / "lab.json").string() + "' --state '" + (dir / "state").string() +
        "'");
    ::setenv("HBALAB_TREE", tree_.c_str(), 1);
    ::setenv("HBALAB_DSC_STATE", (dir / "dsc").c_str(), 1);
  }
  ~Lab() { run("umount --lazy"); }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  [[nodiscard]] fs::path block(const char* cls) const {
    return tree_ / "root/wmi" / cls / (std::string(kDevice) + "_0") / "block.bin";
  }

 private:
  void run(const std::string& command) const {
    const std::string line = "'" + program_ + "' " + command + " '" + tree_.string() + "'";
    if (std::system(line.c_str()) != 0) fail(line);
  }
  std::string program_;
  fs::path tree_;
};

struct Text {
  explicit Text(const std::string& ascii) : text(ascii.begin(), ascii.end()) {}
  PWSTR operator()() { return reinterpret_cast<PWSTR>(text.data()); }
  std::u16string text;
};

ISCSI_TARGET_PORTALW portal() {
  ISCSI_TARGET_PORTALW out{};
  constexpr std::u16string_view kAddress = u"192.0.2.10";
  std::copy(kAddress.begin(), kAddress.end(), out.Address);
  out.Socket = 3260;
  return out;
}

void measure_discovery() {
  auto where = portal();
  expect(AddIScsiSendTargetPortalW(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0, &where),
         "AddIScsiSendTargetPortal");
  const double ns = median_ns(
      [&] {
        expect(RefreshIScsiSendTargetPortalW(nullptr, ISCSI_ALL_INITIATOR_PORTS, &where),
               "RefreshIScsiSendTargetPortal");
      },
      0.3, 3);
  print_row("RefreshIScsiSendTargetPortal, 1,000 targets", fixed(ns / 1e6, 2, "ms"), "", "",
            "<= 20 ms");
}

double removals_a_second() {
  auto where = portal();
  for (int i = 0; i < kRemovals; ++i) {
    Text target(target_name(i));
    expect(LoginIScsiTargetW(target(), FALSE, nullptr, ISCSI_ANY_INITIATOR_PORT, &where, 0, nullptr,
                             nullptr, 0, nullptr, TRUE, nullptr, nullptr),
           "LoginIScsiTarget, persistent");
  }
  Text initiator(std::string(kDevice) + "_0");
  const double begin = now();
  for (int i = 0; i < kRemovals; ++i) {
    Text target(target_name(i));
    expect(RemoveIScsiPersistentTargetW(initiator(), ISCSI_ALL_INITIATOR_PORTS, target(), &where),
           "RemoveIScsiPersistentTarget");
  }
  return kRemovals / (now() - begin);
}

void measure_removal(const fs::path& dir) {
  std::vector<double> floor, ours;
  for (int turn = 0; turn < kTurns; ++turn) {
    floor.push_back(sqlite_rate(dir / ("floor" + std::to_string(turn) + ".db"), 0.3));
    ours.push_back(removals_a_second());
  }
  const double f = median(floor), o = median(ours);
  print_row("RemoveIScsiPersistentTarget of one login (floor: SQLite commit)", fixed(o, 0, "/s"),
            fixed(f, 0, "/s"), fixed(o / f, 2, "x"), ">= 0.8 x");
}

std::size_t read_whole(const fs::path& file, std::vector<char>& buffer) {
  const int fd = ::open(file.c_str(), O_RDONLY);
  if (fd < 0) fail(file.string());
  std::size_t size = 0;
  while (true) {
    if (size == buffer.size()) buffer.resize(std::max<std::size_t>(1 << 20, 2 * size));
    const ssize_t got = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0) fail(file.string());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(fd);
  return size;
}

void measure_sessions(const Lab& lab) {
  auto where = portal();
  for (int i = 0; i < kTargets; ++i) {
    Text target(target_name(i));
    ISCSI_UNIQUE_SESSION_ID session;
    ISCSI_UNIQUE_CONNECTION_ID connection;
    expect(LoginIScsiTargetW(target(), TRUE, nullptr, ISCSI_ANY_INITIATOR_PORT, &where, 0, nullptr,
                             nullptr, 0, nullptr, FALSE, &session, &connection),
           "LoginIScsiTarget");
  }
  std::vector<char> raw;
  const fs::path block = lab.block("MSiSCSI_InitiatorSessionInfo");
  const std::size_t bytes = read_whole(block, raw);
  ULONG size = 0, count = 0;
  if (GetIScsiSessionListW(&size, &count, nullptr) != ERROR_INSUFFICIENT_BUFFER)
    fail("GetIScsiSessionList, size");
  std::vector<std::max_align_t> room(size / sizeof(std::max_align_t) + 1);
  std::vector<double> floors, lists;
  for (int turn = 0; turn < kTurns; ++turn) {
    floors.push_back(median_ns([&] { read_whole(block, raw); }, 0.1, 1));
    const auto list = [&] {
      ULONG has = size;
      auto* const buffer = reinterpret_cast<PISCSI_SESSION_INFOW>(room.data());
      expect(GetIScsiSessionListW(&has, &count, buffer), "GetIScsiSessionList");
    };
    lists.push_back(median_ns(list, 0.1, 1));
  }
  const double floor = median(floors), ours = median(lists);
  if (count != kTargets) fail("there are " + std::to_string(count) + " sessions");
  print_row("GetIScsiSessionList, 1,000 sessions, a block of " + std::to_string(bytes / 1024) +
                " KiB (floor: reading it)",
            fixed(ours / 1e3, 0, "us"), fixed(floor / 1e3, 0, "us"), fixed(ours / floor, 2, "x"),
            "<= 2 x");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: dsc_bench HBALAB");
  pin_to_one_processor();
  const TemporaryDirectory dir;
  const Lab lab(argv[1], dir.path());
  print_header();
  measure_discovery();
  measure_removal(dir.path());
  measure_sessions(lab);
}
