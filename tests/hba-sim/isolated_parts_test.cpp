// What crosses between the lab and a driver's process, when the other side is not to be believed.
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/isolated/host_config.hpp"
#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/requests.hpp"
#include "hba-sim/port/isolated/violation_text.hpp"

using namespace hbalab;
using namespace hbalab::port;
using namespace hbalab::port::isolated;

namespace {

Message sample() {
  Message message{Message::Kind::event};
  message.numbers = {1, 0xFFFFFFFFFFFFFFFFu, 3};
  message.guid.bytes[3] = 7;
  message.text = "an instance";
  message.data = {1, 2, 3};
  return message;
}

// A table whose other side is this test.
struct Table {
  std::shared_ptr<const SharedMemory> memory =
      std::make_shared<const SharedMemory>(*SharedMemory::create());
  std::vector<std::string> corrupted;
  std::vector<TraceRecord> traces;
  RequestTable table{{memory, std::make_shared<VirtualClock>(),
                      [this](const TraceRecord& record) { traces.push_back(record); },
                      [this](std::string what) { corrupted.push_back(std::move(what)); }}};
  std::unique_ptr<wmi::WmiRequest> last;  // the newest that ended

  wmi::RequestId submit(std::size_t capacity) {
    auto request = std::make_unique<wmi::WmiRequest>();
    request->buffer = wmi::WnodeBuffer(capacity);
    std::memset(request->buffer.data(), 0, capacity);
    request->on_complete = [this](std::unique_ptr<wmi::WmiRequest> done) {
      last = std::move(done);
    };
    return table.submit(0, std::move(request));
  }
  [[nodiscard]] SharedHeader& shared() const { return memory->header(); }
  // Answers as the process would.
  void finish(std::uint32_t slot, wmi::NtStatus status, std::uint32_t information) {
    shared().slots[slot % kSlots].outcome.store(
        std::uint64_t{static_cast<std::uint32_t>(status)} << 32 | information);
    const std::uint32_t tail = shared().done_tail.load();
    shared().done[tail % kSlots].store(slot);
    shared().done_tail.store(tail + 1);
    shared().done_bell.fetch_add(1);
  }
};

}  // namespace

TEST_CASE("messages come out as they went in, in pieces of any size") {
  const std::vector<std::uint8_t> one = encode(sample());
  std::vector<std::uint8_t> bytes = one;
  bytes.insert(bytes.end(), one.begin(), one.end());
  for (std::size_t piece = 1; piece <= bytes.size(); piece += 7) {
    MessageReader reader;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
      for (auto message = reader.next(); message && *message; message = reader.next()) {
        CHECK(encode(**message) == one);
        ++count;
      }
    }
    CHECK(count == 2);
  }
}

TEST_CASE("what is no message is told as what it is") {
  const auto refused = [](std::size_t at, std::uint32_t value, const std::string& told) {
    std::vector<std::uint8_t> bytes = encode(sample());
    std::memcpy(bytes.data() + at, &value, sizeof value);
    MessageReader reader;
    reader.append(bytes);
    const auto message = reader.next();
    REQUIRE_FALSE(message);
    CAPTURE(message.error());
    CHECK(message.error().find(told) != std::string::npos);
  };
  refused(0, 3, "a message of 7 bytes; expected 52 to");
  refused(0, 0x7FFFFFFF, "a message of 2147483651 bytes");
  refused(4, 999, "a message of kind 999; expected at most");
  refused(48, 0xFFFFFFFF, "with a text of 4294967295 bytes; expected at most 14");
}

TEST_CASE("what to run is read as it was written") {
  HostConfig config;
  config.driver = "/a/driver.so";
  config.mof = {"/a/driver.mof"};
  config.device_instance = "ROOT\\X";
  config.registry = {{"Number", std::uint32_t{5}}, {"Text", "six"}};
  config.timeout = std::chrono::milliseconds(77);
  config.own_clock = false;
  config.check = true;
  const auto read = read_host_config(to_text(config));
  REQUIRE(read);
  CHECK(to_text(*read) == to_text(config));
  CHECK(read->registry == config.registry);
  CHECK(read_host_config("{").error().starts_with("what to run cannot be read: "));
}

TEST_CASE("a violation is read as it was written") {
  check::Violation violation;
  violation.finding = {check::Rule{}, 3u, -8, "at most \xFF", "more", {1, 2}, -16};
  violation.where.function = "EXECUTE_METHOD";
  violation.where.instance = 4;
  violation.code = {"driver.so", 0x1234, "Query"};
  violation.count = 10;
  const auto read = read_violation(isolated::to_text(violation));
  REQUIRE(read);
  CHECK(isolated::to_text(*read) == isolated::to_text(violation));
  CHECK(read->finding.offset == -8);
  CHECK_FALSE(read_violation("{\"rule\": 5}"));
  CHECK_FALSE(read_violation("{\"rule\": \"no_such_rule\"}"));
}

