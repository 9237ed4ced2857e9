// Buffers between areas that nobody may touch.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/checker/guarded_buffer.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab::check;
using namespace hbalab::check::test;

namespace {

// Through volatile, so that the compiler neither knows nor removes it.
void write_at(const GuardedBuffer& buffer, std::ptrdiff_t offset, std::uint8_t value = 0x77) {
  volatile std::uint8_t* const at = buffer.data() + offset;
  *at = value;
}

std::uint8_t read_at(const GuardedBuffer& buffer, std::ptrdiff_t offset) {
  const volatile std::uint8_t* const at = buffer.data() + offset;
  return *at;
}

Findings checked(GuardedBuffer& buffer, const void** blamed = nullptr) {
  Findings findings;
  const void* code = nullptr;
  buffer.check(findings, code);
  if (blamed != nullptr) *blamed = code;
  return findings;
}

// What a child process writes to its standard error, and the signal that ends it.
struct Died {
  std::string text;
  int signal = 0;
};
template <typename Body>
Died die(Body body) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    // Not the handlers of the test program.
    std::signal(SIGSEGV, SIG_DFL);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  Died died;
  char part[512];
  for (ssize_t size; (size = ::read(ends[0], part, sizeof part)) > 0;) {
    died.text.append(part, static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  died.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return died;
}

}  // namespace

TEST_CASE("a buffer is poison behind its input, and says nothing when it was used rightly") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  for (const std::size_t size : {1u, 8u, 56u, 4095u, 4096u, 4097u, 100'000u}) {
    for (const Edge edge : {Edge::end, Edge::begin}) {
      GuardedBuffer buffer = pool.acquire(size, 1, edge, Poison::second);
      REQUIRE(buffer.guarded());
      REQUIRE(buffer.size() == size);
      CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 8 == 0);
      CHECK(poison_mismatch(Poison::second, View(buffer.bytes()).subspan(1), 1) == size - 1);
      for (std::size_t i = 0; i < size; ++i) write_at(buffer, static_cast<std::ptrdiff_t>(i));
      none(checked(buffer));
    }
  }
}

TEST_CASE("a byte behind the end is found, in the slack and in the area") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  for (const std::size_t size : {61u, 64u}) {
    GuardedBuffer buffer = pool.acquire(size);
    write_at(buffer, static_cast<std::ptrdiff_t>(size));
    CHECK(only(Rule::buffer_write_past_end, checked(buffer)).offset ==
          static_cast<std::int64_t>(size));
    // Reported once, and closed again.
    none(checked(buffer));
    write_at(buffer, 64);
    only(Rule::buffer_write_past_end, checked(buffer));
  }
}

TEST_CASE("a write over the end into the area is one finding, with its extent") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  GuardedBuffer buffer = pool.acquire(61);
  for (std::ptrdiff_t i = 61; i < 61 + 300; ++i) write_at(buffer, i);
  const Finding finding = only(Rule::buffer_write_past_end, checked(buffer));
  CHECK(finding.offset == 64);
  CHECK(finding.found == "a write at offset 64, 297 bytes changed from offset 64 on");
  CHECK(finding.dump.front() == 0x77);
  CHECK(finding.dump_at == 64);
}

TEST_CASE("a byte before the begin is found, in the slack and in the area") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  for (const Edge edge : {Edge::end, Edge::begin}) {
    GuardedBuffer buffer = pool.acquire(100, 0, edge);
    write_at(buffer, -3);
    CHECK(only(Rule::buffer_write_before_begin, checked(buffer)).offset == -3);
  }
}

TEST_CASE("a read outside of the buffer is found, and is no write") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  GuardedBuffer buffer = pool.acquire(64);
  read_at(buffer, 70);
  const Finding finding = only(Rule::buffer_read_outside, checked(buffer));
  CHECK(finding.offset == 70);
  CHECK(finding.found == "a read at offset 70");
  GuardedBuffer other = pool.acquire(64, 0, Edge::begin);
  read_at(other, -1);
  CHECK(only(Rule::buffer_read_outside, checked(other)).offset == -1);
}

