// The tools that people use, on a real mount.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "fuse-frontend/transaction.hpp"
#include "mounted.hpp"

using namespace hbalab::fs;
using namespace hbalab::fs::test;

TEST_CASE("a shell reads and writes properties") {
  Mounted m;
  const std::string d = "cd \"$M/" + Mounted::instance("Fake_Shapes") + "\"; ";
  const auto check = [&](const std::string& line, const std::string& out, int status = 0) {
    const Ran ran = m.run(d + line);
    INFO(line);
    CHECK(ran.out == out);
    CHECK(ran.status == status);
  };
  check("cat InstanceName Active", "FAKE\\VEN_1&DEV/2%\\3_0\n1\n");
  check("cat Flag Small Signed Large Text", "1\n7\n-5\n18446744073709551615\nhello\n");
  check("cat Colour Colour.name", "2\nGreen\n");
  check("cat Fixed Inner/Number Inner/Label", "1\n2\n3\n42\ninner\n");
  check("ls Items; cat Items/1/Label", "0\n1\nb\n");
  check("cat Items/2/Label", "cat: Items/2/Label: No such file or directory\n", 1);
  check("ls Items/07 Items/x 2>&1 | grep -c 'No such file'", "2\n");
  check("echo 12 > Small; cat Small", "12\n");
  check("echo 300 > Small", "bash: line 1: echo: write error: Numerical result out of range\n", 1);
  check("echo abc > Small", "bash: line 1: echo: write error: Invalid argument\n", 1);
  check("echo 66 > Small", "bash: line 1: echo: write error: Device or resource busy\n", 1);
  check("cat Small", "12\n");
  check("echo world >> Text; cat Text", "world\n");
  check("echo Red > Colour; cat Colour", "1\n");
  check("echo 77 > Inner/Number; cat Inner/Number Inner/Label", "77\ninner\n");
  check("exec 3<>Small; echo 999 >&3 2>/dev/null; cat <&3 | grep -o '\"error\":\"[A-Z]*\"'",
        "\"error\":\"ERANGE\"\n");
  check("stat -c '%a %s' Small Secret Large Text", "644 3\n200 0\n444 21\n644 6\n");
  check("cat Secret; od -An -tx1 block.bin | tr -d ' \\n' | grep -c 63000000", "0\n", 1);
  check("echo 5 > Secret", "");
  check("echo 1 > Large", "bash: line 1: Large: Permission denied\n", 1);
  check("grep -c 99 instance.json", "0\n", 1);
  check("printf 9 > $T/v; cp $T/v Small; touch Small; cat Small", "9\n");
  check("wc -c < Text; head -c 3 Text; dd if=Text bs=1 count=2 2>/dev/null", "6\nworwo");
  check("rm Small", "rm: cannot remove 'Small': Operation not permitted\n", 1);
  const auto* cls = m.registry->schema()->find("Fake_Shapes");
  const auto block = hbalab::wmi::encode(hbalab::wmi::shape_of(*cls), m.device->shapes());
  REQUIRE(block);
  const std::string size = std::to_string(block->size()) + "\n";
  check("stat -c %s block.bin; cat block.bin | wc -c; cp block.bin $T/b; stat -c %s $T/b",
        size + size + size);
}

TEST_CASE("walks over the whole tree end without errors") {
  Mounted m(300);
  const auto ok = [&](const std::string& line) {
    const Ran ran = m.run(line);
    INFO(line);
    CHECK(ran.out == "");
    CHECK(ran.status == 0);
  };
  m.hub->publish({});  // an event that no class describes is nobody's
  ok("cd $M && find . > $T/find && test $(wc -l < $T/find) -gt 950");
  ok("cd $M && grep -ra . . > $T/grep && test -s $T/grep");
  ok("cd $M && tar cf $T/all.tar . && tar df $T/all.tar");
  ok("cp -r $M $T/copy && diff -r $M $T/copy");
  ok("ls -lR $M > $T/ls");
  ok("! grep -a secret-of-device $T/grep");
  CHECK(m.run("cat $M/README; ls $M $M/root/wmi").out ==
        "Read me.\n" + m.path() + ":\nREADME\nlab\nroot\n\n" + m.path() +
            "/root/wmi:\nFake_Big\nFake_Event\nFake_Methods\nFake_Shapes\n");
}