TEST_CASE("room for WNODEs is used again and split") {
  const auto memory = SharedMemory::create();
  REQUIRE(memory);
  AreaPool pool(*memory);
  const auto small = pool.acquire(1);
  const auto large = pool.acquire(64u << 20);
  REQUIRE(small);
  REQUIRE(large);
  CHECK(*large >= *small + 4096);
  pool.release(*small, 1);
  CHECK(pool.acquire(4096) == small);
  // All of it, in pieces of the largest size.
  std::vector<std::uint64_t> all;
  while (const auto area = pool.acquire(64u << 20)) all.push_back(*area);
  CHECK(all.size() + 2 >= memory->areas().size() / (64u << 20));
  pool.release(*large, 64u << 20);
  for (int i = 0; i < 16; ++i) CHECK(pool.acquire(4u << 20));
}

TEST_CASE("requests end with what the other side has answered") {
  Table its;
  const wmi::RequestId id = its.submit(100);
  REQUIRE(id != 0);
  const auto found = its.table.find(id);
  REQUIRE(found);
  const Slot& slot = its.shared().slots[found->first];
  CHECK(slot.capacity == 100);
  its.memory->areas()[slot.area + 2] = 9;
  its.finish(found->first, wmi::NtStatus::success, 3);
  CHECK(its.table.help());
  REQUIRE(its.last);
  CHECK(its.last->status == wmi::NtStatus::success);
  CHECK(its.last->information == 3);
  CHECK(its.last->buffer.data()[2] == 9);
  CHECK_FALSE(its.table.find(id));
  CHECK_FALSE(its.table.help());  // nothing is under way
  CHECK(its.corrupted.empty());
}

TEST_CASE("an answer that is larger than its buffer fails the request") {
  Table its;
  const auto found = its.table.find(its.submit(100));
  its.finish(found->first, wmi::NtStatus::success, 101);
  CHECK(its.table.help());
  CHECK(its.last->status == wmi::NtStatus::io_device_error);
  CHECK(its.last->information == 0);
}

TEST_CASE("what cannot be an answer is not believed, and nothing after it") {
  Table its;
  const auto found = its.table.find(its.submit(100));
  REQUIRE(found);
  SECTION("a slot that there is not") { its.finish(70'000, wmi::NtStatus::success, 0); }
  SECTION("a slot that has no request") { its.finish(found->first ^ 1, wmi::NtStatus::success, 0); }
  SECTION("more answers than slots") { its.shared().done_tail.store(5000); }
  SECTION("a trace that is further than its ring") {
    its.shared().trace_tail.store(5000);
    its.finish(found->first, wmi::NtStatus::success, 0);
  }
  CHECK(its.table.help());
  REQUIRE(its.corrupted.size() == 1);
  CHECK(its.corrupted[0].starts_with("the memory that it shares with the lab: "));
  its.last.reset();
  CHECK(its.submit(100) == 0);
  CHECK(its.last->status == wmi::NtStatus::io_device_error);
  its.table.fail_all(wmi::NtStatus::io_device_error);
}

TEST_CASE("requests that are under way end when the other side does") {
  Table its;
  REQUIRE(its.submit(100) != 0);
  its.table.fail_all(wmi::NtStatus::io_device_error);
  CHECK(its.last->status == wmi::NtStatus::io_device_error);
  its.table.run();  // returns at once
  its.last.reset();
  CHECK(its.submit(100) == 0);
  CHECK(its.last->status == wmi::NtStatus::io_device_error);
}

TEST_CASE("more requests than slots are refused, and what is free again is used") {
  Table its;
  std::vector<std::uint32_t> slots;
  for (std::uint32_t i = 0; i < kSlots; ++i) slots.push_back(its.table.find(its.submit(64))->first);
  CHECK(its.submit(64) == 0);
  CHECK(its.last->status == wmi::NtStatus::insufficient_resources);
  for (const std::uint32_t slot : slots) its.finish(slot, wmi::NtStatus::success, 0);
  while (its.table.help()) continue;
  CHECK(its.submit(64) != 0);
  its.table.fail_all(wmi::NtStatus::cancelled);
}

TEST_CASE("a trace record that holds anything becomes one") {
  TraceWire wire;
  std::memset(&wire, 0xFF, sizeof wire);
  const TraceRecord record = from_wire(wire);
  CHECK(record.pended);
  CHECK(record.violation == Violation::none);
}