TEST_CASE("a buffer that was used wrongly leaves nothing to the next one") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  for (int round = 0; round < 3; ++round) {
    GuardedBuffer buffer = pool.acquire(61);
    none(checked(buffer));
    write_at(buffer, 61);
    write_at(buffer, 80);
    write_at(buffer, -20);
    // Not checked: given back as it is.
  }
  CHECK(pool.mapped() == 1);
  GuardedBuffer buffer = pool.acquire(61);
  none(checked(buffer));
}

TEST_CASE("the instruction that touched an area is named") {
  REQUIRE(install_fault_handler());
  void* const module = ::dlopen(CHECKER_CODE, RTLD_NOW);
  REQUIRE(module != nullptr);
  using Write = void (*)(unsigned char*, unsigned char);
  const auto write = reinterpret_cast<Write>(::dlsym(module, "checker_write"));
  REQUIRE(write != nullptr);
  GuardPool pool;
  GuardedBuffer buffer = pool.acquire(64);
  write(buffer.data() + 64, 1);
  const void* code = nullptr;
  only(Rule::buffer_write_past_end, checked(buffer, &code));
  const auto at = reinterpret_cast<std::uintptr_t>(code);
  const auto begin = reinterpret_cast<std::uintptr_t>(write);
  CHECK(at > begin);
  CHECK(at < begin + 1000);  // the checks of sanitizers are in it too
  ::dlclose(module);
}

TEST_CASE("without address space there are canaries") {
  GuardPool pool(0, 0);
  GuardedBuffer buffer = pool.acquire(61);
  CHECK_FALSE(buffer.guarded());
  none(checked(buffer));
  write_at(buffer, 61 + 40);
  CHECK(only(Rule::buffer_write_past_end, checked(buffer)).offset == 101);
  GuardedBuffer other = pool.acquire(61);
  write_at(other, -64);
  CHECK(only(Rule::buffer_write_before_begin, checked(other)).offset == -64);
}

TEST_CASE("mappings are used again, and given back beyond what is kept") {
  GuardPool pool(8192, 100);
  {
    std::vector<GuardedBuffer> buffers;
    for (int i = 0; i < 5; ++i) buffers.push_back(pool.acquire(4096));
    CHECK(pool.mapped() == 5);
  }
  CHECK(pool.mapped() == 2);
  for (int i = 0; i < 5; ++i) none(checked(*std::make_unique<GuardedBuffer>(pool.acquire(4096))));
  CHECK(pool.mapped() == 2);
}

TEST_CASE("threads that go over the end of one buffer at once all go on") {
  REQUIRE(install_fault_handler());
  GuardPool pool;
  GuardedBuffer buffer = pool.acquire(64);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&buffer, i] { write_at(buffer, 64 + i * 5000); });
    }
  }
  only(Rule::buffer_write_past_end, checked(buffer));
}

TEST_CASE("a fault outside of the areas is passed on, with what the driver was doing") {
  const Died died = die([] {
    install_fault_handler();
    const FaultContext context("hba0", "QUERY_ALL_DATA of Example");
    volatile std::uint8_t* const far = reinterpret_cast<std::uint8_t*>(0x7f0000000000);
    *far = 1;
  });
  CHECK(died.text.find("hba0: QUERY_ALL_DATA of Example: the driver writes to 0x7f0000000000") !=
        std::string::npos);
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(died.signal == SIGSEGV);
#endif
}

TEST_CASE("a length array that was not given is not written") {
  const Died died = die([] {
    install_fault_handler();
    FaultContext context("hba0", "QUERY_ALL_DATA of Example");
    context.gave_null(true);
    volatile std::uint32_t* lengths = nullptr;
    const volatile std::uintptr_t second = 4;
    lengths = reinterpret_cast<volatile std::uint32_t*>(second);
    *lengths = 8;
  });
  CHECK(died.text.find("null_length_array_written: the driver writes to 0x4") != std::string::npos);
  if (died.text.find("null_length_array_written") != std::string::npos) {
    proven().insert(Rule::null_length_array_written);
  }
  const Died other = die([] {
    install_fault_handler();
    const FaultContext context("hba0", "EXECUTE_METHOD");
    const volatile std::uintptr_t place = 4;
    *reinterpret_cast<volatile std::uint32_t*>(place) = 8;
  });
  CHECK(other.text.find("EXECUTE_METHOD") != std::string::npos);
  CHECK(other.text.find("null_length_array_written") == std::string::npos);
}
