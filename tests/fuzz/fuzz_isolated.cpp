// The process of an isolated driver may say and write anything: its messages decode or are refused
// with a reason, and every request ends exactly once, whatever stands in the shared memory.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/checker/symbolizer.hpp"
#include "hba-sim/port/isolated/death.hpp"
#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/requests.hpp"
#include "hba-sim/port/isolated/violation_text.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::port::isolated;
using Bytes = std::span<const std::uint8_t>;

void read_messages(Bytes data) {
  MessageReader reader;
  while (!data.empty()) {
    const std::size_t piece = std::min<std::size_t>(data.size(), 1 + data[0]);
    reader.append(data.first(piece));
    data = data.subspan(piece);
    for (;;) {
      const auto message = reader.next();
      if (!message && message.error().empty()) std::abort();
      if (!message) return;
      if (!*message) break;
      static_cast<void>(read_violation((*message)->text));
      MessageReader again;
      again.append(encode(**message));
      const auto same = again.next();
      if (!same || !*same || encode(**same) != encode(**message)) std::abort();
    }
  }
}

void answer_requests(Bytes data) {
  static const auto memory = std::make_shared<const SharedMemory>(*SharedMemory::create());
  SharedHeader& shared = memory->header();
  shared.done_tail = 0;
  shared.trace_tail = 0;
  std::size_t ended = 0, submitted = 0;
  RequestTable table({memory, std::make_shared<VirtualClock>(), [](const port::TraceRecord&) {},
                      [](const std::string& what) {
                        if (what.empty()) std::abort();
                      }});
  while (data.size() >= 9) {
    std::uint64_t outcome = 0;
    std::memcpy(&outcome, data.data() + 1, sizeof outcome);
    auto request = std::make_unique<wmi::WmiRequest>();
    request->buffer = wmi::WnodeBuffer(1 + data[0]);
    std::memset(request->buffer.data(), data[0], request->buffer.capacity());
    request->minor = static_cast<wmi::MinorFunction>(data[0] % 10);
    request->on_complete = [&](std::unique_ptr<wmi::WmiRequest> done) {
      if (done->status == wmi::NtStatus::success && done->information > done->buffer.capacity()) {
        std::abort();
      }
      ++ended;
    };
    ++submitted;
    static_cast<void>(table.submit(data[0], std::move(request)));
    shared.slots[data[0] % 4].outcome = outcome;
    shared.done[shared.done_tail % kSlots] = data[8] < 200 ? data[8] % 4u : data[8] * 16u;
    shared.trace_tail += data[7] == 255 ? 5000 : data[7] % 3u;
    shared.done_tail += data[6] == 255 ? 5000 : 1;
    static_cast<void>(table.help());
    data = data.subspan(9);
  }
  table.fail_all(wmi::NtStatus::io_device_error);
  if (ended != submitted) std::abort();
}

void tell_end(Bytes data) {
  static const auto memory = std::make_shared<const SharedMemory>(*SharedMemory::create());
  SharedHeader& shared = memory->header();
  std::memcpy(static_cast<void*>(&shared.stack), data.data(),
              std::min(data.size(), sizeof shared.stack));
  std::memcpy(static_cast<void*>(&shared.activities), data.data(),
              std::min(data.size(), sizeof shared.activities));
  check::Symbolizer none("/bin/false");
  int status = 0;
  std::memcpy(&status, data.data(), std::min(data.size(), sizeof status));
  if (describe_end(shared, status).empty()) std::abort();
  static_cast<void>(backtrace_of(shared, {}, none));
  static_cast<void>(longest(shared));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      read_messages(bytes);
      break;
    case 1:
      answer_requests(bytes);
      break;
    default:
      tell_end(bytes);
      break;
  }
  return 0;
}