TEST_CASE("methods are called as JSON, raw, and by mkdir") {
  Mounted m;
  const std::string d = "cd \"$M/" + Mounted::instance("Fake_Methods") + "\"; ";
  const auto check = [&](const std::string& line, const std::string& out, int status = 0) {
    const Ran ran = m.run(d + line);
    INFO(line);
    CHECK(ran.out == out);
    CHECK(ran.status == status);
  };
  check("exec 3<>Add/call; echo '{\"A\": 40}' >&3; cat <&3", "{\"Sum\":42}\n");
  check("exec 3<>Add/call; printf '{\"A\": ' >&3; echo '1}' >&3; cat <&3", "{\"Sum\":3}\n");
  check("exec 3<>Add/call; echo '{\"A\": 1}' >&3; echo '{}' >&3",
        "bash: line 1: echo: write error: Device or resource busy\n", 1);
  check("exec 3<>Add/call; echo '{\"AA\": 1}' >&3; cat <&3 | grep -o suggestion",
        "bash: line 1: echo: write error: Invalid argument\nsuggestion\n");
  check("echo '{}' > Missing/call", "bash: line 1: echo: write error: Operation not supported\n",
        1);
  check("grep -o '\"out\":{\"Sum\":3}' Add/last.json", "\"out\":{\"Sum\":3}\n");
  check("exec 3<>Add/call.bin; printf '\\5\\0\\0\\0\\6\\0\\0\\0' >&3; od -An -tu4 <&3",
        "         11\n");
  check("printf '\\5' > Add/call.bin", "bash: line 1: printf: write error: Invalid argument\n", 1);
  check("mkdir Add/one; echo 7 > Add/one/in/A; cat Add/one/in/B Add/one/state; ls Add/one/out",
        "2\nidle\n");
  check("echo 1 > Add/one/execute; cat Add/one/out/Sum Add/one/state", "9\ndone\n");
  check("mkdir Add/one", "mkdir: cannot create directory 'Add/one': File exists\n", 1);
  check("rmdir Add/one; ls Add", "call\ncall.bin\nlast.json\nmethod.json\n");
  check("rmdir Add; mkdir new",
        "rmdir: failed to remove 'Add': Operation not permitted\n"
        "mkdir: cannot create directory 'new': Operation not permitted\n",
        1);
  check("echo '{\"Key\": \"letmein\"}' > SetKey/call; grep -c letmein SetKey/last.json", "0\n", 1);
  check(
      "mkdir SetKey/k; echo letmein > SetKey/k/in/Key; cat SetKey/k/in/Key; echo > "
      "SetKey/k/execute;"
      "cat SetKey/k/out/Length; stat -c %a SetKey/k/in/Key",
      "32\n200\n");
}

namespace {

// A file of a method of the fake device.
class CallBin {
 public:
  CallBin(const Mounted& m, const std::string& method, int flags = O_RDWR)
      : fd_(::open((m.path() + "/" + Mounted::instance("Fake_Methods") + "/" + method).c_str(),
                   flags | O_CLOEXEC)) {
    REQUIRE(fd_ >= 0);
  }
  ~CallBin() { ::close(fd_); }
  CallBin(const CallBin&) = delete;
  CallBin& operator=(const CallBin&) = delete;

  struct Answer {
    int error = 0;  // errno
    Transaction call{};
    [[nodiscard]] std::uint32_t word(std::size_t index) const {
      std::uint32_t value = 0;
      std::memcpy(&value, call.block + index * sizeof value, sizeof value);
      return value;
    }
  };
  [[nodiscard]] Answer send(const Transaction& call) const {
    Answer answer{0, call};
    if (::ioctl(fd_, kTransactionIoctl, &answer.call) != 0) answer.error = errno;
    return answer;
  }
  [[nodiscard]] Answer transact(const std::vector<std::uint32_t>& in) const {
    Transaction call{};
    call.size = static_cast<std::uint32_t>(in.size() * sizeof in[0]);
    if (!in.empty()) std::memcpy(call.block, in.data(), call.size);
    return send(call);
  }
  [[nodiscard]] std::string read_all() const {
    std::string text(64 << 10, '\0');
    const ssize_t size = ::pread(fd_, text.data(), text.size(), 0);
    REQUIRE(size >= 0);
    text.resize(static_cast<std::size_t>(size));
    return text;
  }

 private:
  const int fd_;
};

}  // namespace

TEST_CASE("a raw call in one request") {
  Mounted m;
  const CallBin add(m, "Add/call.bin");
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto answer = add.transact({40, i});
    REQUIRE(answer.error == 0);
    CHECK(answer.call.size == 4);
    CHECK(answer.word(0) == 40 + i);
    CHECK(add.read_all() == std::string({static_cast<char>(40 + i), 0, 0, 0}));
  }
  CHECK(m.run("grep -o '\"out\":{\"Sum\":42}' \"$M/" + Mounted::instance("Fake_Methods") +
              "/Add/last.json\"")
            .status == 0);

  // An OUT that does not fit is there to be read; an IN of nothing is as good as any other.
  constexpr std::uint32_t kMuch = 20'000;
  const CallBin fill(m, "Fill/call.bin");
  const auto much = fill.transact({kMuch});
  REQUIRE(much.error == 0);
  CHECK(much.call.size == kMuch + 4);
  CHECK(much.word(0) == kMuch);
  CHECK(much.word(sizeof much.call.block / 4 - 1) == 0x5A5A5A5A);
  CHECK(fill.read_all().size() == kMuch + 4);
  const auto nothing = fill.transact({});
  REQUIRE(nothing.error == 0);
  CHECK(nothing.call.size == 4);

  CHECK(add.transact({1}).error == EINVAL);
  CHECK_THAT(add.read_all(), Catch::Contains("STATUS_INVALID_PARAMETER"));
  CHECK(CallBin(m, "Missing/call.bin").transact({}).error == EOPNOTSUPP);
  CHECK(add.send({sizeof Transaction::block + 1, {}}).error == EINVAL);
  CHECK(CallBin(m, "Add/call.bin", O_RDONLY).transact({1, 2}).error == EBADF);
  CHECK(CallBin(m, "Add/call").transact({1, 2}).error == ENOTTY);
  CHECK(CallBin(m, "Add", O_RDONLY | O_DIRECTORY).transact({1, 2}).error == ENOTTY);
}

TEST_CASE("a raw call in one request keeps others off its handle, and ends with the mount") {
  Mounted m;
  const CallBin hang(m, "Hang/call.bin");
  int error = -1;  // checked here: assertions are the main thread's
  std::thread first([&] { error = hang.transact({1}).error; });
  CHECK(eventually([&] { return m.device->pending() == 1; }));
  CHECK(hang.transact({1}).error == EBUSY);
  m.device->release_all();
  first.join();
  CHECK(error == 0);
  std::thread last([&] { error = hang.transact({1}).error; });
  CHECK(eventually([&] { return m.tree->pending_requests() == 1; }));
  m.stop();
  last.join();
  CHECK(error == ENODEV);
}

TEST_CASE("a pending request is interrupted, and the driver's one cancelled") {
  Mounted m;
  m.device->hold_queries(true);
  const auto interrupt = [&](const std::string& command, const std::string& signal,
                             std::uint64_t cancelled) {
    Ran ran;
    std::thread client([&] { ran = m.run("echo $BASHPID > $T/pid; " + command); });
    CHECK(eventually([&] { return m.device->pending() == 1 && m.tree->pending_requests() == 1; }));
    CHECK(m.run("kill -" + signal + " $(cat $T/pid)").status == 0);
    client.join();
    CHECK(m.device->cancelled() == cancelled);
    CHECK(m.device->pending() == 0);
    CHECK(eventually([&] { return m.tree->pending_requests() == 0; }));
    return ran;
  };
  const std::string hang = m.path() + "/" + Mounted::instance("Fake_Methods") + "/Hang";
  const std::string shapes = m.path() + "/" + Mounted::instance("Fake_Shapes");
  CHECK(interrupt("exec dd if='" + shapes + "/Small'", "INT", 1).status == 130);
  CHECK(interrupt("echo '{}' > '" + hang + "/call'", "KILL", 2).status == 137);
  // A program that handles the signal sees EINTR.
  const Ran python = interrupt(
      "exec python3 -c \"import os, signal, sys\n"
      "def stop(*a): raise InterruptedError('told to')\n"
      "signal.signal(signal.SIGINT, stop)\n"
      "try: os.write(os.open(sys.argv[1], os.O_WRONLY), b'{}')\n"
      "except InterruptedError as e: print('interrupted', e)\n\" '" +
          hang + "/call'",
      "INT", 3);
  CHECK(python.out == "interrupted told to\n");
}

TEST_CASE("unmounting answers what still waits") {
  Mounted m;
  const std::string file = m.path() + "/" + Mounted::instance("Fake_Methods") + "/Hang/call";
  std::string out;
  std::thread caller([&] { out = m.run("echo '{}' > '" + file + "'").out; });
  REQUIRE(eventually([&] { return m.device->pending() == 1; }));
  m.stop();
  caller.join();
  CHECK(out.find("write error") != std::string::npos);
  m.device->release_all();  // a completion after the end touches nothing
}

TEST_CASE("logs end for cat and go on for tail") {
  Mounted m;
  m.controls->append("{\"n\":1}\n");
  CHECK(m.run("cat $M/lab/trace.jsonl; stat -c %s $M/lab/trace.jsonl").out == "{\"n\":1}\n8\n");
  std::string followed;
  std::thread follower([&] {
    followed = m.run("timeout 20 tail -s 0.05 -n +1 -f $M/lab/trace.jsonl | head -n 2").out;
  });
  m.controls->append("{\"n\":2}\n");
  m.controls->append("{\"n\":3}\n");
  follower.join();
  CHECK(followed == "{\"n\":1}\n{\"n\":2}\n");

  CHECK(eventually([&] { return m.device->event_requests() == 1; }));
  hbalab::wmi::Event event;
  event.guid = m.registry->schema()->find("Fake_Event")->guid;
  event.provider = m.device;
  event.instance_name = "FAKE\\VEN_1&DEV/2%\\3_0";
  event.data = {7, 0, 0, 0};
  m.hub->publish(event);
  m.hub->drain();
  const Ran ran = m.run("cat \"$M/" + Mounted::instance("Fake_Event") + "/events.jsonl\"");
  CHECK(ran.out.find("\"sequence\":1") != std::string::npos);
  CHECK(ran.out.find("\"data\":{\"Code\":7}") != std::string::npos);
}

TEST_CASE("a poller sleeps at the end of a log and wakes when a line comes") {
  Mounted m;
  m.controls->append("{\"n\":1}\n");
  std::string out;
  std::thread poller([&] {
    out = m.run(
               "python3 -c \"import os, select, sys\n"
               "f = os.open(sys.argv[1], os.O_RDONLY)\n"
               "p = select.poll(); p.register(f, select.POLLIN)\n"
               "print(len(p.poll(0)), os.read(f, 100), len(p.poll(0)))\n"
               "open(sys.argv[2], 'w')\n"
               "print(len(p.poll(30000)), os.read(f, 100))\n\" $M/lab/trace.jsonl $T/armed")
              .out;
  });
  CHECK(eventually([&] { return m.run("test -e $T/armed").status == 0; }));
  m.controls->append("{\"n\":2}\n");
  poller.join();
  CHECK(out == "1 b'{\"n\":1}\\n' 0\n1 b'{\"n\":2}\\n'\n");
}

TEST_CASE("a running invocation says so and stays") {
  Mounted m;
  const std::string d = "cd \"$M/" + Mounted::instance("Fake_Methods") + "/Hang\"; ";
  CHECK(m.run(d + "mkdir i; cat i/state").out == "idle\n");
  Ran executed;  // checked here: assertions are the main thread's
  std::thread caller([&] { executed = m.run(d + "echo 1 > i/execute"); });
  CHECK(eventually([&] { return m.device->pending() == 1; }));
  CHECK(m.run(d + "cat i/state; rmdir i; echo 2 > i/in/A; ls i/out").out ==
        "running\nrmdir: failed to remove 'i': Device or resource busy\n"
        "bash: line 1: echo: write error: Device or resource busy\n");
  m.device->release_all();
  caller.join();
  CHECK(executed.status == 0);
  CHECK(m.run(d + "cat i/state i/out/B; rmdir i; ls").out ==
        "done\n0\ncall\ncall.bin\nlast.json\nmethod.json\n");
}

TEST_CASE("callers of one method do not wait for one another") {
  constexpr std::size_t kCallers = 16;
  Mounted m;
  const std::string hang = "cd \"$M/" + Mounted::instance("Fake_Methods") + "/Hang\"; ";
  const auto all_at_once = [&](const std::string& call) {
    INFO(call);
    Ran ran;
    std::thread callers([&] {
      ran = m.run(hang + "for i in $(seq " + std::to_string(kCallers) + "); do (" + call +
                  ") & pids+=\" $!\"; done; for pid in $pids; do wait $pid || echo failed; done");
    });
    CHECK(eventually([&] { return m.device->pending() == kCallers; }));
    CHECK(eventually([&] { return m.tree->pending_requests() == kCallers; }));
    CHECK(m.run(hang + "stat -c %s call; ls | wc -l").out == "0\n4\n");
    m.device->release_all();
    callers.join();
    CHECK(ran.out == "");
    CHECK(ran.status == 0);
  };
  all_at_once("echo '{}' > call");
  all_at_once("printf '\\0\\0\\0\\0' > call.bin");
  // The kernel keeps the newest node of a name, no more.
  CHECK(eventually([&] { return m.tree->interned_nodes() <= 2; }));
  // A file keeps its number whatever its node is.
  CHECK(m.run(hang + "test $(stat -c %i call) = $(stat -L -c %i - < call)").status == 0);
  CHECK(m.run(hang + "for i in 1 2 3; do stat -c %i call; ls -i call | cut -d ' ' -f 1; "
                     "ls -i | awk '$2 == \"call\" {print $1}'; done | sort -u | wc -l")
            .out == "1\n");
  CHECK(m.run(hang + "test $(stat -c %i call) != $(stat -c %i call.bin)").status == 0);
  CHECK(m.run(hang + "test call -ef call && find . -samefile call").out == "./call\n");
  if (m.drop_kernel_caches()) CHECK(eventually([&] { return m.tree->interned_nodes() == 0; }));
}

TEST_CASE("an invocation that runs refuses to run again at once") {
  Mounted m;
  const std::string d = "cd \"$M/" + Mounted::instance("Fake_Methods") + "/Hang\"; ";
  CHECK(m.run(d + "mkdir i").status == 0);
  Ran executed;  // checked here: assertions are the main thread's
  std::thread caller([&] { executed = m.run(d + "echo 1 > i/execute"); });
  CHECK(eventually([&] { return m.device->pending() == 1; }));
  CHECK(m.run(d + "echo 1 > i/execute").out ==
        "bash: line 1: echo: write error: Device or resource busy\n");
  m.device->release_all();
  caller.join();
  CHECK(executed.status == 0);
  CHECK(m.run(d + "cat i/state; rmdir i").out == "done\n");
}

TEST_CASE("invocations come and go from many processes") {
  Mounted m;
  // Every process has a name of its own, and all fight for one more.
  const Ran ran = m.run("cd \"$M/" + Mounted::instance("Fake_Methods") + "/Add\" || exit 1\n" +
                        R"(work() {
  local mine=p$1 k
  for ((k = 0; k < 60; ++k)); do
    mkdir $mine || return 1
    echo $k > $mine/in/A && echo 1 > $mine/execute || return 1
    [[ $(< $mine/state) == done && $(< $mine/out/Sum) == $((k + 2)) ]] || return 1
    mkdir shared 2> /dev/null
    { echo 1 > shared/execute; read -r state < shared/state; rmdir shared; } 2> /dev/null
    [[ -e $mine/out/Sum && ! -e other$k ]] || return 1
    rmdir $mine || return 1
  done
}
for n in 1 2 3 4 5 6 7 8; do work $n & pids+=" $!"; done
for pid in $pids; do wait $pid || echo failed; done
rmdir shared 2> /dev/null
ls)");
  CHECK(ran.out == "call\ncall.bin\nlast.json\nmethod.json\n");
  CHECK(ran.status == 0);
  if (m.drop_kernel_caches()) CHECK(eventually([&] { return m.tree->interned_nodes() == 0; }));
}

TEST_CASE("controls are read, written, made and removed") {
  Mounted m;
  const auto check = [&](const std::string& line, const std::string& out) {
    INFO(line);
    CHECK(m.run("cd $M/lab; " + line).out == out);
  };
  check("cat value; echo two > value; cat value; ls",
        "one\ntwo\nsecret\nthings\ntrace.jsonl\nvalue\n");
  check("echo bad > value", "bash: line 1: echo: write error: Numerical result out of range\n");
  check("echo x > secret; cat secret; stat -c %a secret", "200\n");
  check("mkdir things/a && ls things && rmdir things/a && ls things", "a\n");
  check("mkdir nothing", "mkdir: cannot create directory 'nothing': Operation not permitted\n");
}

TEST_CASE("a large array is fetched once for many readers") {
  Mounted m(100000);
  const std::string d = "cd \"$M/" + Mounted::instance("Fake_Big") + "/Items\"; ";
  const Ran ran = m.run(d + "ls -f | wc -l; cat 0/Name 99999/Name; ls 57; cat 100000/Name 2>&1");
  CHECK(ran.out ==
        "100002\nitem0\nitem99999\nIndex\nName\ncat: 100000/Name: No such file or directory\n");
  const auto before = m.device->big_queries();
  CHECK(before < 12);
  m.device->set_big_count(99000);
  CHECK(m.run(d + "cat 99500/Name 2>/dev/null; cat 98999/Name").out == "item98999\n");
  CHECK(m.device->big_queries() <= before + 4);
}

TEST_CASE("an instance goes away with its device") {
  Mounted m;
  const std::string file = m.path() + "/" + Mounted::instance("Fake_Shapes") + "/Small";
  CHECK(m.run("cat '" + file + "'").out == "7\n");
  m.registry->remove(m.device.get());
  CHECK(eventually([&] { return m.run("test -e '" + file + "'").status == 1; }));
  CHECK(m.run("ls $M/root/wmi").out == "");
  REQUIRE(m.registry->add(m.device));
  CHECK(m.run("cat '" + file + "'").out == "7\n");
}
